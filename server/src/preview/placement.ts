/** TrainingPlacement → preview: where every node goes, what the simulator says of it, and how near that is to the best possible. */
import { withoutReserve } from '../baechi/from-spec.ts';
import type { LpSolver } from '../baechi/linear-program.ts';
import type { Candidate, PlacedCandidate, PlacementDecision, PlannedPlacement } from '../baechi/plan.ts';
import type { Cancelled } from '../baechi/placement.ts';
import type { Placer, PlacerName } from '../baechi/placer.ts';
import { AUTO, AUTO_PLACERS } from '../baechi/placers.ts';
import type { RecomputeUnit } from '../baechi/recompute.ts';
import { namesNothing } from '../baechi/grouping/colocation.ts';
import { provedTooLittle } from '../baechi/memory-bound.ts';
import { remediesOf } from '../baechi/remedies.ts';
import type { TrainingRun } from '../baechi/training-run.ts';
import type { Graph } from '../graph/graph.ts';
import type { TrainingPlacement } from '../spec/types.ts';
import { comparison } from './comparison.ts';
import { criticalPath } from './critical-path.ts';
import { deviceGroups, withPlacementWhatIf } from './device-groups.ts';
import { deviceTimelines } from './device-timeline.ts';
import { didYouMean } from '../spec/problems/did-you-mean.ts';
import { finding, type Finding } from '../spec/problems/finding.ts';
import { bytes } from './figures.ts';
import { graphFinding } from './graph-file.ts';
import { graphPicture } from './graph-picture.ts';
import type { NodeFacts, PlacementPreview, SensitivityPreview, WhatIf } from './model.ts';
import { nodeFacts } from './node-facts.ts';
import { oversize } from './oversize.ts';
import { planned } from './planned.ts';
import { previewSensitivity } from './sensitivity.ts';
import { previewPipeline, type PipelineOutcome } from './pipeline.ts';
import { givenTimes, placementNotes } from './placement-notes.ts';
import { capitalised, countOf, listOf, percent, quantity, distinctly } from './words.ts';

export interface PlacementOutcome {
  readonly preview: PlacementPreview | null;
  readonly findings: readonly Finding[];
  /** Not all algorithms were compared: the slow ones are still to come. */
  readonly partial: boolean;
  /** Null where the placement that is shown cannot be deployed. */
  readonly decision: PlacementDecision | null;
}

export interface PlacementOptions {
  /** Compare all algorithms and search, which takes seconds; otherwise only what is there at once. */
  readonly thorough: boolean;
  readonly solve: () => Promise<LpSolver>;
  readonly shouldStop: () => boolean;
  /** A person has asked a search to end with what it has found. */
  readonly enough?: () => boolean;
  /** Told of what is found on the way. */
  readonly onMore?: (sofar: PlacementOutcome) => void;
}

/** Up to this many nodes the algorithms that need no linear program take less than a glance together. */
const QUICK_NODES = 400;

/** What is found on the way is shown at most so often. */
const BETWEEN_PICTURES_MS = 300;

/** @returns undefined when asked to stop. */
export async function previewPlacement(
  written: TrainingPlacement,
  document: number,
  graph: Graph,
  whatIf: WhatIf,
  options: PlacementOptions,
): Promise<PlacementOutcome | undefined> {
  const spec = withoutReserve(withPlacementWhatIf(written, whatIf));
  const beside = new Beside(spec, graph, options.shouldStop);
  const picture = (made: PlannedPlacement, partial: boolean): Promise<PlacementOutcome> =>
    pictureOf(spec, document, graph, whatIf, made, partial, options.thorough, beside);
  const { thorough, onMore } = options;
  const made = await plannedFor(spec, graph, options, onMore && pictures((sofar) => picture(sofar, true).then(onMore)));
  if (made.kind === 'cancelled') return undefined;
  const missing = AUTO_PLACERS.some(({ name }) => !made.plan.candidates.some(({ placer }) => placer === name));
  const wanted = whatIf.look?.sensitivity === true && made.decision !== null;
  const outcome = await picture(made, !thorough && (missing || wanted || spec.algorithm === 'search'));
  return wanted && thorough ? withSensitivity(outcome, spec, graph, made.decision, options) : outcome;
}

/** A picture with how far its placement holds, which comes case by case. @returns undefined when asked to stop. */
async function withSensitivity(
  outcome: PlacementOutcome,
  spec: TrainingPlacement,
  graph: Graph,
  decision: PlacementDecision,
  { solve, shouldStop, enough, onMore }: PlacementOptions,
): Promise<PlacementOutcome | undefined> {
  const { preview } = outcome;
  if (!preview) return outcome;
  const shown = (sensitivity: SensitivityPreview): PlacementOutcome => ({
    ...outcome,
    preview: { ...preview, sensitivity },
    partial: sensitivity.running,
  });
  const planning = { solver: solve, shouldStop, ...(enough && { enough }), clock: () => performance.now() };
  const tell = onMore && nowAndThen((sofar: SensitivityPreview) => onMore(shown(sofar)));
  const judged = await previewSensitivity(spec, graph, decision, planning, (sofar) => tell?.(sofar));
  return judged && shown(judged);
}

/** Passes on what it is told, at most so often; what comes in between is left out. */
function nowAndThen<T>(tell: (news: T) => void): (news: T) => void {
  let toldAt = -Infinity;
  return (news) => {
    if (performance.now() - toldAt < BETWEEN_PICTURES_MS) return;
    tell(news);
    toldAt = performance.now();
  };
}

/** What stands beside a placement and does not depend on it: the same in every picture of a search, so worked out once. */
class Beside {
  readonly #spec: TrainingPlacement;
  readonly #graph: Graph;
  readonly #shouldStop: () => boolean;
  #remedies: readonly Finding[] | undefined;
  #pipeline: { readonly run: TrainingRun; readonly outcome: PipelineOutcome } | undefined;

  constructor(spec: TrainingPlacement, graph: Graph, shouldStop: () => boolean) {
    this.#spec = spec;
    this.#graph = graph;
    this.#shouldStop = shouldStop;
  }

  remedies(): readonly Finding[] {
    return (this.#remedies ??= remedies(this.#spec, this.#graph, this.#shouldStop));
  }

  /** @param run another one where layers are computed again. */
  pipeline(run: TrainingRun): PipelineOutcome {
    if (this.#pipeline?.run !== run) {
      this.#pipeline = { run, outcome: previewPipeline(this.#spec, this.#graph, run, this.#shouldStop) };
    }
    return this.#pipeline.outcome;
  }
}

/** Shows plans while they become better, now and then. */
function pictures(
  show: (sofar: PlannedPlacement) => Promise<void>,
): (planned: () => PlannedPlacement) => Promise<void> {
  let shownAt = performance.now();
  let shownUs = Infinity;
  return async (planned) => {
    if (performance.now() - shownAt < BETWEEN_PICTURES_MS) return;
    const sofar = planned();
    const us = sofar.plan.best?.schedule.makespanUs ?? Infinity;
    if (us < shownUs) await show(sofar);
    shownUs = Math.min(us, shownUs);
    shownAt = performance.now();
  };
}

async function pictureOf(
  spec: TrainingPlacement,
  document: number,
  graph: Graph,
  whatIf: WhatIf,
  made: PlannedPlacement,
  partial: boolean,
  thorough: boolean,
  beside: Beside,
): Promise<PlacementOutcome> {
  const { run, problems, plan, decision, recomputed } = made;
  const { candidates, best: chosen, lowerBound: bound } = plan;
  const findings: Finding[] = problems.map((problem) => graphFinding({ ...problem, path: ['spec', ...problem.path] }));
  findings.push(...oversize(spec, run.graph), ...keptNothing(spec, graph));
  const helps = thorough || graph.nodeCount <= QUICK_NODES;
  const remedy = chosen?.fits || !helps ? [] : beside.remedies();
  if (!chosen) {
    findings.push(...deadEnd(spec, run, candidates, findings), ...proof(spec, run, findings), ...remedy);
    return { preview: null, findings, partial, decision };
  }
  // A node that fits nowhere overfills its device, too: that is one fault.
  if (!chosen.fits && !findings.some(({ code }) => code === 'BERTH3010')) findings.push(...overfull(spec, chosen));
  findings.push(...(chosen.fits ? [] : proof(spec, run, findings, chosen)), ...remedy);
  const { pipeline, findings: inPipeline } = beside.pipeline(run);
  findings.push(...inPipeline);
  const device = chosen.result.device;
  const critical = criticalPath(run, chosen.schedule);
  const { look = {} } = whatIf;
  const pair = (look.compare ?? []).map((name) => candidates.find(({ placer }) => placer === name));
  const [a, b] = pair.filter((candidate) => candidate !== undefined && 'schedule' in candidate);
  const compare = a && b && comparison(run, a, b);
  const notes = placementNotes(spec, run);
  const preview: PlacementPreview = {
    kind: 'TrainingPlacement',
    name: spec.name,
    document,
    sentence: `${sentence(spec, chosen, bound.us, candidates)}${recomputing(recomputed, chosen)}`,
    algorithm: spec.algorithm,
    chosen: chosen.placer,
    makespanUs: chosen.schedule.makespanUs,
    lowerBoundUs: bound.us,
    fits: chosen.fits,
    transfers: chosen.schedule.transfers.length,
    transferBytes: chosen.schedule.transferBytes,
    ...(pipeline ? { pipeline } : {}),
    ...(thorough && searches(spec) && made.searched.length > 0
      ? { progress: { points: made.searched, boundUs: bound.us, running: partial } }
      : {}),
    ...(recomputed.length > 0 ? { recomputed: recomputed.map(({ name, us, bytes }) => ({ name, us, bytes })) } : {}),
    notes,
    devices: deviceTimelines(run, chosen),
    placement: Object.fromEntries(graph.names.map((name, i) => [name, spec.devices[device[i]!]!.name])),
    deviceGroups: deviceGroups(spec.devices),
    link: {
      bandwidth: spec.link.bandwidth,
      latencyMs: spec.link.latency,
      given: spec.link.override ? 0 : givenTimes(graph),
      tensors: graph.tensorCount,
    },
    pins: spec.pins,
    critical: critical.preview,
    graph: await graphPicture(graph, device, {
      criticalPath: critical,
      ...(compare ? { moved: compare.moved } : {}),
      pins: spec.pins,
      opened: look.opened ?? [],
      direction: look.direction ?? 'right',
      deviceCount: spec.devices.length,
    }),
    compared: candidates.map((candidate) => ({
      algorithm: candidate.placer,
      makespanUs: 'schedule' in candidate ? candidate.schedule.makespanUs : null,
      fits: 'schedule' in candidate && candidate.fits,
      planMs: candidate.planMs,
      peakBytes: 'schedule' in candidate ? [...candidate.schedule.peakBytes] : [],
      note: note(run, candidate),
    })),
    ...(compare ? { comparison: compare.preview } : {}),
  };
  return { preview, findings, partial, decision };
}

/** What is known of one node under a placement; null where there is none, undefined when asked to stop. */
export async function aboutNode(
  written: TrainingPlacement,
  graph: Graph,
  whatIf: WhatIf,
  node: string,
  options: PlacementOptions,
): Promise<NodeFacts | null | undefined> {
  const tried = withoutReserve(withPlacementWhatIf(written, whatIf));
  const made = await plannedFor(tried, graph, options);
  if (made.kind === 'cancelled') return undefined;
  if (!made.plan.best) return null;
  const facts = nodeFacts(tried, made.run, made.plan.best, node, options.shouldStop);
  return facts ?? (options.shouldStop() ? undefined : null);
}

/** Names of `groups.keepWhole` by which nothing is kept. */
function keptNothing({ groups }: TrainingPlacement, graph: Graph): Finding[] {
  const names = groups?.keepWhole ?? [];
  return namesNothing(graph, names).map((name) => {
    const suggestion = didYouMean(name, new Set([...(graph.classes?.keys() ?? []), ...graph.layers]));
    return finding('BERTH3060', ['spec', 'groups', 'keepWhole', names.indexOf(name)], { name, suggestion });
  });
}

/** On a large graph only what was asked for comes at once; the comparison follows when there is time. */
function comparedPlacers(graph: Graph, options: PlacementOptions): readonly Placer[] {
  if (options.thorough) return AUTO_PLACERS;
  return graph.nodeCount <= QUICK_NODES ? AUTO_PLACERS.filter(({ needsLp }) => !needsLp) : [];
}

function plannedFor(
  spec: TrainingPlacement,
  graph: Graph,
  options: PlacementOptions,
  onBetter?: (planned: () => PlannedPlacement) => Promise<void>,
): Promise<PlannedPlacement | Cancelled> {
  return planned(spec, graph, {
    ...(onBetter && { onBetter }),
    ...(options.enough && { enough: options.enough }),
    quick: !options.thorough,
    compared: comparedPlacers(graph, options),
    solver: options.solve,
    shouldStop: options.shouldStop,
    clock: () => performance.now(),
  });
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
    const params = { device: device.name, peak: needs, memory, lacks: quantity(peak - device.memory, 'size') };
    return [finding('BERTH3014', ['spec', 'devices', d], params)];
  });
}

/** Whether the algorithm of a spec is or has the search; elsewhere that is only compared. */
function searches({ algorithm }: TrainingPlacement): boolean {
  return algorithm === AUTO.name || algorithm === 'search';
}

/** Whether it is proved that nothing fits; where it is not, what a search came to, who might look further. */
function proof(
  spec: TrainingPlacement,
  run: TrainingRun,
  already: readonly Finding[],
  chosen?: PlacedCandidate,
): Finding[] {
  // A node that is too large for every device is a proof by itself.
  if (already.some(({ code }) => code === 'BERTH3010')) return [];
  const none = provedTooLittle(run);
  if (none) {
    const [stays, has] = distinctly(none.staysBytes, none.hasBytes, size);
    const params = { stays, has, each: quantity(none.leastEachBytes, 'size'), devices: spec.devices.length };
    return [finding('BERTH3038', ['spec', 'devices'], params)];
  }
  if (!chosen || !searches(spec)) return [];
  const over = spec.devices.map(({ memory }, d) => chosen.schedule.peakBytes[d]! - memory);
  const worst = over.indexOf(Math.max(...over));
  const { name, memory } = spec.devices[worst]!;
  const [peak, has] = distinctly(chosen.schedule.peakBytes[worst]!, memory, size);
  return [finding('BERTH3039', ['spec', 'devices'], { peak, device: name, memory: has })];
}

/** Nothing where none of the ways helps. */
function remedies(spec: TrainingPlacement, graph: Graph, shouldStop: () => boolean): Finding[] {
  const { memory, recompute, device } = remediesOf(spec, graph, shouldStop);
  const step = (us: number): string => `(${quantity(us / 1000, 'duration')})`;
  const alike = spec.devices.every((one) => one.memory === spec.devices[0]!.memory);
  const ways = [
    ...(memory
      ? [
          alike
            ? `with ${quantity(memory.largest, 'size')} of memory on each device ${step(memory.makespanUs)}`
            : `with ${memory.factor.toFixed(2)} times the memory on each device ${step(memory.makespanUs)}`,
        ]
      : []),
    ...(recompute
      ? [
          `with "recompute: auto", which computes ${listOf(recompute.units.map(({ name }) => name), 3)} again ${step(recompute.makespanUs)}`, // prettier-ignore
        ]
      : []),
    ...(device ? [`with one more device like "${device.like}" ${step(device.makespanUs)}`] : []),
  ];
  return ways.length === 0 ? [] : [finding('BERTH3037', ['spec', 'devices'], { remedies: ways })];
}

/** The answer, and what of it one would not expect: devices without work, and fewer devices that would be faster. */
function sentence(
  spec: TrainingPlacement,
  chosen: PlacedCandidate,
  boundUs: number,
  candidates: readonly Candidate[],
): string {
  const { schedule, placer, fits } = chosen;
  if (!fits) return `${named(placer)} does not fit: ${lacking(spec.devices, schedule.peakBytes, ' of memory')}.`;
  const how =
    spec.algorithm === 'auto'
      ? `${named(placer)}, the best of ${candidates.length} algorithms, needs`
      : `${named(placer)} needs`;
  const over =
    schedule.makespanUs <= boundUs
      ? 'the best possible'
      : `${percent(schedule.makespanUs / boundUs - 1)} above the best possible`;
  const idle = spec.devices.flatMap(({ name }, d) => (chosen.result.device.includes(d) ? [] : [name]));
  const idleToo = idle.length === 0 ? '' : `, and leaves ${listOf(idle)} without work`;
  const rest = fewer(spec, chosen, candidates) ?? fullest(spec, chosen);
  return `${how} ${stepTime(chosen)} for one step, ${over}${idleToo}; ${rest}.`;
}

/** What is computed again so that the placement fits, and what of the step that is. */
function recomputing(units: readonly RecomputeUnit[], { schedule }: PlacedCandidate): string {
  if (units.length === 0) return '';
  const sum = (of: (unit: RecomputeUnit) => number): number => units.reduce((total, unit) => total + of(unit), 0);
  const share = percent(sum(({ us }) => us) / Math.max(1, schedule.makespanUs));
  const what = listOf(units.map(({ name }) => name), 3); // prettier-ignore
  return ` It fits since ${what} ${units.length === 1 ? 'is' : 'are'} computed again in the backward pass: ${bytes(sum((unit) => unit.bytes))} less to keep, for work of ${share} of the step.`;
}

function stepTime({ schedule }: PlacedCandidate): string {
  return quantity(schedule.makespanUs / 1000, 'duration');
}

function fullest(spec: TrainingPlacement, { schedule }: PlacedCandidate): string {
  const full = spec.devices.map((device, d) => schedule.peakBytes[d]! / device.memory);
  const most = full.indexOf(Math.max(...full));
  return `${spec.devices[most]!.name} is fullest at ${percent(full[most]!)} of its memory`;
}

/** That fewer devices would be faster, where they would: and what keeps them from it. */
function fewer(spec: TrainingPlacement, chosen: PlacedCandidate, candidates: readonly Candidate[]): string | undefined {
  const used = ({ result }: PlacedCandidate): number[] => [...new Set(result.device)];
  const [better] = candidates
    .filter((candidate) => 'schedule' in candidate)
    .filter((candidate) => used(candidate).length < used(chosen).length)
    .filter(({ schedule }) => schedule.makespanUs < chosen.schedule.makespanUs)
    .sort(
      (a, b) =>
        Number(b.fits) - Number(a.fits) ||
        used(a).length - used(b).length ||
        a.schedule.makespanUs - b.schedule.makespanUs,
    );
  if (!better) return undefined;
  const devices = used(better);
  const which =
    devices.length === 1
      ? `${spec.devices[devices[0]!]!.name} alone`
      : `${named(better.placer)} on only ${countOf(devices.length, 'device')}`;
  if (better.fits) return `${which} would need only ${stepTime(better)}`;
  const lacks =
    devices.length === 1
      ? `lacks ${shortages(spec.devices, better.schedule.peakBytes)[0]!.lacks} of memory`
      : `${lacking(spec.devices, better.schedule.peakBytes, ' of memory')}`;
  return `${which} would need ${stepTime(better)}, but ${lacks}`;
}

/** Of which devices a placement would exceed the memory, and by how much. */
function shortages(
  devices: readonly { readonly name: string; readonly memory: number }[],
  peakBytes: Float64Array,
): { readonly name: string; readonly lacks: string }[] {
  return devices.flatMap(({ name, memory }, d) => {
    const over = peakBytes[d]! - memory;
    return over > 0 ? [{ name, lacks: bytes(over) }] : [];
  });
}

/** More than so many devices that lack memory are counted in a sentence; each has a problem of its own. */
const MOST_LACKING = 8;

/** `gpu0 lacks 1.2 GiB of memory, gpu1 310 MiB and gpu2 20 MiB`. */
function lacking(
  devices: readonly { readonly name: string; readonly memory: number }[],
  peakBytes: Float64Array,
  what = '',
): string {
  const short = shortages(devices, peakBytes).map(({ name, lacks }, i) =>
    i === 0 ? `${name} lacks ${lacks}${what}` : `${name} ${lacks}`,
  );
  return listOf(short, MOST_LACKING);
}

/** At the start of a sentence: `Single`, `m-ETF`. */
function named(placer: PlacerName): string {
  return placer.startsWith('m-') ? placer : capitalised(placer);
}

function note(run: TrainingRun, candidate: Candidate): string {
  if (!('schedule' in candidate)) {
    const { node, reason } = candidate.result;
    const name = run.graph.names[node]!;
    return reason === 'too-large' ? `"${name}" is larger than every device` : `no room left for "${name}"`;
  }
  if (candidate.fits) return '';
  return lacking(run.devices, candidate.schedule.peakBytes);
}
