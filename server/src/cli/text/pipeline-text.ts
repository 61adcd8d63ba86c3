/** A pipeline in a terminal: its stages, and each device over one step with its bubbles. */
import type { PipelinePreview } from '../../preview/model.ts';
import type { Paint } from '../terminal.ts';
import { bytes, count, measuredPercent, microseconds } from './number.ts';
import { table } from './table.ts';

export function pipelineLines(pipeline: PipelinePreview, paint: Paint, width: number): string[] {
  const { devices, stages, makespanUs } = pipeline;
  const lines = ['', pipeline.sentence, ''];
  lines.push(
    ...table(
      [
        { title: 'stage', align: 'right' },
        { title: 'device', shrink: 'middle' },
        { title: 'nodes', align: 'right' },
        { title: 'from', shrink: 'middle' },
        { title: 'to', shrink: 'middle' },
        { title: 'forward', align: 'decimal' },
        { title: 'backward', align: 'decimal' },
      ],
      stages.map((stage, i) => [
        `${i}`,
        stage.device,
        count(stage.nodes),
        stage.first,
        stage.last,
        microseconds(stage.forwardUs),
        microseconds(stage.backwardUs),
      ]),
      width,
    ),
    '',
  );
  const columns = Math.max(20, Math.min(64, width - 50));
  lines.push(
    ...table(
      [
        { title: 'device', shrink: 'middle' },
        { title: 'one step' },
        { title: 'bubbles', align: 'decimal' },
        { title: 'peak', align: 'decimal' },
        { title: 'of', align: 'decimal' },
      ],
      devices.map((device) => [
        device.name,
        timeline(device.passes, makespanUs, columns),
        measuredPercent(1 - device.busyUs / Math.max(1, makespanUs)),
        device.peakBytes > device.memoryBytes ? paint.red(`✗ ${bytes(device.peakBytes)}`) : bytes(device.peakBytes),
        bytes(device.memoryBytes),
      ]),
      width,
    ),
    '█ forward  ▓ backward  ▒ gradients of weights  · bubble',
  );
  if (pipeline.tried.length > 1) {
    const tried = pipeline.tried.map(
      (one) => `${one.microBatches}: ${microseconds(one.makespanUs)}${one.fits ? '' : ' ✗'}`,
    );
    lines.push(`micro-batches  ${tried.join(', ')}`);
  }
  return lines;
}

const SIGNS = { forward: '█', backward: '▓', weights: '▒' } as const;

/** In each column what the device does for most of its time; a bubble where that is nothing. */
function timeline(passes: PipelinePreview['devices'][number]['passes'], makespanUs: number, columns: number): string {
  const column = makespanUs / columns;
  return Array.from({ length: columns }, (_, i) => {
    const [from, to] = [i * column, (i + 1) * column];
    const spent = { forward: 0, backward: 0, weights: 0 };
    for (const pass of passes) spent[pass.kind] += Math.max(0, Math.min(to, pass.endUs) - Math.max(from, pass.startUs));
    const [most] = (['forward', 'backward', 'weights'] as const).toSorted((a, b) => spent[b] - spent[a]);
    const idle = column - spent.forward - spent.backward - spent.weights;
    return most === undefined || idle > spent[most] ? '·' : SIGNS[most];
  }).join('');
}
