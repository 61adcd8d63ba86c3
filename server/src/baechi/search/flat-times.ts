/* eslint-disable @typescript-eslint/no-non-null-assertion -- made once for a search, of tables that are as long as a graph has nodes, edges and tensors */
import type { UnlikeDevices } from '../unlike-devices.ts';

/**
 * What nodes and transfers take, of a flat graph, µs. Devices that take the same times share a table, and so do pairs of devices that
 * are joined alike: where all are alike, there is one of each.
 */
export interface FlatTimes {
  /** Time of node i on device d: `workUs[workOf[d] + i]`. */
  readonly workUs: Float64Array;
  readonly workOf: Int32Array;
  /**
   * Time of tensor t from device a to device b, of d: `tensorUs[linkOf[a · d + b] · tensors + t]`; of all tensors of edge e
   * `edgeUs[linkOf[a · d + b] · edges + e]`.
   */
  readonly tensorUs: Float64Array;
  readonly edgeUs: Float64Array;
  readonly linkOf: Int32Array;
  /** The means of a node over devices, and of an edge over pairs of devices: what is known of them before they are placed. */
  readonly meanWorkUs: Float64Array;
  readonly meanEdgeUs: Float64Array;
}

/** How the nodes, edges and tensors of a graph are numbered in a flat one: which of the graph's each is. */
export interface FlatNumbers {
  readonly nodes: Int32Array;
  readonly tensors: Int32Array;
  /** Tensors of edge e, by their numbers here, are edgeTensors[tensorStart[e]] … . */
  readonly tensorStart: Int32Array;
  readonly edgeTensors: Int32Array;
}

/** @param tensorUs transfer time of every tensor where devices and links are alike. */
export function flatTimes(
  numbers: FlatNumbers,
  deviceCount: number,
  computeUs: Float64Array,
  tensorUs: Float64Array,
  unlike: UnlikeDevices | undefined,
): FlatTimes {
  const devices = Array.from({ length: deviceCount }, (_, d) => d);
  const work = tables(devices.map((d) => unlike?.timesOn(d) ?? computeUs));
  const pairs = devices.flatMap((from) => devices.map((to) => unlike?.transferTimes(from, to) ?? tensorUs));
  const links = tables(pairs);
  const workUs = ordered(work.tables, numbers.nodes);
  const flatTensorUs = ordered(links.tables, numbers.tensors);
  const edgeUs = edgeTimes(numbers, links.tables.length, flatTensorUs);
  const apart = links.of.filter((_, pair) => pair % (deviceCount + 1) !== 0);
  return {
    workUs,
    workOf: work.of.map((table) => table * numbers.nodes.length),
    tensorUs: flatTensorUs,
    edgeUs,
    linkOf: links.of,
    meanWorkUs: mean(workUs, work.of, numbers.nodes.length),
    meanEdgeUs: mean(edgeUs, apart.length > 0 ? apart : links.of, numbers.tensorStart.length - 1),
  };
}

/** Tables without those that are another one, and which of these each was. */
function tables(all: readonly Float64Array[]): { readonly tables: readonly Float64Array[]; readonly of: Int32Array } {
  const known = [...new Set(all)];
  return { tables: known, of: Int32Array.from(all, (table) => known.indexOf(table)) };
}

/** Tables end to end, each in the order of a flat graph. */
function ordered(all: readonly Float64Array[], order: Int32Array): Float64Array {
  const values = new Float64Array(all.length * order.length);
  for (const [t, table] of all.entries()) {
    for (let i = 0; i < order.length; i++) values[t * order.length + i] = table[order[i]!]!;
  }
  return values;
}

function edgeTimes({ tensors, tensorStart, edgeTensors }: FlatNumbers, links: number, tensorUs: Float64Array) {
  const edges = tensorStart.length - 1;
  const edgeUs = new Float64Array(links * edges);
  for (let link = 0; link < links; link++) {
    for (let e = 0; e < edges; e++) {
      let us = 0;
      for (let k = tensorStart[e]!; k < tensorStart[e + 1]!; k++)
        us += tensorUs[link * tensors.length + edgeTensors[k]!]!;
      edgeUs[link * edges + e] = us;
    }
  }
  return edgeUs;
}

/** @param of which table counts, once for each time that it is named. */
function mean(values: Float64Array, of: Int32Array, length: number): Float64Array {
  if (values.length === length) return values;
  const sums = new Float64Array(length);
  for (const table of of) for (let i = 0; i < length; i++) sums[i]! += values[table * length + i]!;
  return sums.map((sum) => sum / of.length);
}
