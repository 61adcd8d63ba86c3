/** Hover on a device: what sits there, then when it works and its memory over time. An editor cuts a hover: the words come first. */
import type { DevicePreview, PlacementPreview } from '../../preview/model.ts';
import * as figures from '../../preview/figures.ts';
import { figureOf, percent } from '../../preview/words.ts';
import { bytes } from '../amount.ts';
import { paragraphs, plain, table } from '../markdown.ts';
import { devicePicture } from '../pictures/device-picture.ts';

/** Rows of a hover's table. */
const MOST_ROWS = 4;

/** @param names devices that an entry of the text stands for; the fullest of them is drawn. */
export function deviceHover(preview: PlacementPreview, names: readonly string[]): string {
  const devices = preview.devices.filter((device) => names.includes(device.name));
  const fullest = devices.reduce<DevicePreview | undefined>(
    (most, device) => (most && fullness(most) >= fullness(device) ? most : device),
    undefined,
  );
  if (!fullest) return '';
  return paragraphs([
    devices.length > 1
      ? `The fullest of ${devices.length}, **${plain(fullest.name)}**, holds ${holds(preview, fullest)}`
      : `**${plain(fullest.name)}** holds ${holds(preview, fullest)}`,
    devices.length > 1 ? devicesTable(preview, devices) : undefined,
    // A device that holds nothing has nothing to draw: the sentence has said it.
    fullest.nodes > 0 ? devicePicture(fullest, preview.devices.indexOf(fullest), preview.makespanUs) : undefined,
  ]);
}

/** The whole placement, for the algorithm and the link. */
export function placementHover(preview: PlacementPreview): string {
  const rows = preview.compared
    .slice(0, MOST_ROWS)
    .map(({ algorithm, makespanUs, fits, note }) => [
      algorithm === preview.chosen ? `**${algorithm}**` : algorithm,
      makespanUs === null ? '–' : figures.duration(makespanUs / 1000),
      fits ? 'fits' : plain(note),
    ]);
  return paragraphs([
    plain(preview.sentence),
    rows.length > 1 ? table(['algorithm', 'one step', 'memory'], rows) : undefined,
    ...preview.notes.map(plain),
  ]);
}

function holds(preview: PlacementPreview, device: DevicePreview): string {
  const nodes = Object.entries(preview.placement).flatMap(([node, on]) => (on === device.name ? [node] : []));
  const named = nodes.slice(0, 3).map(plain).join(', ');
  const what =
    nodes.length === 0 ? 'no node' : `${figureOf(nodes.length, 'node')} (${named}${nodes.length > 3 ? ' …' : ''})`;
  return `${what}, ${bytes(device.peakBytes)} of ${bytes(device.memoryBytes)} at its peak, and works ${percent(busy(preview, device))} of the step.`;
}

function devicesTable(preview: PlacementPreview, devices: readonly DevicePreview[]): string {
  const shown = [...devices].sort((a, b) => fullness(b) - fullness(a)).slice(0, MOST_ROWS);
  const rows = shown.map((device) => [
    plain(device.name),
    `${device.nodes}`,
    figures.bytes(device.peakBytes),
    figures.measuredPercent(fullness(device)),
    figures.measuredPercent(busy(preview, device)),
  ]);
  return table(['device', 'nodes', 'peak', 'of memory', 'busy'], rows);
}

function fullness(device: DevicePreview): number {
  return device.peakBytes / Math.max(1, device.memoryBytes);
}

function busy(preview: PlacementPreview, device: DevicePreview): number {
  return device.busyUs / Math.max(1, preview.makespanUs);
}
