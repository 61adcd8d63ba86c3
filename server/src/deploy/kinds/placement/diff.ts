/** What changes between two states of a TrainingPlacement. */
import { trainingModuleName } from '../../../spec/training-module.ts';
import { commandLine } from '../../plan/command-line.ts';
import { differencesOf } from '../../plan/difference.ts';
import { plainChange } from '../../plan/plain-change.ts';
import type { Narration } from '../../plan/plain-change.ts';
import type { Particulars } from '../../live.ts';
import type { Change, DesiredPlacement } from '../../types.ts';

const PAUSE = 'The run pauses after the step under way, and goes on from there where its parameters stay the same.';

/** A run with another of these is another run: it begins at its first step, and the checkpoint of the one before goes. */
const BEGINS_ANEW = ['train.module', 'train.batchSize', 'train.learningRate'];

/** What a new TrainingPlacement brings: its devices with their nodes, and the training run. */
export function createdPlacement({ spec, placement }: DesiredPlacement): readonly Change[] {
  return [
    ...spec.devices.map(({ name }): Change => {
      const nodes = placement.filter(({ device }) => device === name).length;
      const text = `+ device ${name}: ${nodes} of ${placement.length} nodes`;
      return { action: 'create', path: `devices.${name}`, text };
    }),
    { action: 'create', path: 'train', text: `+ ${spec.train!.steps} training steps of ${spec.train!.module}` },
  ];
}

/** @param particulars `python`, where the target chose one. */
export function placementRuns({ spec }: DesiredPlacement, particulars: Particulars): readonly string[] {
  const { devices, train } = spec;
  const module = commandLine([train!.module]);
  const where =
    trainingModuleName(train!.module).language === 'python'
      ? `by ${commandLine([train!.python ?? particulars.python ?? 'python3', '-m', 'berth_torch.run'])}`
      : 'in a process of Berth';
  return [`on each of ${devices.length} devices: the module ${module}, ${where}`];
}

export function placementChanges(before: DesiredPlacement, after: DesiredPlacement): Narration {
  const spec = differencesOf(before.spec, after.spec, ['pins.*']);
  const moves = placed(before, after);
  const graph = [...tensors(before, after), ...ops(before, after), ...version(before, after)];
  const order = differencesOf(before.placement, after.placement);
  const listed = [
    ...spec.differences.map((difference) => {
      const change = plainChange(difference, difference.path);
      return BEGINS_ANEW.includes(change.path) ? { ...change, final: true } : change;
    }),
    ...moves,
    ...graph,
  ];
  // An order that differs by itself, and predictions, follow from the rest or from nothing a person wrote.
  const silent = moves.length === 0 && order.differences.length + order.meaningless > 0 ? 1 : 0;
  const predictions = ['predictedForwardUs', 'predictedBackwardUs'].filter(
    (key) => before[key as 'predictedForwardUs'] !== after[key as 'predictedForwardUs'],
  ).length;
  return { changes: listed, meaningless: spec.meaningless + silent + predictions };
}

function placed(before: DesiredPlacement, after: DesiredPlacement): readonly Change[] {
  const was = new Map(before.placement.map(({ node, device }) => [node, device]));
  const is = new Map(after.placement.map(({ node, device }) => [node, device]));
  const arriving = new Map<string, number>();
  for (const [node, device] of is)
    if (was.has(node) && was.get(node) !== device) arriving.set(device, (arriving.get(device) ?? 0) + 1);
  const changes = [...arriving].map(([device, nodes]): Change => ({
    action: 'update',
    path: `devices.${device}`,
    text: `${device}: ${nodesOf(nodes)} move${nodes === 1 ? 's' : ''} here`,
    disruption: PAUSE,
  }));
  const added = [...is.keys()].filter((node) => !was.has(node)).length;
  const removed = [...was.keys()].filter((node) => !is.has(node)).length;
  if (added > 0)
    changes.push({
      action: 'create',
      path: 'graph',
      text: `graph: + ${nodesOf(added)}`,
      disruption: PAUSE,
      final: true,
    });
  if (removed > 0)
    changes.push({
      action: 'delete',
      path: 'graph',
      text: `graph: - ${nodesOf(removed)}`,
      disruption: PAUSE,
      final: true,
    });
  return changes;
}

function tensors(before: DesiredPlacement, after: DesiredPlacement): readonly Change[] {
  const table = ({ edges }: DesiredPlacement): Record<string, number> =>
    Object.fromEntries(edges.map(({ from, to, bytes }) => [`${from} → ${to}`, bytes]));
  const { differences } = differencesOf(table(before), table(after));
  const count = differences.length;
  if (count === 0) return [];
  return [
    {
      action: 'update',
      path: 'graph',
      text: `graph: ${count} ${count === 1 ? 'edge differs' : 'edges differ'}`,
      disruption: PAUSE,
      ...(differences.some(({ before: was, after: is }) => was === undefined || is === undefined) && { final: true }),
    },
  ];
}

function ops(before: DesiredPlacement, after: DesiredPlacement): readonly Change[] {
  const { differences } = differencesOf(before.ops, after.ops, ['*']);
  const count = differences.length;
  if (count === 0) return [];
  return [
    {
      action: 'update',
      path: 'graph',
      text: `graph: ${nodesOf(count)} compute${count === 1 ? 's' : ''} something else`,
      disruption: PAUSE,
      final: true,
    },
  ];
}

/** Of a module that was profiled anew; one that no former plan knew is no change of it. */
function version({ profile: was }: DesiredPlacement, { profile: is }: DesiredPlacement): readonly Change[] {
  if (was === undefined || is === undefined || was.fingerprint === is.fingerprint) return [];
  const text = 'graph: profiled of another version of the module';
  return [{ action: 'update', path: 'graph', text, disruption: PAUSE }];
}

function nodesOf(count: number): string {
  return `${count} ${count === 1 ? 'node' : 'nodes'}`;
}
