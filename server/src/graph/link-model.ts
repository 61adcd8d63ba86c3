import type { Graph } from './graph.ts';
import { addToReal, realAt } from '../numeric/at.ts';

/** Time to move a tensor between any two devices: `usPerByte · bytes + latencyUs`, rounded to whole microseconds. */
export interface LinkModel {
  readonly usPerByte: number;
  readonly latencyUs: number;
}

/** @param link bandwidth in bytes per second (> 0), latency in milliseconds, as a spec states them. */
export function linkModel(link: { readonly bandwidth: number; readonly latency: number }): LinkModel {
  return { usPerByte: 1e6 / link.bandwidth, latencyUs: link.latency * 1000 };
}

/** Rounds to the nearest whole number, halves to the even one, as the recorded graphs were rounded. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const fraction = value - below;
  if (fraction !== 0.5) return fraction < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** A run's length on the planners' clock, which ticks in whole microseconds: sums stay exact, and nothing takes no time. */
export function wholeUs(us: number): number {
  return Math.max(1, roundHalfEven(us));
}

export function transferUs(bytes: number, link: LinkModel): number {
  return roundHalfEven(link.usPerByte * bytes + link.latencyUs);
}

/**
 * Transfer time of every tensor (µs, by tensor index).
 *
 * @param overrides whether the link decides also where the graph file itself gives a time, which wins otherwise.
 */
export function communicationTimes(graph: Graph, link: LinkModel, overrides = false): Float64Array {
  return Float64Array.from(graph.tensorCommUs, (given, tensor) =>
    overrides || Number.isNaN(given) ? transferUs(realAt(graph.tensorBytes, tensor), link) : given,
  );
}

/** Transfer time of every edge (µs, by edge index): its tensors travel one after another. */
export function edgeCommunicationTimes(graph: Graph, tensorUs: Float64Array): Float64Array {
  const edgeUs = new Float64Array(graph.edgeCount);
  for (let e = 0; e < graph.edgeCount; e++) {
    for (const tensor of graph.edgeTensors.row(e)) addToReal(edgeUs, e, realAt(tensorUs, tensor));
  }
  return edgeUs;
}
