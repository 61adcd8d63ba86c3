/** What the figures of a placement rest on, where a person would not know: whose transfer times they are, and what theory promises. */
import { guaranteeOf, type NoGuarantee } from '../baechi/guarantee.ts';
import type { TrainingRun } from '../baechi/training-run.ts';
import type { Graph } from '../graph/graph.ts';
import type { TrainingPlacement } from '../spec/types.ts';
import { countOf, listOf, three } from './words.ts';

/** Sentences; none where there is nothing to add. */
export function placementNotes(spec: TrainingPlacement, run: TrainingRun): readonly string[] {
  return [...transferTimes(run), ...guarantee(spec, run)];
}

/** How many tensors have a transfer time in the graph file. */
export function givenTimes({ tensorCommUs }: Graph): number {
  return tensorCommUs.filter((us) => !Number.isNaN(us)).length;
}

function transferTimes({ graph, rules }: TrainingRun): readonly string[] {
  const given = givenTimes(graph);
  if (given === 0) return [];
  const which = given === graph.tensorCount ? 'all tensors' : countOf(given, 'tensor');
  if (rules.overridesTransferTimes)
    return [`"link" decides all transfer times, also of ${which} of which the graph file gives one.`];
  return [
    `Transfer times of ${which} are those that the graph file gives; "override: true" below "link" lets "link" decide.`,
  ];
}

/** Continues `because`; the conditions themselves and where they are from stand in docs/placements.md. */
const BECAUSE: Readonly<Record<NoGuarantee, string>> = {
  channel: 'a device sends or receives one tensor at a time (with "channel: parallel" below "link" it would not)',
  unlike: 'devices or links are not all alike',
  groups: 'some nodes have to stay together',
  pins: 'some nodes are pinned to a device',
  backward: 'only forward runs are planned, and backward runs follow them',
  memory: 'the device on which a node would run best may have no room for it',
  communication: 'sending a tensor can take longer than computing a node',
  threshold: '"threshold" below "placer" is not 0.5',
};

function guarantee({ algorithm, pins }: TrainingPlacement, run: TrainingRun): readonly string[] {
  if (algorithm !== 'm-ETF' && algorithm !== 'm-SCT') return [];
  const known = guaranteeOf(algorithm, run, Object.keys(pins).length > 0);
  if (known.kind === 'factor')
    return [`${algorithm} is sure to need at most ${three(known.factor)} times the shortest possible step.`];
  const reasons = known.reasons.map((reason) => BECAUSE[reason]);
  return [
    `How far this can be from the shortest possible step is not known beforehand, because ${listOf(reasons, reasons.length)}.`,
  ];
}
