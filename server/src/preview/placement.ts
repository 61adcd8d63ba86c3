/** TrainingPlacement → preview: where every node goes, what the simulator says of it, and what no placement can beat. */
import { placeBy, type AlgorithmOptions, type Placer } from '../baechi/algorithms.ts';
import { AUTO_PLACERS, type Candidate, type PlacedCandidate } from '../baechi/auto.ts';
import { specRun } from '../baechi/from-spec.ts';
import type { LpSolver } from '../baechi/linear-program.ts';
import { memoryNeeds } from '../baechi/memory.ts';
import { lowerBound } from '../baechi/lower-bound.ts';
import { simulateStep, type TrainingRun } from '../baechi/training-run.ts';
import type { Graph } from '../graph/graph.ts';
import type { TrainingPlacement } from '../spec/types.ts';
import { deviceTimelines } from './device-timeline.ts';
import { finding, type Finding } from '../spec/problems/finding.ts';
import { graphFinding } from './graph-file.ts';
import { graphPicture } from './graph-picture.ts';
import type { PlacementPreview, WhatIf } from './model.ts';
import { capitalised, listOf, percent, quantity, three, distinctly } from './words.ts';

export interface PlacementOutcome {
  readonly preview: PlacementPreview | null;
  readonly findings: readonly Finding[];
  /** Not all algorithms were compared: the slow ones are still to come. */
  readonly partial: boolean;
}

export interface PlacementOptions {
  /** Compare all algorithms, also those that take seconds on a large graph. */
  readonly compareAll: boolean;
  readonly solve: () => Promise<LpSolver>;
  readonly shouldStop: () => boolean;
}

/** Up to this many nodes all algorithms together take less than a glance. */
const QUICK_NODES = 400;

/** @returns undefined when asked to stop. */
export async function previewPlacement(
  spec: TrainingPlacement,
  document: number,
  graph: Graph,
  whatIf: WhatIf,
  options: PlacementOptions,
): Promise<PlacementOutcome | undefined> {
  const pinned = { ...spec, pins: { ...spec.pins, ...whatIf.pins } };
  const { run, pins, problems } = specRun(pinned, graph);
  const findings: Finding[] = problems.map((problem) => graphFinding({ ...problem, path: ['spec', ...problem.path] }));
  findings.push(...tooLarge(spec, graph));
  const wanted: readonly Placer[] = spec.algorithm === 'auto' ? AUTO_PLACERS : [spec.algorithm];
  const all = [...new Set<Placer>([...wanted, ...AUTO_PLACERS])];
  // On a large graph only what was asked for comes at once; the comparison follows when there is time.
  const compared = options.compareAll || graph.nodeCount <= QUICK_NODES ? all : wanted;
  const solve: LpSolver = compared.includes('m-SCT') ? await options.solve() : noSolver;
  const candidates: Timed[] = [];
  for (const placer of compared) {
    const candidate = judged(placer, run, { ...(pins ? { pins } : {}), solve, shouldStop: options.shouldStop });
    if (!candidate) return undefined;
    candidates.push(candidate);
  }
  const partial = compared.length < all.length;
  const chosen = best(candidates.filter(({ placer }) => wanted.includes(placer)));
  if (!chosen) {
    findings.push(...deadEnd(spec, run, candidates, findings));
    return { preview: null, findings, partial };
  }
  // A node that fits nowhere overfills its device, too: that is one fault.
  if (!chosen.fits && !findings.some(({ code }) => code === 'BERTH3010')) findings.push(...overfull(spec, chosen));
  const bound = lowerBound(run.step, run.devices.length, run.stepTensorUs);
  const device = chosen.result.device;
  const preview: PlacementPreview = {
    kind: 'TrainingPlacement',
    name: spec.name,
    document,
    sentence: sentence(spec, chosen, bound.us, candidates),
    algorithm: spec.algorithm,
    chosen: chosen.placer,
    makespanUs: chosen.schedule.makespanUs,
    lowerBoundUs: bound.us,
    fits: chosen.fits,
    transfers: chosen.schedule.transfers.length,
    transferBytes: chosen.schedule.transferBytes,
    devices: deviceTimelines(run, chosen),
    placement: Object.fromEntries(graph.names.map((name, i) => [name, spec.devices[device[i]!]!.name])),
    graph: await graphPicture(graph, device, {
      opened: whatIf.opened ?? [],
      direction: whatIf.direction ?? 'right',
      deviceCount: spec.devices.length,
    }),
    compared: candidates.map((candidate) => ({
      algorithm: candidate.placer,
      makespanUs: 'schedule' in candidate ? candidate.schedule.makespanUs : null,
      fits: 'schedule' in candidate && candidate.fits,
      planMs: candidate.planMs,
      note: note(run, candidate),
    })),
  };
  return { preview, findings, partial };
}

const noSolver: LpSolver = () => {
  throw new Error('the linear program is not to be solved here');
};

type Timed = Candidate & { readonly planMs: number };

/** @returns undefined when asked to stop. */
function judged(placer: Placer, run: TrainingRun, options: AlgorithmOptions): Timed | undefined {
  const began = performance.now();
  const result = placeBy(placer, run, options);
  const planMs = performance.now() - began;
  if (result.kind === 'cancelled') return undefined;
  if (result.kind === 'dead-end') return { placer, result, planMs };
  return { placer, result, ...simulateStep(run, result.device), planMs };
}

/** The fastest that fits; where none fits, the fastest: the reader sees by how much. */
function best(candidates: readonly Timed[]): PlacedCandidate | undefined {
  const placed = candidates.filter((candidate) => 'schedule' in candidate);
  return placed.sort((a, b) => Number(b.fits) - Number(a.fits) || a.schedule.makespanUs - b.schedule.makespanUs)[0];
}

function tooLarge(spec: TrainingPlacement, graph: Graph): Finding[] {
  const largest = Math.max(...spec.devices.map((device) => device.memory));
  const needs = memoryNeeds(graph);
  const most = needs.reduce((worst, need, i) => (need > needs[worst]! ? i : worst), 0);
  if (needs[most]! <= largest) return [];
  const others = needs.filter((need) => need > largest).length - 1;
  const [need, has] = distinctly(needs[most]!, largest, size);
  return [finding('BERTH3010', ['spec', 'devices'], { node: graph.names[most]!, need, largest: has, others })];
}

function size(value: number, digits: number): string {
  return quantity(value, 'size', digits);
}

function deadEnd(
  spec: TrainingPlacement,
  run: TrainingRun,
  candidates: readonly Candidate[],
  already: readonly Finding[],
): Finding[] {
  if (already.some(({ code }) => code === 'BERTH3010')) return [];
  const last = candidates.find(({ placer }) => placer === spec.algorithm || spec.algorithm === 'auto');
  if (!last || 'schedule' in last) return [];
  const { node, need, free } = last.result;
  const params = {
    algorithm: spec.algorithm === 'auto' ? 'Every algorithm' : spec.algorithm,
    node: run.graph.names[node]!,
    need: quantity(need, 'size'),
    free: Array.from(free, (bytes, d) => `${quantity(Math.max(0, bytes), 'size')} on ${spec.devices[d]!.name}`),
  };
  return [finding('BERTH3011', ['spec', 'devices'], params)];
}

function overfull(spec: TrainingPlacement, chosen: PlacedCandidate): Finding[] {
  return spec.devices.flatMap((device, d) => {
    const peak = chosen.schedule.peakBytes[d]!;
    if (peak <= device.memory) return [];
    const [needs, memory] = distinctly(peak, device.memory, size);
    const params = { device: device.name, peak: needs, memory };
    return [finding('BERTH3014', ['spec', 'devices', d], params)];
  });
}

function sentence(
  spec: TrainingPlacement,
  chosen: PlacedCandidate,
  boundUs: number,
  candidates: readonly Candidate[],
): string {
  const { schedule, placer, fits } = chosen;
  const time = quantity(schedule.makespanUs / 1000, 'duration');
  const over =
    schedule.makespanUs <= boundUs
      ? 'which no placement can beat'
      : `${percent(schedule.makespanUs / boundUs - 1)} above what no placement can beat`;
  const full = spec.devices.map((device, d) => schedule.peakBytes[d]! / device.memory);
  const fullest = full.indexOf(Math.max(...full));
  const how =
    spec.algorithm === 'auto'
      ? `${named(placer)}, the best of ${candidates.length} algorithms, needs`
      : `${named(placer)} needs`;
  const name = spec.devices[fullest]!.name;
  if (!fits) {
    const over = spec.devices.filter((_, d) => full[d]! > 1).map((device) => device.name);
    const much = full[fullest]! < 10 ? `${percent(full[fullest]!)} of` : `${three(full[fullest]!)} times`;
    return `${named(placer)} does not fit: ${listOf(over)} would run out of memory (${name} needs ${much} what it has).`;
  }
  return `${how} ${time} for one step, ${over}; ${name} is fullest at ${percent(full[fullest]!)} of its memory.`;
}

/** At the start of a sentence: `Single`, `m-ETF`. */
function named(placer: Placer): string {
  return placer.startsWith('m-') ? placer : capitalised(placer);
}

function note(run: TrainingRun, candidate: Candidate): string {
  if (!('schedule' in candidate)) {
    const { node, reason } = candidate.result;
    const name = run.graph.names[node]!;
    return reason === 'too-large' ? `"${name}" is larger than every device` : `no room left for "${name}"`;
  }
  if (candidate.fits) return '';
  const overfull = run.devices.filter((device, d) => candidate.schedule.peakBytes[d]! > device.memory);
  return `needs more memory than ${listOf(overfull.map((device) => device.name))} ${overfull.length === 1 ? 'has' : 'have'}`;
}
