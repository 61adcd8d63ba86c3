/** One node of a placement: where it sits, when it runs, what it waits for, and what moving it would cost. */
import { Waits } from '../baechi/critical-path.ts';
import { lackingBytes, nodeMoves, type NodeMove } from '../baechi/node-moves.ts';
import type { PlacedCandidate } from '../baechi/plan.ts';
import type { TrainingRun } from '../baechi/training-run.ts';
import type { TrainingPlacement } from '../spec/types.ts';
import type { NodeFacts } from './model.ts';
import { bytes } from './figures.ts';
import { listOf, quantity } from './words.ts';

/** Runs of nodes that are simulated for one answer: a moment of a thread that nobody's typing waits for. */
const MOST_RUNS = 2_000_000;

/** @returns undefined where the graph has no such node, or when asked to stop. */
export function nodeFacts(
  spec: TrainingPlacement,
  run: TrainingRun,
  { result, schedule }: PlacedCandidate,
  name: string,
  shouldStop: () => boolean,
): NodeFacts | undefined {
  const wanted = name.normalize('NFC');
  const node = run.graph.names.findIndex((other) => other.normalize('NFC') === wanted);
  if (node < 0) return undefined;
  const most = Math.max(1, Math.floor(MOST_RUNS / run.step.nodeCount));
  const moves = nodeMoves(run, result.device, node, { most, shouldStop });
  if (!moves) return undefined;
  const waits = new Waits(run.step, schedule);
  const device = result.device[node]!;
  const runs = Array.from(run.stepOrigin.keys()).filter((i) => run.stepOrigin[i] === node);
  return {
    node: run.graph.names[node]!,
    device: run.devices[device]!.name,
    pinned: Object.keys(spec.pins).some((pinned) => pinned.normalize('NFC') === wanted),
    makespanUs: schedule.makespanUs,
    runs: runs.map((i) => ({
      backward: i >= run.graph.nodeCount,
      startUs: schedule.start[i]!,
      endUs: schedule.end[i]!,
      waits: waitWords(run, schedule, waits, i),
    })),
    moves: moves.map((move) => moveOf(run, move, schedule.makespanUs)),
    untried: run.devices.length - 1 - moves.length,
  };
}

function moveOf(
  run: TrainingRun,
  { device, makespanUs, fits, peakBytes }: NodeMove,
  before: number,
): NodeFacts['moves'][number] {
  const lacks = lackingBytes(run, peakBytes).flatMap((lack, d) =>
    lack > 0 ? [d === device ? `lacks ${bytes(lack)}` : `${run.devices[d]!.name} would lack ${bytes(lack)}`] : [],
  );
  return {
    device: run.devices[device]!.name,
    makespanUs,
    changeUs: makespanUs - before,
    fits,
    peakBytes: peakBytes[device]!,
    memory: lacks.length === 0 ? 'fits' : listOf(lacks),
  };
}

/** What a run waits for, as the end of a sentence: `waits for …`. */
function waitWords(
  { step, devices }: TrainingRun,
  schedule: PlacedCandidate['schedule'],
  waits: Waits,
  i: number,
): string {
  const wait = waits.ofNode(i);
  if (!wait) return 'starts with the step';
  if (wait.kind === 'device')
    return `waits for ${devices[schedule.device[i]!]!.name}, which is at work on ${step.names[wait.after]!} until then`;
  const producer = step.names[wait.producer]!;
  if (wait.transfer < 0) return `waits for ${producer}, which ends then`;
  const { from, receiveStart, receiveEnd } = schedule.transfers[wait.transfer]!;
  const queued = receiveStart - schedule.end[wait.producer]!;
  const held = queued > 0 ? `, after ${time(queued)} in which a channel was busy` : '';
  return `waits for ${producer} from ${devices[from]!.name}: ${time(receiveEnd - receiveStart)} on the way${held}`;
}

function time(us: number): string {
  return quantity(us / 1000, 'duration');
}
