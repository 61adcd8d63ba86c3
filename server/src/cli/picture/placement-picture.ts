/** A TrainingPlacement as drawings: what each device does over one step, and its graph by device. */
import { busyLane, memoryLane, memoryScale } from '../../language/pictures/device-picture.ts';
import { categoryColour, escaped, line, polyline, rect, text } from '../../language/pictures/svg.ts';
import type { DevicePreview, GraphBox, PlacementPreview } from '../../preview/model.ts';
import { figureOf } from '../../preview/words.ts';
import { bytes, measuredPercent, microseconds } from '../text/number.ts';
import { fitting, leftOut, WIDTH, type Part } from './part.ts';

export function placementParts(preview: PlacementPreview): Part[] {
  return [devicesPart(preview), graphPart(preview)];
}

function graphPart({ graph, devices }: PlacementPreview): Part {
  const legend = devices.length > MOST_DEVICES ? devices.slice(0, MOST_DEVICES) : devices;
  const room = Math.max(110, Math.min(180, WIDTH / legend.length));
  const perRow = Math.max(1, Math.floor(WIDTH / room));
  const top = 24 * Math.ceil(legend.length / perRow);
  const body = legend.flatMap((device, i) => {
    const [x, y] = [(i % perRow) * room, 24 * Math.floor(i / perRow)];
    return [
      rect(x, y, 12, 12, `fill="${categoryColour(i)}"`),
      text(x + 18, y + 10, fitting(`${device.name}: ${figureOf(device.nodes, 'node')}`, room - 24)),
    ];
  });
  for (const { points, crossing, bytes: size } of graph.lines) {
    const width = Math.max(0.8, Math.min(4, Math.log10(Math.max(1, size)) / 2 - 1.5));
    const moved = points.map(([x, y]) => [x, y + top] as const);
    body.push(polyline(moved, `class="edge${crossing ? ' crossing' : ''}" stroke-width="${width.toFixed(1)}"`));
  }
  body.push(...graph.boxes.flatMap((box) => boxPicture(box, top, devices)));
  const title = `The graph by device: ${figureOf(graph.totalNodes, 'node')} in ${figureOf(graph.boxes.length, 'box', 'boxes')}; lines between devices are coloured`;
  return { title, width: Math.max(WIDTH, graph.width), height: top + graph.height, body };
}

function boxPicture(box: GraphBox, top: number, devices: readonly DevicePreview[]): string[] {
  const colour = box.device < 0 ? undefined : categoryColour(box.device);
  const stroke = colour === undefined ? 'class="box ink"' : `class="box" stroke="${colour}"`;
  const y = box.y + top;
  const middle = box.x + box.width / 2;
  const where = box.device < 0 ? 'several devices' : (devices[box.device]?.name ?? '');
  const words = `${box.label}: ${figureOf(box.count, 'node')} on ${where}, ${microseconds(box.computeUs)}, ${bytes(box.memoryBytes)}`;
  return [
    `<g><title>${escaped(words)}</title>`,
    rect(box.x, y, box.width, box.height, `rx="4" ${stroke}`),
    colour === undefined ? '' : rect(box.x, y, box.width, box.height, `rx="4" fill="${colour}" opacity=".2"`),
    text(middle, y + 18, fitting(box.label, box.width - 4), 'text-anchor="middle"'),
    text(middle, y + 34, microseconds(box.computeUs), 'text-anchor="middle" class="soft"'),
    '</g>',
  ];
}

const MOST_DEVICES = 32;
const NAME = 190;
const LANE = 72;

function devicesPart({ devices, makespanUs, lowerBoundUs }: PlacementPreview): Part {
  const shown = devices.slice(0, MOST_DEVICES);
  const end = Math.max(makespanUs, lowerBoundUs, 1);
  const x = (us: number): number => NAME + (us / end) * (WIDTH - NAME - 8);
  const bottom = shown.length * LANE;
  const body = shown.flatMap((device, i) => lane(device, i, i * LANE, x, end));
  body.push(line(x(lowerBoundUs), 0, x(lowerBoundUs), bottom + 4, 'class="ink" stroke-dasharray="2 3"'));
  body.push(text(x(lowerBoundUs) - 4, bottom + 17, `best possible ${microseconds(lowerBoundUs)}`, 'text-anchor="end"'));
  const apart = x(makespanUs) - x(lowerBoundUs) > 130;
  const [at, words] = [apart ? 17 : 33, `one step ${microseconds(makespanUs)}`];
  body.push(line(x(makespanUs), 0, x(makespanUs), bottom + 4, 'class="ink"'));
  body.push(text(x(makespanUs), bottom + at, words, 'text-anchor="end"'));
  const more = devices.length - shown.length;
  if (more > 0) body.push(leftOut(bottom + at + 17, more, 'devices'));
  const title = 'Devices over one step: compute solid, transfers thin, memory as a line below its dashed limit';
  return { title, width: WIDTH, height: bottom + at + (more > 0 ? 22 : 5), body };
}

function lane(device: DevicePreview, i: number, top: number, x: (us: number) => number, end: number): string[] {
  const colour = categoryColour(i);
  const over = device.peakBytes > device.memoryBytes;
  const memory = `${over ? '✗ ' : ''}${bytes(device.peakBytes)} of ${bytes(device.memoryBytes)}`;
  return [
    text(0, top + 16, fitting(device.name, NAME - 12), 'class="title"'),
    text(0, top + 34, device.nodes === 0 ? 'without work' : `busy ${measuredPercent(device.busyUs / end)}`),
    text(0, top + 52, memory, over ? 'class="bad"' : 'class="soft"'),
    ...busyLane(device, colour, x, top + 4, 18),
    ...memoryLane(device, colour, x, memoryScale(device, top + LANE - 10, top + 34), end),
  ];
}
