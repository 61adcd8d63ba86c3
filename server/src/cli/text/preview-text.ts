/** Previews as text: the sentence, then the table, then what the picture would show. */
import type { FederationPreview, PlacementPreview, Preview } from '../../preview/model.ts';
import type { Paint } from '../terminal.ts';
import { inferenceText } from './inference-text.ts';
import { bytes, microseconds, percent, significant } from './number.ts';
import { bar, table, wrapped } from './table.ts';

const NO_BREAK = '\u00a0';

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
      { title: 'peak', align: 'right' },
      { title: 'of', align: 'right' },
      { title: 'busy' },
    ],
    preview.devices.map((device) => [
      device.name,
      significant(device.nodes),
      bar(device.peakBytes / device.memoryBytes, 10),
      device.peakBytes > device.memoryBytes ? paint.red(`✗ ${bytes(device.peakBytes)}`) : bytes(device.peakBytes),
      bytes(device.memoryBytes),
      `${bar(device.busyUs / preview.makespanUs, 10)} ${percent(device.busyUs / preview.makespanUs)}`,
    ]),
    width,
  );
  lines.push('');
  lines.push(
    ...table(
      [
        { title: 'algorithm' },
        { title: 'makespan', align: 'right' },
        { title: 'over bound', align: 'right' },
        { title: 'note', shrink: true },
      ],
      preview.compared.map((row) => [
        row.algorithm === preview.chosen ? paint.bold(`${row.algorithm} ◂`) : row.algorithm,
        row.makespanUs === null ? '–' : microseconds(row.makespanUs),
        row.makespanUs === null ? '–' : percent(row.makespanUs / preview.lowerBoundUs - 1),
        row.note,
      ]),
      width,
    ),
  );
  lines.push('', `no placement can take less than ${microseconds(preview.lowerBoundUs)}`);
  lines.push(`${significant(preview.transfers)} transfers, ${bytes(preview.transferBytes)}`);
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
  lines.push(
    `pattern  ${preview.patternName}, gap ${preview.gap}, safe up to ${preview.safeIterations} iteration${preview.safeIterations === 1 ? '' : 's'}`,
  );
  lines.push(`traffic  ${preview.vectorsPerSitePerRound} vectors sent per site and round`);
  lines.push(
    ...wrapped(`error of the mean  ${preview.errorPerIteration.map((error) => significant(error)).join(' → ')}`, width),
  );
  const findings = leakRows(preview);
  if (findings.length > 0) {
    lines.push('');
    lines.push(
      ...table(
        [
          { title: 'who', shrink: true },
          { title: 'could compute exactly', shrink: true },
        ],
        findings.slice(0, 12),
        width,
      ),
    );
    if (findings.length > 12) lines.push(paint.dim(`… and ${findings.length - 12} more`));
  }
  return lines;
}

/** Observers who learn the same, together in one row; what is worst first. */
function leakRows(preview: FederationPreview): string[][] {
  const rows = new Map<string, { observers: string[]; size: number; dimension: number; words: string }>();
  for (const { observers, dimension, words } of preview.leaks) {
    const key = `${observers.length} ${words}`;
    const row = rows.get(key) ?? { observers: [], size: observers.length, dimension, words };
    row.observers.push(observers.join(' + '));
    rows.set(key, row);
  }
  return [...rows.values()]
    .sort((a, b) => b.dimension - a.dimension || a.size - b.size)
    .map(({ observers, size, words }) => {
      const many =
        size === 1 ? `each of ${observers.length} sites alone` : `each of ${observers.length} groups of ${size}`;
      return [observers.length > 2 ? many : observers.join(', '), words];
    });
}
