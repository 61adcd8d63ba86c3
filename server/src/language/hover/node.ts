/** Hover on a node of a graph: what it takes, where it sits, and when it runs. */
import type { Graph } from '../../graph/graph.ts';
import type { DevicePreview, NodeFacts, PlacementPreview } from '../../preview/model.ts';
import { figureOf } from '../../preview/words.ts';
import { bytes, microseconds } from '../amount.ts';
import { paragraphs, plain, table } from '../markdown.ts';
import { devicePicture } from '../pictures/device-picture.ts';

/**
 * @param graph the graph that names the node, where it can be read.
 * @param preview what a placement does with it.
 * @param facts what the engine says of the node itself, where it was asked.
 */
export function nodeHover(
  name: string,
  graph: Graph | undefined,
  preview: PlacementPreview | undefined,
  facts?: NodeFacts,
): string {
  const device = preview?.devices.find((other) => other.name === preview.placement[name]);
  const current = facts && facts.device === device?.name ? facts : undefined;
  const when = device && (current ? exactly(current) : runs(name, device));
  return paragraphs([
    `**${plain(name)}**${device ? ` sits on **${plain(device.name)}**${when}.` : ''}`,
    current && waitsFor(current),
    current && movesTable(current),
    graph ? costs(name, graph) : undefined,
    preview && device ? devicePicture(device, preview.devices.indexOf(device), preview.makespanUs, name) : undefined,
  ]);
}

/** When the node runs, by the schedule itself. */
function exactly({ runs, pinned }: NodeFacts): string {
  const times = runs.map(
    ({ backward, startUs, endUs }) =>
      `${backward ? 'backward ' : ''}from ${microseconds(startUs)} to ${microseconds(endUs)}`,
  );
  return `${pinned ? ', where it is pinned,' : ''} and runs ${times.join(', ')}`;
}

function waitsFor({ runs }: NodeFacts): string {
  const words = runs.map(({ backward, waits }) => `${backward ? 'its backward run ' : 'It '}${plain(waits)}`);
  return `${words.join('; ')}.`;
}

/** Rows of a hover's table. */
const MOST_MOVES = 4;

/** What the step would be with the node elsewhere: the best moves first. */
function movesTable({ moves, untried }: NodeFacts): string {
  if (moves.length === 0) return '';
  const best = [...moves].sort((a, b) => Number(b.fits) - Number(a.fits) || a.makespanUs - b.makespanUs);
  const rows = best
    .slice(0, MOST_MOVES)
    .map(({ device, makespanUs, changeUs, memory }) => [
      plain(device),
      microseconds(makespanUs),
      changeUs === 0 ? '±0' : `${changeUs > 0 ? '+' : '−'}${microseconds(Math.abs(changeUs))}`,
      plain(memory),
    ]);
  const more = moves.length - rows.length + untried;
  const head = table(['moved to', 'one step', 'change', 'memory'], rows);
  return more > 0 ? `${head}\n\nand ${figureOf(more, 'more device')}.` : head;
}

/** When the node runs, where the timeline is fine enough to tell it. */
function runs(name: string, device: DevicePreview): string {
  const times = [`${name}`, `${name} (backward)`].flatMap((label) => {
    const interval = device.intervals.find((other) => other.kind === 'compute' && other.label === label);
    return interval ? [`from ${microseconds(interval.startUs)} to ${microseconds(interval.endUs)}`] : [];
  });
  if (times.length === 0) return '';
  return ` and runs ${times[0]!}${times[1] ? `, backward ${times[1]}` : ''}`;
}

function costs(name: string, graph: Graph): string {
  const i = graph.names.indexOf(name);
  if (i < 0) return '';
  const back = graph.backwardUs?.[i] ?? Number.NaN;
  const time = Number.isNaN(back)
    ? `Takes ${microseconds(graph.computeUs[i]!)}`
    : `Takes ${microseconds(graph.computeUs[i]!)} forward and ${microseconds(back)} backward`;
  const origin = graph.estimated === undefined ? '' : ` (estimated for ${graph.estimated}, not measured)`;
  const memory = [
    ['for ever', graph.permBytes[i]!],
    ['while it runs', graph.tempBytes[i]!],
    ['for its output', graph.outBytes[i]!],
  ] as const;
  const held = memory.flatMap(([what, amount]) => (amount > 0 ? [`${bytes(amount)} ${what}`] : []));
  const [inputs, outputs] = [graph.inEdges.length(i), graph.outEdges.length(i)];
  return `${time}${origin}${held.length > 0 ? `; memory: ${held.join(', ')}` : ''}. Reads ${figureOf(inputs, 'node')}, is read by ${figureOf(outputs, 'node')}.`;
}
