import type { DevicePreview } from '../../preview/model.ts';
import { figureOf, percent } from '../../preview/words.ts';
import { bytes, microseconds } from '../amount.ts';
import { BAD, categoryColour, FAINT, INK, line, markdownImage, polyline, rect, svg, text } from './svg.ts';

const WIDTH = 460;
const HEIGHT = 150;
const LEFT = 8;
const LANE = 20;

/**
 * What a device does when (computing solid, transfers thin), and its memory below with the limit as a line.
 *
 * @param index of the device: its colour. @param node whose runs are framed, where the timeline is fine enough to show them.
 */
export function devicePicture(device: DevicePreview, index: number, makespanUs: number, node?: string): string {
  const colour = categoryColour(index);
  const busy = percent(device.busyUs / Math.max(1, makespanUs));
  const x = (us: number): number => LEFT + (us / Math.max(1, makespanUs)) * (WIDTH - 2 * LEFT);
  const body: string[] = [text(LEFT, 12, `${device.name}: ${figureOf(device.nodes, 'node')}, busy ${busy}`)];
  body.push(...busyLane(device, colour, x, 20, LANE));
  for (const { kind, label, startUs, endUs } of device.intervals) {
    const width = Math.max(0.6, x(endUs) - x(startUs));
    const framed = kind === 'compute' && node !== undefined && (label === node || label === `${node} (backward)`);
    if (framed)
      body.push(rect(x(startUs) - 1, 18, width + 2, LANE + 4, `fill="none" stroke="${INK}" stroke-width="2"`));
  }
  const bottom = HEIGHT - 20;
  const y = memoryScale(device, bottom, 64);
  body.push(
    ...memoryLane(device, colour, x, y, makespanUs),
    text(WIDTH - LEFT, y(device.memoryBytes) + 12, 'memory limit', 'text-anchor="end"'),
    text(LEFT, HEIGHT - 6, `memory: peak ${bytes(device.peakBytes)} of ${bytes(device.memoryBytes)}`),
    text(WIDTH - LEFT, HEIGHT - 6, microseconds(makespanUs), 'text-anchor="end"'),
  );
  const alternative =
    `${device.name}: busy ${microseconds(device.busyUs)} of ${microseconds(makespanUs)}, ` +
    `memory peak ${bytes(device.peakBytes)} of ${bytes(device.memoryBytes)}`;
  return markdownImage(svg(WIDTH, HEIGHT, body), alternative);
}

type Scale = (value: number) => number;

/** When a device computes (solid), and below it when something is sent or received (thin). */
export function busyLane(device: DevicePreview, colour: string, x: Scale, top: number, height: number): string[] {
  return device.intervals.map(({ kind, startUs, endUs }) => {
    const width = Math.max(0.6, x(endUs) - x(startUs));
    return kind === 'transfer'
      ? rect(x(startUs), top + height + 2, width, 5, `fill="${colour}" opacity=".5"`)
      : rect(x(startUs), top, width, height, `fill="${colour}"`);
  });
}

/** Bytes to heights: from nothing at the bottom to the limit, or the peak where that is more, at the top. */
export function memoryScale(device: DevicePreview, bottom: number, top: number): Scale {
  const most = Math.max(device.memoryBytes, device.peakBytes) || 1;
  return (bytes) => bottom - (bytes / most) * (bottom - top);
}

/** Memory in use over the step, with its limit as a dashed line. */
export function memoryLane(device: DevicePreview, colour: string, x: Scale, y: Scale, makespanUs: number): string[] {
  const limit = y(device.memoryBytes);
  return [
    polyline(memorySteps(device, makespanUs, x, y), `stroke="${colour}" stroke-width="1.5"`),
    line(x(0), limit, x(makespanUs), limit, `stroke="${BAD}" stroke-dasharray="4 3"`),
    line(x(0), y(0), x(makespanUs), y(0), `stroke="${FAINT}"`),
  ];
}

/** Memory stays as it is until it changes: a corner before every step. */
function memorySteps(
  device: DevicePreview,
  makespanUs: number,
  x: (us: number) => number,
  y: (bytes: number) => number,
): [number, number][] {
  const steps: [number, number][] = [];
  let last: number | undefined;
  for (const [timeUs, bytes] of device.memoryOverTime) {
    if (last !== undefined) steps.push([x(timeUs), y(last)]);
    steps.push([x(timeUs), y(bytes)]);
    last = bytes;
  }
  if (last !== undefined) steps.push([x(makespanUs), y(last)]);
  return steps;
}
