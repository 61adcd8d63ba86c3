/** What would make a placement fit that does not: each of three ways by itself, with what a step would then take. */
import type { Graph } from '../graph/graph.ts';
import type { Bytes, TrainingPlacement } from '../spec/types.ts';
import { specRun } from './from-spec.ts';
import type { LpSolver } from './linear-program.ts';
import { placerOf } from './placers.ts';
import { chooseRecomputed, type RecomputeTrial, type RecomputeUnit } from './recompute.ts';
import { simulateStep } from './training-run.ts';

export interface Remedies {
  /** The least memory with which something is found, as a factor to what each device has, and on the largest in bytes. */
  readonly memory?: { readonly factor: number; readonly largest: number; readonly makespanUs: number };
  /** Layers that are computed again. */
  readonly recompute?: { readonly units: readonly RecomputeUnit[]; readonly makespanUs: number };
  /** One more device like the largest. */
  readonly device?: { readonly like: string; readonly makespanUs: number };
}

/** The least factor is found to a part in so many. */
const GRAIN = 64;
/** More memory than this many times what there is, is no remedy. */
const MOST_FACTOR = 64;

/**
 * Looks for each remedy with the two placers that need no search, on one device and m-ETF: what they find, `auto` finds too.
 *
 * @param spec whose devices have only what nodes can have of their memory.
 */
export function remediesOf(spec: TrainingPlacement, graph: Graph, shouldStop: () => boolean): Remedies {
  const trial = (changed: TrainingPlacement, units: readonly RecomputeUnit[] = []): RecomputeTrial => {
    const { run, pins } = specRun({ ...changed, algorithm: 'auto' }, graph, units);
    const times = ['single' as const, 'm-ETF' as const].flatMap((name) => {
      const placed = placerOf(name).place(run, { solve: noSolver, shouldStop, ...(pins ? { pins } : {}) });
      const step = placed.kind === 'placement' ? simulateStep(run, placed.device) : undefined;
      return step?.fits ? [step.schedule.makespanUs] : [];
    });
    return { fits: times.length > 0, makespanUs: Math.min(...times) };
  };
  const largest = spec.devices.reduce((most, device) => (device.memory > most.memory ? device : most));
  const memory = leastMemory((factor) => trial(withMemory(spec, factor)));
  const recomputable = graph.backwardUs !== undefined && spec.memory?.recompute !== 'auto';
  const units = recomputable ? chooseRecomputed(graph, (chosen) => trial(spec, chosen), shouldStop) : undefined;
  const one = trial({ ...spec, devices: [...spec.devices, { ...largest, name: `one more ${largest.name}` }] });
  return {
    ...(memory && {
      memory: { factor: memory.factor, largest: largest.memory * memory.factor, makespanUs: memory.makespanUs },
    }),
    ...(units && { recompute: { units, makespanUs: trial(spec, units).makespanUs } }),
    ...(one.fits && { device: { like: largest.name, makespanUs: one.makespanUs } }),
  };
}

/** Doubles until something fits, then halves what is between. */
function leastMemory(trial: (factor: number) => RecomputeTrial): { factor: number; makespanUs: number } | undefined {
  let [below, enough] = [1, 2];
  let found = trial(enough);
  while (!found.fits && enough < MOST_FACTOR) {
    below = enough;
    enough *= 2;
    found = trial(enough);
  }
  if (!found.fits) return undefined;
  while (enough - below > enough / GRAIN) {
    const middle = (below + enough) / 2;
    const tried = trial(middle);
    if (tried.fits) [enough, found] = [middle, tried];
    else below = middle;
  }
  return { factor: enough, makespanUs: found.makespanUs };
}

function withMemory(spec: TrainingPlacement, factor: number): TrainingPlacement {
  const devices = spec.devices.map((device) => ({ ...device, memory: Math.ceil(device.memory * factor) as Bytes }));
  return { ...spec, devices };
}

const noSolver: LpSolver = () => {
  throw new Error('the linear program is not to be solved here');
};
