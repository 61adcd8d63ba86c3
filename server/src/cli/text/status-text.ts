/** The live state of one deployment as text. */
import type { Live } from '../../deploy/live.ts';
import type { FederationStatus, PlacementStatus, ServingStatus } from '../../deploy/types.ts';
import type { Paint } from '../terminal.ts';
import { bytes, milliseconds, percent, significant } from './number.ts';
import { INCOMPLETE, stateWord, summaryBeside } from './plan-text.ts';
import { bar, sparkline, table } from './table.ts';

export function statusText(
  { status, drift, complete }: Pick<Live, 'status' | 'drift' | 'complete'>,
  paint: Paint,
  width: number,
): string[] {
  const lines = [
    `${paint.bold(status.id)} revision ${status.revision}  ${stateWord(status.phase, paint)}`,
    summaryBeside(status),
    '',
  ];
  switch (status.kind) {
    case 'InferenceCluster':
      lines.push(...serving(status, width));
      break;
    case 'TrainingPlacement':
      lines.push(...training(status, width));
      break;
    case 'Federation':
      lines.push(...federation(status, width));
      break;
  }
  if (drift.length > 0) lines.push('', ...drift.map(({ text }) => `${paint.yellow('≠')} ${text}`));
  if (!complete) lines.push('', paint.dim(INCOMPLETE));
  for (const fault of status.faults.slice(0, 5)) {
    lines.push(
      '',
      `${paint.red(fault.code)} ${fault.subject === undefined ? '' : `${fault.subject}: `}${fault.message}`,
      `  ${fault.hint}`,
    );
  }
  return lines;
}

const measured = (value: number | null, format: (value: number) => string): string =>
  value === null ? '–' : format(value);

function serving(status: ServingStatus, width: number): string[] {
  return table(
    [
      { title: 'job', shrink: 'middle' },
      { title: 'replicas', align: 'right' },
      { title: 'req/s', align: 'right' },
      { title: 'p99', align: 'right' },
      { title: 'SLO', align: 'right' },
      { title: 'over', align: 'right' },
      { title: 'endpoint' },
    ],
    status.jobs.map((job) => [
      job.name,
      `${job.readyReplicas}/${job.desiredReplicas}`,
      significant(job.requestsPerSecond),
      measured(job.p99Ms, milliseconds),
      milliseconds(job.sloMs),
      measured(job.violationRate, percent),
      job.endpoint ?? '–',
    ]),
    width,
  );
}

function training(status: PlacementStatus, width: number): string[] {
  const lines = [
    `step ${status.step}/${status.steps}  ${bar(status.step / Math.max(1, status.steps), 30)}`,
    `loss ${measured(status.loss, significant)}  ${sparkline(
      status.history.map((entry) => entry.loss),
      width - 20,
    )}`,
    `accuracy ${measured(status.accuracy, accuracy)}`,
    `forward pass  predicted ${milliseconds(status.predictedForwardMs)}, measured ${measured(status.measuredForwardMs, milliseconds)}`,
  ];
  const predicted = status.predictedStepMs === null ? '' : `predicted ${milliseconds(status.predictedStepMs)}, `;
  lines.push(`whole step    ${predicted}measured ${measured(status.measuredStepMs, milliseconds)}`, '');
  lines.push(
    ...table(
      [
        { title: 'device' },
        { title: 'nodes', align: 'right' },
        { title: 'busy a step', align: 'right' },
        { title: 'sent a step', align: 'right' },
      ],
      status.devices.map((device) => [
        device.name,
        `${device.nodes}`,
        measured(device.busyMsPerStep, milliseconds),
        measured(device.bytesSentPerStep, bytes),
      ]),
      width,
    ),
  );
  return lines;
}

function federation(status: FederationStatus, width: number): string[] {
  const last = status.history.at(-1);
  const lines = [
    `round ${status.round}/${status.rounds}  ${bar(status.round / Math.max(1, status.rounds), 30)}`,
    `accuracy ${last === undefined ? '–' : accuracy(last.accuracy)}  ${sparkline(
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
        measured(site.accuracy, accuracy),
        bytes(site.bytesSent),
        site.digest === null ? '–' : site.digest.slice(0, 16),
      ]),
      width,
    ),
  );
  return lines;
}

/** Three digits always, so that a column of them is in line. */
function accuracy(share: number): string {
  return `${(share * 100).toPrecision(3)} %`;
}
