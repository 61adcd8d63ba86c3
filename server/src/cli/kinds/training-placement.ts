/** A TrainingPlacement in a terminal: what it would do, and how its training goes. */
import type { PlacementStatus } from '../../deploy/types.ts';
import type { PlacementPreview } from '../../preview/model.ts';
import { pipelineLines } from '../text/pipeline-text.ts';
import type { KindInTerminal } from '../kinds.ts';
import { placementParts } from '../picture/placement-picture.ts';
import type { Paint } from '../terminal.ts';
import { measured, measuredAccuracy } from '../text/measured.ts';
import { bytes, count, measuredPercent, microseconds, milliseconds, significant } from '../text/number.ts';
import { bar, sparkline, table, wrapped } from '../text/table.ts';

export const trainingPlacement: KindInTerminal<'TrainingPlacement'> = { preview, picture: placementParts, status };

/** Columns before what an algorithm's placement lacks: that is broken into lines, since it names every device. */
const BEFORE_NOTE = 36;

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
  if (preview.pipeline) lines.push(...pipelineLines(preview.pipeline, paint, width));
  return lines;
}

function status(status: PlacementStatus, width: number): string[] {
  const lines = [
    `step ${status.step}/${status.steps}  ${bar(status.step / Math.max(1, status.steps), 30)}`,
    `loss ${measured(status.loss, significant)}  ${sparkline(
      status.history.map((entry) => entry.loss),
      width - 20,
    )}`,
    `accuracy ${measuredAccuracy(status.accuracy)}`,
    `forward pass  predicted ${milliseconds(status.predictedForwardMs)}, measured ${measured(status.measuredForwardMs, milliseconds)}`,
  ];
  const tellsMemory = status.devices.some(({ peakBytes }) => peakBytes != null);
  const predicted = status.predictedStepMs === null ? '' : `predicted ${milliseconds(status.predictedStepMs)}, `;
  lines.push(`whole step    ${predicted}measured ${measured(status.measuredStepMs, milliseconds)}`, '');
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
