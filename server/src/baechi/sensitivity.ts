/**
 * How far a placement holds when the figures are others than it was planned with: less memory, slower or faster transfers and computing, and
 * times that a profile got wrong. Each case is judged twice, for the placement as it is and for one planned anew: what knowing would have
 * been worth is the regret.
 */
import type { Graph } from '../graph/graph.ts';
import { communicationTimes, linkModel, wholeUs } from '../graph/link-model.ts';
import type { Bytes, BytesPerSecond, Milliseconds, TrainingPlacement } from '../spec/types.ts';
import { specTrainingRun } from './from-spec.ts';
import type { Cancelled } from './placement.ts';
import { planSpec, type PlacementDecision, type SpecPlanOptions } from './plan.ts';
import { simulateStep } from './training-run.ts';

export type SensitivityAxis = 'memory' | 'transfers' | 'compute' | 'noise';

/** A case: all of one figure times a factor; or, `noise`, each node's and tensor's time by its own factor of at most 1 ± amount. */
export interface SensitivityCase {
  readonly axis: SensitivityAxis;
  /** For noise the amount. */
  readonly factor: number;
  /** Of the noise. */
  readonly seed: number;
}

export const MEMORY_FACTORS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;
export const TIME_FACTORS = [0.5, 0.75, 1, 1.5, 2] as const;
export const NOISE_AMOUNTS = [0.1, 0.25] as const;

export function sensitivityCases(seeds: readonly number[]): SensitivityCase[] {
  const plain = (axis: SensitivityAxis, factors: readonly number[]): SensitivityCase[] =>
    factors.map((factor) => ({ axis, factor, seed: 0 }));
  return [
    ...plain('memory', MEMORY_FACTORS),
    ...plain('transfers', TIME_FACTORS),
    ...plain('compute', TIME_FACTORS),
    ...NOISE_AMOUNTS.flatMap((factor) => seeds.map((seed): SensitivityCase => ({ axis: 'noise', factor, seed }))),
  ];
}

export interface SensitivityOutcome extends SensitivityCase {
  /** The placement as it was decided. */
  readonly kept: { readonly makespanUs: number; readonly fits: boolean };
  /** The better of the placement that would be decided and the one that is there, which one may keep; null where none is found. */
  readonly anew: { readonly makespanUs: number; readonly fits: boolean } | null;
  /** Kept over anew, less 1; null where one of them does not fit. */
  readonly regret: number | null;
}

/** Judges a decided placement in one case. */
export async function sensitivityOf(
  spec: TrainingPlacement,
  graph: Graph,
  { device, recomputed = [] }: PlacementDecision,
  one: SensitivityCase,
  options: SpecPlanOptions,
): Promise<SensitivityOutcome | Cancelled> {
  const changed = { spec: specIn(spec, one), graph: graphIn(spec, graph, one) };
  const { schedule, fits } = simulateStep(specTrainingRun(changed.spec, changed.graph, recomputed), device);
  const kept = { makespanUs: schedule.makespanUs, fits };
  const planned = await planSpec(changed.spec, changed.graph, options);
  if (planned.kind === 'cancelled') return planned;
  const { best } = planned.plan;
  const found = best ? { makespanUs: best.schedule.makespanUs, fits: best.fits } : null;
  const keeps = kept.fits && (!found?.fits || kept.makespanUs < found.makespanUs);
  const anew = keeps ? kept : found;
  const regret = kept.fits && anew?.fits ? kept.makespanUs / anew.makespanUs - 1 : null;
  return { ...one, kept, anew, regret };
}

/** Memory of the devices, and what transfers cost by the links. */
function specIn(spec: TrainingPlacement, { axis, factor }: SensitivityCase): TrainingPlacement {
  if (axis === 'memory') {
    const devices = spec.devices.map(({ memory, reserved, ...device }) => ({
      ...device,
      memory: (memory * factor) as Bytes,
      ...(reserved === undefined ? {} : { reserved: (reserved * factor) as Bytes }),
    }));
    return { ...spec, devices };
  }
  if (axis !== 'transfers') return spec;
  const slower = <T extends { readonly bandwidth: BytesPerSecond; readonly latency: Milliseconds }>(link: T): T => ({
    ...link,
    bandwidth: (link.bandwidth / factor) as BytesPerSecond,
    latency: (link.latency * factor) as Milliseconds,
  });
  return { ...spec, link: slower(spec.link), ...(spec.links ? { links: spec.links.map(slower) } : {}) };
}

/** Times of nodes, and those of tensors that the file gives. */
function graphIn(spec: TrainingPlacement, graph: Graph, { axis, factor, seed }: SensitivityCase): Graph {
  if (axis === 'memory') return graph;
  // What the common link takes is a profile's figure as well, and its noise needs a time to be put on.
  const tensorUs = axis === 'noise' ? communicationTimes(graph, linkModel(spec.link)) : graph.tensorCommUs;
  const next = axis === 'noise' ? uniform(seed) : () => 0.5;
  const drawn = (): number => 1 + factor * (2 * next() - 1);
  const ofNodes = graph.computeUs.map(() => (axis === 'noise' ? drawn() : axis === 'compute' ? factor : 1));
  const ofTensors = tensorUs.map(() => (axis === 'noise' ? drawn() : axis === 'transfers' ? factor : 1));
  const times = (us: Float64Array): Float64Array =>
    us.map((time, i) => (Number.isNaN(time) ? time : wholeUs(time * (ofNodes[i] ?? 1))));
  const byKind = graph.byKind && new Map(Array.from(graph.byKind, ([kind, us]) => [kind, { computeUs: times(us.computeUs), backwardUs: times(us.backwardUs) }])); // prettier-ignore
  return {
    ...graph,
    computeUs: times(graph.computeUs),
    ...(graph.backwardUs ? { backwardUs: times(graph.backwardUs) } : {}),
    ...(byKind ? { byKind } : {}),
    tensorCommUs: tensorUs.map((us, t) => Math.round(us * (ofTensors[t] ?? 1))),
  };
}

/** Numbers from 0 to below 1 (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
