/** The critical path of a step: its pieces for the timeline, and what of the graph lies on it. */
import { criticalTimes, Waits, type CriticalStep } from '../baechi/critical-path.ts';
import type { Schedule } from '../baechi/schedule.ts';
import type { TrainingRun } from '../baechi/training-run.ts';
import type { CriticalPathPreview } from './model.ts';
import { figureOf, listOf, quantity } from './words.ts';

/** Pieces that a picture shows. */
const MOST_STEPS = 200;

export interface CriticalPath {
  readonly preview: CriticalPathPreview;
  /** Time on the path by node of the graph, backward runs included, µs. */
  readonly nodeUs: Float64Array;
  /** Whether the path goes from one node of the graph to another, or back with a gradient. */
  readonly passes: (from: number, to: number) => boolean;
}

type Step = CriticalPathPreview['steps'][number];

export function criticalPath(run: TrainingRun, schedule: Schedule): CriticalPath {
  const path = new Waits(run.step, schedule).criticalPath();
  const nodeUs = new Float64Array(run.graph.nodeCount);
  criticalTimes(run.step, path).forEach((us, node) => (nodeUs[run.stepOrigin[node]!]! += us));
  const passed = passages(run, schedule, path);
  const key = (from: number, to: number): number => from * run.graph.nodeCount + to;
  return {
    preview: pathPreview(run, schedule, path),
    nodeUs,
    passes: (from, to) => passed.has(key(from, to)) || passed.has(key(to, from)),
  };
}

/** Pairs of nodes between which the path goes with data, each as one number. */
function passages(run: TrainingRun, schedule: Schedule, path: readonly CriticalStep[]): ReadonlySet<number> {
  const passed = new Set<number>();
  path.forEach((step, i) => {
    const before = path[i - 1];
    if (step.kind === 'transfer' || !before) return;
    const from = before.kind === 'compute' ? before.node : producerOf(run, schedule, before.transfer);
    passed.add(run.stepOrigin[from]! * run.graph.nodeCount + run.stepOrigin[step.node]!);
  });
  return passed;
}

function producerOf({ step }: TrainingRun, { transfers }: Schedule, transfer: number): number {
  return step.tensorProducer[transfers[transfer]!.tensor]!;
}

function pathPreview(run: TrainingRun, schedule: Schedule, path: readonly CriticalStep[]): CriticalPathPreview {
  const steps: Step[] = [];
  const length = { compute: 0, transfer: 0 };
  const count = { compute: 0, transfer: 0 };
  for (const piece of path) {
    length[piece.kind] += piece.endUs - piece.startUs;
    count[piece.kind]++;
    const step = stepOf(run, schedule, piece);
    const last = steps.at(-1);
    if (last && last.kind === step.kind && last.device === step.device && last.to === step.to)
      steps[steps.length - 1] = { ...last, endUs: step.endUs, count: last.count + 1 };
    else steps.push(step);
  }
  const shown = longest(steps);
  return {
    steps: shown.map((step) => ({ ...step, label: labelled(step) })),
    hidden: steps.length - shown.length,
    computeUs: length.compute,
    transferUs: length.transfer,
    words: inWords(length, count),
  };
}

function stepOf(run: TrainingRun, schedule: Schedule, piece: CriticalStep): Step {
  const { kind, startUs, endUs } = piece;
  const node = kind === 'compute' ? piece.node : producerOf(run, schedule, piece.transfer);
  const label = run.step.names[node]!;
  if (kind === 'compute') return { kind, device: schedule.device[node]!, startUs, endUs, label, count: 1 };
  const { from, to } = schedule.transfers[piece.transfer]!;
  return { kind, device: from, to, startUs, endUs, label, count: 1 };
}

function labelled({ kind, label, count }: Step): string {
  return count === 1 ? label : `${label} and ${figureOf(count - 1, kind === 'compute' ? 'more run' : 'more transfer')}`;
}

function longest(steps: readonly Step[]): readonly Step[] {
  if (steps.length <= MOST_STEPS) return steps;
  const kept = [...steps].sort((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs)).slice(0, MOST_STEPS);
  return kept.sort((a, b) => a.startUs - b.startUs);
}

function inWords(length: Record<CriticalStep['kind'], number>, count: Record<CriticalStep['kind'], number>): string {
  const time = (us: number): string => quantity(us / 1000, 'duration');
  const parts = [`${figureOf(count.compute, 'run')} of nodes for ${time(length.compute)}`];
  if (count.transfer > 0) parts.push(`${figureOf(count.transfer, 'transfer')} for ${time(length.transfer)}`);
  return `The step is as long as ${listOf(parts)}, one after another: only what shortens these shortens it.`;
}
