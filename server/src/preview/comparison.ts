/** Two placements of one graph beside one another: how long their steps are, how full their devices, and which nodes moved. */
import type { PlacedCandidate } from '../baechi/plan.ts';
import type { TrainingRun } from '../baechi/training-run.ts';
import type { Device } from '../baechi/devices.ts';
import type { PlacementComparison } from './model.ts';
import { figureOf, percent, quantity } from './words.ts';

/** Nodes that are named, those that compute longest first. */
const MOST_NODES = 200;

export interface Compared {
  readonly preview: PlacementComparison;
  /** Whether the node sits elsewhere in the second placement, devices that are alike taken for one another. */
  readonly moved: (node: number) => boolean;
}

export function comparison(run: TrainingRun, a: PlacedCandidate, b: PlacedCandidate): Compared {
  const { graph, devices } = run;
  const called = likeDevices(run, a.result.device, b.result.device);
  const at = (node: number): number => called[b.result.device[node]!]!;
  const moved = (node: number): boolean => a.result.device[node] !== at(node);
  const nodes = Array.from({ length: graph.nodeCount }, (_, i) => i).filter(moved);
  const sides = [a, b].map((candidate) => ({
    algorithm: candidate.placer,
    makespanUs: candidate.schedule.makespanUs,
    transferBytes: candidate.schedule.transferBytes,
    fits: candidate.fits,
  }));
  const peaks = devices.map(({ name, memory }, d) => ({
    device: name,
    memoryBytes: memory,
    peakBytes: [a.schedule.peakBytes[d]!, b.schedule.peakBytes[called.indexOf(d)]!] as const,
  }));
  const renamed = called.flatMap((d, other) =>
    d === other ? [] : [[devices[other]!.name, devices[d]!.name] as const],
  );
  const longest = [...nodes].sort((x, y) => graph.computeUs[y]! - graph.computeUs[x]! || x - y).slice(0, MOST_NODES);
  return {
    moved,
    preview: {
      sides: [sides[0]!, sides[1]!],
      devices: peaks,
      renamed,
      moved: nodes.length,
      nodes: longest.map((node) => ({
        node: graph.names[node]!,
        from: devices[a.result.device[node]!]!.name,
        to: devices[at(node)]!.name,
        computeUs: graph.computeUs[node]!,
      })),
      words: inWords(a, b, nodes.length, graph.nodeCount),
    },
  };
}

function inWords(a: PlacedCandidate, b: PlacedCandidate, moved: number, all: number): string {
  const [us, otherUs] = [a.schedule.makespanUs, b.schedule.makespanUs];
  const time = (us: number): string => quantity(us / 1000, 'duration');
  const speed =
    us === otherUs
      ? `${a.placer} and ${b.placer} need ${time(us)} for one step alike`
      : us < otherUs
        ? `${a.placer} needs ${time(us)} for one step, ${percent(1 - us / otherUs)} less than ${b.placer} with ${time(otherUs)}`
        : `${b.placer} needs ${time(otherUs)} for one step, ${percent(1 - otherUs / us)} less than ${a.placer} with ${time(us)}`;
  const where =
    moved === 0
      ? 'every node sits on the same device'
      : `${figureOf(moved, 'node')} of ${all} ${moved === 1 ? 'sits' : 'sit'} elsewhere`;
  return `${speed}; ${where}.`;
}

/**
 * For every device of the second placement the device of the first that it stands for: those that are alike are taken for one
 * another so that as many nodes as can be had greedily stay where they are.
 */
function likeDevices({ devices }: TrainingRun, a: Int32Array, b: Int32Array): number[] {
  const d = devices.length;
  const shared = new Int32Array(d * d);
  a.forEach((on, node) => shared[on * d + b[node]!]!++);
  const pairs = Array.from(shared.keys())
    .map((pair) => ({ on: Math.floor(pair / d), other: pair % d, nodes: shared[pair]! }))
    .filter(({ on, other }) => on === other || areAlike(devices[on]!, devices[other]!))
    .sort((x, y) => y.nodes - x.nodes || Number(y.on === y.other) - Number(x.on === x.other));
  const called = new Array<number>(d).fill(-1);
  const taken = new Set<number>();
  for (const { on, other } of pairs) {
    if (called[other]! >= 0 || taken.has(on)) continue;
    called[other] = on;
    taken.add(on);
  }
  return called;
}

/** Whether nothing but their names tells two devices apart. */
function areAlike({ name: _name, ...one }: Device, { name: _other, ...two }: Device): boolean {
  return JSON.stringify(one) === JSON.stringify(two);
}
