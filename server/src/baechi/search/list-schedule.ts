/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs over graphs of a hundred thousand nodes many times; indices are nodes, edges and devices of one flat graph */
import type { Device } from '../devices.ts';
import type { FlatGraph } from './flat-graph.ts';
import type { Units } from './units.ts';

/** What a list schedule weighs. */
export interface ListWeights {
  /** How much of the transfer times counts in a node's priority: 0 none, 1 all. */
  readonly share: number;
  /** How many µs of delay one µs of a new transfer is worth, when a device is chosen. */
  readonly thrift: number;
}

/** All the weights that are tried, those first that did best on the most graphs. */
export const LIST_WEIGHTS: readonly ListWeights[] = [1, 0.5, 2, 0.25, 0, 4].flatMap((thrift) =>
  [0, 1, 0.5].map((share) => ({ share, thrift })),
);

/**
 * List scheduling by upward rank (Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002), without insertion and on devices with one channel each: the
 * node with the longest way before it goes first, to the device on which it ends earliest, new transfers counted `thrift` times besides.
 * Where transfers are parallel they wait for no channel, and copies count as PyTorch's accounting has them; honest accounting's do not.
 *
 * A unit goes where its first node goes, as long as that has room for what all of it holds; where no device has room, to the one with the most.
 *
 * @returns device of every node, by its number in the flat graph.
 */
export function listSchedule(
  flat: FlatGraph,
  devices: readonly Device[],
  units: Units,
  { share, thrift }: ListWeights,
): Int32Array {
  const n = flat.nodeCount;
  const { inStart, inEdges, edgeSrc, tensorStart, edgeTensors, tensorCount, outStart, isParallel } = flat;
  const { workUs, workOf, tensorUs, linkOf } = flat.times;
  const { permBytes, outBytes, tempBytes, goes, accounting, edgeBytes } = flat.memory;
  const keepsReceived = accounting === 'pytorch';
  const count = devices.length;
  const limit = Float64Array.from(devices, ({ memory }) => memory);
  const order = byUpwardRank(flat, share);
  const device = new Int32Array(n).fill(-1);
  const unitDevice = units.pin.slice();
  const reserved = unitBytes(flat, units);
  const used = new Float64Array(count);
  const ends = new Float64Array(n);
  const free = new Float64Array(count);
  const channel = new Float64Array(count);
  const received = new Float64Array(flat.tensorCount * count).fill(-1);
  const consumersLeft = Int32Array.from({ length: n }, (_, i) => outStart[i + 1]! - outStart[i]!);
  for (let place = 0; place < n; place++) {
    const node = order[place]!;
    const unit = units.of[node]!;
    let chosen = unitDevice[unit]!;
    if (chosen < 0) {
      const need = Math.max(permBytes[node]! + outBytes[node]! + tempBytes[node]!, reserved[unit]!);
      let least = Infinity;
      let roomiest = 0;
      for (let d = 0; d < count; d++) {
        if (limit[d]! - used[d]! > limit[roomiest]! - used[roomiest]!) roomiest = d;
        if (used[d]! + need > limit[d]!) continue;
        let arrival = free[d]!;
        let sending = 0;
        for (let k = inStart[node]!, stop = inStart[node + 1]!; k < stop; k++) {
          const edge = inEdges[k]!;
          const parent = edgeSrc[edge]!;
          const from = device[parent]!;
          if (from === d) {
            if (ends[parent]! > arrival) arrival = ends[parent]!;
            continue;
          }
          const link = linkOf[from * count + d]!;
          if (isParallel) {
            const us = flat.times.edgeUs[link * flat.edgeCount + edge]!;
            sending += us;
            if (ends[parent]! + us > arrival) arrival = ends[parent]! + us;
            continue;
          }
          let length = -1;
          for (let t = tensorStart[edge]!, end = tensorStart[edge + 1]!; t < end; t++) {
            const tensor = edgeTensors[t]!;
            const at = received[tensor * count + d]!;
            if (at < 0) length = Math.max(length, 0) + tensorUs[link * tensorCount + tensor]!;
            else if (at > arrival) arrival = at;
          }
          if (length < 0) continue;
          sending += length;
          const at = Math.max(ends[parent]!, channel[from]!, channel[d]!) + length;
          if (at > arrival) arrival = at;
        }
        const cost = arrival + workUs[workOf[d]! + node]! + thrift * sending;
        if (cost < least) {
          least = cost;
          chosen = d;
        }
      }
      if (chosen < 0) chosen = roomiest;
      unitDevice[unit] = chosen;
    }
    let arrival = free[chosen]!;
    for (let k = inStart[node]!, stop = inStart[node + 1]!; k < stop; k++) {
      const edge = inEdges[k]!;
      const parent = edgeSrc[edge]!;
      const from = device[parent]!;
      let at = ends[parent]!;
      if (from !== chosen && isParallel) {
        at += flat.times.edgeUs[linkOf[from * count + chosen]! * flat.edgeCount + edge]!;
      } else if (from !== chosen) {
        const link = linkOf[from * count + chosen]!;
        for (let t = tensorStart[edge]!, end = tensorStart[edge + 1]!; t < end; t++) {
          const tensor = edgeTensors[t]!;
          const slot = tensor * count + chosen;
          if (received[slot]! < 0) {
            const us = tensorUs[link * tensorCount + tensor]!;
            const sent = Math.max(ends[parent]!, channel[from]!);
            channel[from] = sent + us;
            channel[chosen] = received[slot] = Math.max(sent, channel[chosen]!) + us;
          }
          at = Math.max(at, received[slot]!);
        }
      }
      if (at > arrival) arrival = at;
      if (keepsReceived && from !== chosen) used[chosen]! += edgeBytes[edge]!;
      if (--consumersLeft[parent]! === 0 && goes[parent] === 1) used[from]! -= outBytes[parent]!;
    }
    device[node] = chosen;
    used[chosen]! += permBytes[node]! + outBytes[node]!;
    ends[node] = free[chosen] = arrival + workUs[workOf[chosen]! + node]!;
  }
  return device;
}

/** Nodes by the length of the longest way from their start to the end, longest first; ties by number. Parents come before children. */
function byUpwardRank({ nodeCount, outStart, edgeDst, times }: FlatGraph, share: number): Int32Array {
  const { meanWorkUs, meanEdgeUs } = times;
  const rank = new Float64Array(nodeCount);
  for (let node = nodeCount - 1; node >= 0; node--) {
    let longest = 0;
    for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
      const way = rank[edgeDst[e]!]! + share * meanEdgeUs[e]!;
      if (way > longest) longest = way;
    }
    rank[node] = longest + meanWorkUs[node]!;
  }
  return Int32Array.from(rank.keys()).sort((a, b) => rank[b]! - rank[a]! || a - b);
}

/** What a unit needs at least on its device: all that stays, and the most that one node needs besides. */
function unitBytes(flat: FlatGraph, units: Units): Float64Array {
  const { permBytes, outBytes, tempBytes } = flat.memory;
  return Float64Array.from({ length: units.count }, (_, unit) => {
    let stays = 0;
    let most = 0;
    for (const node of units.members.row(unit)) {
      stays += permBytes[node]!;
      most = Math.max(most, outBytes[node]! + tempBytes[node]!);
    }
    return stays + most;
  });
}
