import type { Graph } from '../graph/graph.ts';
import { addToInt, addToReal, intAt, itemAt, realAt } from '../numeric/at.ts';
import { ledgerOf, TENSORFLOW, type MemoryRules } from './accounting.ts';
import { Channels, type Transfer } from './channels.ts';
import { MemoryCurve, type MemoryOverTime } from './memory-over-time.ts';
import { NodeQueue } from './node-queue.ts';
import { ParallelChannels } from './parallel-channels.ts';
import type { ChannelMode, Placement } from './placement.ts';
import type { UnlikeDevices } from './unlike-devices.ts';

/** What a placement does when it runs, by the simulator that all algorithms are compared with. */
export interface Schedule {
  readonly makespanUs: number;
  readonly device: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** In the order in which they were booked. */
  readonly transfers: readonly Transfer[];
  readonly transferBytes: number;
  /** Edges whose ends lie on different devices. */
  readonly cutEdges: number;
  /** By device: time spent computing, largest memory in use, and memory over time. */
  readonly busyUs: Float64Array;
  readonly peakBytes: Float64Array;
  readonly memory: readonly MemoryOverTime[];
}

/** What of the world a simulation takes for granted. */
export interface SimulationRules {
  /** `sequential` by default. */
  readonly channel?: ChannelMode;
  /** TensorFlow's by default. */
  readonly memory?: MemoryRules;
  /** The times that hold where devices or links differ. */
  readonly unlike?: UnlikeDevices | undefined;
}

/**
 * Simulates one run of a placed graph (Baechi's virtual scheduler).
 *
 * Devices run their nodes in the order in which these become ready, ties by topological index. When a node is taken, the
 * tensors that other devices need are booked at once, in the order of its out-edges, one transfer at a time per device and
 * direction; computing is never held up by them. Memory is accounted without limits.
 *
 * @param deviceOf device of every node, each below `deviceCount`.
 * @param tensorUs transfer time of every tensor, µs.
 * @param unlike the times that hold instead where devices or links differ.
 */
export function simulate(
  graph: Graph,
  deviceOf: Int32Array,
  deviceCount: number,
  tensorUs: Float64Array,
  { channel = 'sequential', memory: rules = TENSORFLOW, unlike }: SimulationRules = {},
): Schedule {
  const n = graph.nodeCount;
  const { inEdges, outEdges, edgeDst } = graph;
  const channels =
    channel === 'parallel'
      ? new ParallelChannels(graph, tensorUs, unlike)
      : new Channels(graph, deviceCount, tensorUs, unlike);
  const memory = ledgerOf(rules, graph, deviceCount, deviceOf, true);
  const curves = Array.from({ length: deviceCount }, () => new MemoryCurve());
  const start = new Float64Array(n);
  const end = new Float64Array(n);
  const freeAt = new Float64Array(deviceCount);
  const busyUs = new Float64Array(deviceCount);
  const arrival = new Float64Array(graph.edgeCount);
  const parentsLeft = inEdges.lengths();
  const transfers: Transfer[] = [];
  let transferBytes = 0;
  let cutEdges = 0;
  let makespanUs = 0;
  const note = (transfer: Transfer): void => {
    transfers.push(transfer);
    transferBytes += realAt(graph.tensorBytes, transfer.tensor);
  };
  const countsCopies = rules.accounting === 'honest';
  const queue = new NodeQueue(graph.topoRank);
  for (let i = 0; i < n; i++) if (parentsLeft[i] === 0) queue.push(i, 0);
  while (queue.size > 0) {
    const ready = queue.firstKey;
    const node = queue.pop();
    const d = intAt(deviceOf, node);
    const computeUs = unlike ? unlike.timeOn(node, d) : realAt(graph.computeUs, node);
    const begin = Math.max(realAt(freeAt, d), ready);
    const finish = begin + computeUs;
    start[node] = begin;
    end[node] = finish;
    freeAt[d] = finish;
    addToReal(busyUs, d, computeUs);
    makespanUs = Math.max(makespanUs, finish);
    const temporary = memory.charge(node, d);
    itemAt(curves, d).run(begin, finish, realAt(memory.used, d), temporary);
    memory.releaseInputs(node, (at) => itemAt(curves, at).change(begin, realAt(memory.used, at)));
    const [firstOut, endOut] = [outEdges.begin(node), outEdges.end(node)];
    for (let k = firstOut; k < endOut; k++) {
      const edge = outEdges.value(k);
      const to = intAt(deviceOf, intAt(edgeDst, edge));
      if (to === d) {
        arrival[edge] = finish;
      } else {
        cutEdges++;
        arrival[edge] = channels.book(edge, finish, d, to, note);
        if (countsCopies) {
          memory.receive(edge, to);
          itemAt(curves, to).change(finish, realAt(memory.used, to));
        }
      }
    }
    for (let k = firstOut; k < endOut; k++) {
      const child = intAt(edgeDst, outEdges.value(k));
      if (addToInt(parentsLeft, child, -1) > 0) continue;
      let latest = 0;
      for (let j = inEdges.begin(child), end = inEdges.end(child); j < end; j++) {
        latest = Math.max(latest, realAt(arrival, inEdges.value(j)));
      }
      queue.push(child, latest);
    }
  }
  const overTime = curves.map((curve) => curve.finish(makespanUs));
  // A copy can arrive while a node with scratch runs, which the ledger saw one after the other.
  const peakBytes = countsCopies
    ? memory.peak.map((peak, d) => itemAt(overTime, d).bytes.reduce((most, bytes) => Math.max(most, bytes), peak))
    : memory.peak;
  const totals = { makespanUs, transferBytes, cutEdges, busyUs, peakBytes, memory: overTime };
  return { ...totals, device: deviceOf, start, end, transfers };
}

/** A placement whose times are the simulator's, for algorithms that decide devices only. */
export function placementOf(
  graph: Graph,
  device: Int32Array,
  deviceCount: number,
  tensorUs: Float64Array,
  rules?: SimulationRules,
): Placement {
  const { start, end, makespanUs, peakBytes } = simulate(graph, device, deviceCount, tensorUs, rules);
  return { kind: 'placement', device, start, end, estimateUs: makespanUs, peakBytes };
}
