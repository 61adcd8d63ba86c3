/** A Federation in a terminal: what it would do, and how its rounds go. */
import type { FederationStatus } from '../../deploy/types.ts';
import type { FederationPreview } from '../../preview/model.ts';
import { figureOf } from '../../preview/words.ts';
import type { KindInTerminal } from '../kinds.ts';
import { federationParts } from '../picture/federation-picture.ts';
import type { Paint } from '../terminal.ts';
import { leakRows } from '../text/leak-rows.ts';
import { measuredAccuracy } from '../text/measured.ts';
import { bytes, percent } from '../text/number.ts';
import { bar, sparkline, table, wrapped } from '../text/table.ts';

export const federation: KindInTerminal<'Federation'> = { preview, picture: federationParts, status };

const NO_BREAK = '\u00a0';

function preview(preview: FederationPreview, paint: Paint, width: number): string[] {
  const lines: string[] = [];
  preview.partitions.slice(0, Math.max(preview.iterations, 1)).forEach((partition, i) => {
    const label = `iteration ${i + 1}  `;
    // A group stays on one line: who meets whom is read at a glance.
    const groups = partition.map((group) => `{${group.join(NO_BREAK)}}`).join(' ');
    wrapped(groups, width - label.length).forEach((line, k) =>
      lines.push((k === 0 ? label : ' '.repeat(label.length)) + line.replaceAll(NO_BREAK, ' ')),
    );
  });
  lines.push('');
  const fact = (title: string, text: string): void => {
    lines.push(...wrapped(`${title.padEnd(7)}  ${text}`, width, ' '.repeat(9)));
  };
  fact(
    'pattern',
    `${preview.patternName}, gap ${preview.gap}, safe up to ${figureOf(preview.safeIterations, 'iteration')}`,
  );
  fact('traffic', `${figureOf(preview.vectorsPerSitePerRound, 'vector')} sent by each site in a round`);
  fact('error', errorText(preview));
  const findings = leakRows(preview);
  if (findings.length > 0) {
    lines.push('');
    lines.push(
      ...table(
        [
          { title: 'who', shrink: true },
          { title: 'could compute exactly', shrink: true },
          { title: 'beyond the mean', align: 'right' },
        ],
        findings.slice(0, 12).map(({ who, words, beyondMean }) => [who, words, figureOf(beyondMean, 'sum')]),
        width,
      ),
    );
    if (findings.length > 12) lines.push(paint.dim(`… and ${findings.length - 12} more`));
  }
  return lines;
}

/** How far the average is off after each iteration; what rounding has drowned has no size any more. */
function errorText({ accuracy }: FederationPreview): string {
  const sizes = accuracy.offPerIteration.flatMap((off) => (off === null ? [] : [percent(off)]));
  const off = sizes.length === 0 ? '' : `average off by ${sizes.join(' → ')} of the weights`;
  if (sizes.length === accuracy.offPerIteration.length) return off;
  return off === '' ? accuracy.words : `${off}; ${accuracy.words.charAt(0).toLowerCase()}${accuracy.words.slice(1)}`;
}

function status(status: FederationStatus, width: number): string[] {
  const last = status.history.at(-1);
  const lines = [
    `round ${status.round}/${status.rounds}  ${bar(status.round / Math.max(1, status.rounds), 30)}`,
    `accuracy ${measuredAccuracy(last?.accuracy ?? null)}  ${sparkline(
      status.history.map((entry) => entry.accuracy),
      width - 24,
    )}`,
    '',
  ];
  lines.push(
    ...table(
      [
        { title: 'site' },
        { title: 'state' },
        { title: 'accuracy', align: 'right' },
        { title: 'sent', align: 'right' },
        { title: 'weights (SHA-256)' },
      ],
      status.sites.map((site) => [
        site.name,
        site.state,
        measuredAccuracy(site.accuracy),
        bytes(site.bytesSent),
        site.digest === null ? '–' : site.digest.slice(0, 16),
      ]),
      width,
    ),
  );
  return lines;
}
