/** A TrainingPlacement in a terminal: what it would do, and how its training goes. */
import type { PlacementStatus } from '../../deploy/types.ts';
import type { PlacementPreview } from '../../preview/model.ts';
import { pipelineLines } from '../text/pipeline-text.ts';
import type { KindInTerminal } from '../kinds.ts';
import { placementParts } from '../picture/placement-picture.ts';
import type { Paint } from '../terminal.ts';
import { measured, measuredAccuracy } from '../text/measured.ts';
import { bytes, count, measuredPercent, microseconds, milliseconds, significant } from '../text/number.ts';
import { printable } from '../text/printable.ts';
import { bar, sparkline, table, wrapped } from '../text/table.ts';

export const trainingPlacement: KindInTerminal<'TrainingPlacement'> = { preview, picture: placementParts, status };

/** Columns before what an algorithm's placement lacks: that is broken into lines, since it names every device. */
const BEFORE_NOTE = 45;

function preview(preview: PlacementPreview, paint: Paint, width: number): string[] {
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
        { title: 'fullest', align: 'decimal' },
        { title: 'memory' },
      ],
      preview.compared.flatMap((row) => {
        const [memory = '', ...further] = wrapped(row.fits ? 'fits' : row.note, width - BEFORE_NOTE);
        return [
          [
            row.algorithm === preview.chosen ? paint.bold(`${row.algorithm} ◂`) : row.algorithm,
            row.makespanUs === null ? '–' : microseconds(row.makespanUs),
            row.makespanUs === null ? '–' : measuredPercent(row.makespanUs / preview.lowerBoundUs - 1),
            fullest(row.peakBytes, preview),
            memory,
          ],
          ...further.map((line) => ['', '', '', '', line]),
        ];
      }),
      width,
    ),
  );
  lines.push('', `best possible  ${microseconds(preview.lowerBoundUs)} for one step: no placement can be faster`);
  lines.push(...memoryLines(preview, width));
  lines.push(
    ...wrapped(preview.critical.words, width - 15).map(
      (line, i) => `${i === 0 ? 'critical path  ' : ' '.repeat(15)}${line}`,
    ),
  );
  lines.push(`transfers      ${count(preview.transfers)} in one step, ${bytes(preview.transferBytes)}`);
  if (preview.pipeline) lines.push(...pipelineLines(preview.pipeline, paint, width));
  for (const note of preview.notes) lines.push(...wrapped(note, width));
  return lines;
}

/** How full the fullest device is, of its limit. */
function fullest(peakBytes: readonly number[], { devices }: PlacementPreview): string {
  if (peakBytes.length === 0) return '–';
  return measuredPercent(Math.max(...peakBytes.map((peak, d) => peak / Math.max(1, devices[d]?.memoryBytes ?? 1))));
}

/** Devices whose memory is drawn over the step. */
const MOST_CURVES = 8;

/** Memory in use over the step, each device against its own peak. */
function memoryLines({ devices, makespanUs }: PlacementPreview, width: number): string[] {
  const room = Math.max(10, width - 15 - 12);
  const name = (text: string): string => (text.length > 10 ? `${text.slice(0, 9)}…` : text.padEnd(10));
  const used = devices.filter(({ peakBytes }) => peakBytes > 0);
  const lines = used.slice(0, MOST_CURVES).map((device, i) => {
    const start = i === 0 ? 'memory         ' : ' '.repeat(15);
    return `${start}${name(printable(device.name))}  ${sparkline(overTime(device.memoryOverTime, makespanUs, room), room)}`;
  });
  return used.length > MOST_CURVES ? [...lines, `${' '.repeat(15)}and ${used.length - MOST_CURVES} more`] : lines;
}

/** The highest step within each of so many equal parts of the time. */
function overTime(steps: readonly (readonly [number, number])[], makespanUs: number, parts: number): number[] {
  const highest = new Array<number>(parts).fill(0);
  steps.forEach(([from, bytes], i) => {
    const until = steps[i + 1]?.[0] ?? makespanUs;
    const place = (us: number): number => Math.min(parts - 1, Math.floor((us / Math.max(1, makespanUs)) * parts));
    for (let part = place(from); part <= place(Math.max(from, until - 1e-9)); part++)
      highest[part] = Math.max(highest[part] ?? 0, bytes);
  });
  return highest;
}

function status(status: PlacementStatus, width: number): string[] {
  const lines = [
    `step ${status.step}/${status.steps}  ${bar(status.step / Math.max(1, status.steps), 30)}`,
    `loss ${measured(status.loss, significant)}  ${sparkline(
      status.history.map((entry) => entry.loss),
      width - 20,
    )}`,
    `accuracy ${measuredAccuracy(status.accuracy)}`,
    `forward pass  ${besidePrediction(status.predictedForwardMs, status.measuredForwardMs)}`,
  ];
  const tellsMemory = status.devices.some(({ peakBytes }) => peakBytes != null);
  lines.push(`whole step    ${besidePrediction(status.predictedStepMs, status.measuredStepMs)}`, '');
  lines.push(
    ...table(
      [
        { title: 'device' },
        { title: 'nodes', align: 'right' },
        { title: 'busy a step', align: 'right' },
        { title: 'sent a step', align: 'right' },
        ...(tellsMemory ? [{ title: 'memory', align: 'right' } as const] : []),
      ],
      status.devices.map((device) => [
        device.name,
        `${device.nodes}`,
        measured(device.busyMsPerStep, milliseconds),
        measured(device.bytesSentPerStep, bytes),
        ...(tellsMemory ? [measured(device.peakBytes ?? null, bytes)] : []),
      ]),
      width,
    ),
  );
  return lines;
}

/** Times in ms, and by how much of the prediction the measured one is beyond it, where both are there. */
function besidePrediction(predicted: number | null, taken: number | null): string {
  const text = `measured ${measured(taken, milliseconds)}`;
  if (predicted === null) return text;
  const off = taken === null || predicted <= 0 ? null : taken / predicted - 1;
  const by = off === null ? '' : ` (${off > 0 ? '+' : ''}${measuredPercent(off)})`;
  return `predicted ${milliseconds(predicted)}, ${text}${by}`;
}
