/** Previews as text: the sentence, then the table, then what the picture would show. */
import type { FederationPreview, PlacementPreview, Preview } from '../../preview/model.ts';
import type { Paint } from '../terminal.ts';
import { inferenceText } from './inference-text.ts';
import { bytes, count, measuredPercent, microseconds, percent } from './number.ts';
import { figureOf } from '../../preview/words.ts';
import { bar, table, wrapped } from './table.ts';

const NO_BREAK = '\u00a0';

/** Columns before what an algorithm's placement lacks: that is broken into lines, since it names every device. */
const BEFORE_NOTE = 36;

/** Lines for one document. */
export function previewText(preview: Preview, paint: Paint, width: number): string[] {
  const title = `${paint.bold(preview.name)} ${paint.dim(preview.kind)}`;
  return [title, ...wrapped(preview.sentence, width), '', ...bodyOf(preview, paint, width)];
}

function bodyOf(preview: Preview, paint: Paint, width: number): string[] {
  switch (preview.kind) {
    case 'InferenceCluster':
      return inferenceText(preview, paint, width);
    case 'TrainingPlacement':
      return placement(preview, paint, width);
    case 'Federation':
      return federation(preview, paint, width);
  }
}

function placement(preview: PlacementPreview, paint: Paint, width: number): string[] {
  const lines = table(
    [
      { title: 'device', shrink: 'middle' },
      { title: 'nodes', align: 'right' },
      { title: 'memory' },
      { title: 'peak', align: 'decimal' },
      { title: 'of', align: 'decimal' },
      { title: 'busy' },
      { title: '', align: 'decimal' },
    ],
    preview.devices.map((device) => [
      device.name,
      count(device.nodes),
      bar(device.peakBytes / device.memoryBytes, 10),
      device.peakBytes > device.memoryBytes ? paint.red(`✗ ${bytes(device.peakBytes)}`) : bytes(device.peakBytes),
      bytes(device.memoryBytes),
      bar(device.busyUs / preview.makespanUs, 10),
      measuredPercent(device.busyUs / preview.makespanUs),
    ]),
    width,
  );
  lines.push('');
  lines.push(
    ...table(
      [
        { title: 'algorithm' },
        { title: 'one step', align: 'decimal' },
        { title: 'above best', align: 'decimal' },
        { title: 'memory' },
      ],
      preview.compared.flatMap((row) => {
        const [memory = '', ...further] = wrapped(row.fits ? 'fits' : row.note, width - BEFORE_NOTE);
        return [
          [
            row.algorithm === preview.chosen ? paint.bold(`${row.algorithm} ◂`) : row.algorithm,
            row.makespanUs === null ? '–' : microseconds(row.makespanUs),
            row.makespanUs === null ? '–' : measuredPercent(row.makespanUs / preview.lowerBoundUs - 1),
            memory,
          ],
          ...further.map((line) => ['', '', '', line]),
        ];
      }),
      width,
    ),
  );
  lines.push('', `best possible  ${microseconds(preview.lowerBoundUs)} for one step: no placement can be faster`);
  lines.push(`transfers      ${count(preview.transfers)} in one step, ${bytes(preview.transferBytes)}`);
  return lines;
}

function federation(preview: FederationPreview, paint: Paint, width: number): string[] {
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

/** Observers who learn the same, together in one row; what is worst first. */
export function leakRows(
  preview: FederationPreview,
): { readonly who: string; readonly words: string; readonly beyondMean: number }[] {
  const rows = new Map<string, { observers: string[]; size: number; beyondMean: number; words: string }>();
  for (const { observers, beyondMean, words } of preview.leaks) {
    const key = `${observers.length} ${words}`;
    const row = rows.get(key) ?? { observers: [], size: observers.length, beyondMean, words };
    row.observers.push(observers.join(' + '));
    rows.set(key, row);
  }
  return [...rows.values()]
    .sort((a, b) => b.beyondMean - a.beyondMean || a.size - b.size)
    .map(({ observers, size, beyondMean, words }) => {
      const many =
        size === 1 ? `each of ${observers.length} sites alone` : `each of ${observers.length} groups of ${size}`;
      return { who: observers.length > 2 ? many : observers.join(', '), words, beyondMean };
    });
}
