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

const BECAUSE: Readonly<Record<NoGuarantee, string>> = {
  channel: 'transfers share a channel',
  unlike: 'devices or links differ',
  groups: 'groups bind nodes',
  pins: 'pins bind nodes',
  backward: 'only the forward half of a step is planned',
  memory: 'memory could be short',
  communication: 'a transfer can take longer than a run',
  threshold: 'the threshold is not 0.5',
};

function guarantee({ algorithm, pins }: TrainingPlacement, run: TrainingRun): readonly string[] {
  if (algorithm !== 'm-ETF' && algorithm !== 'm-SCT') return [];
  const known = guaranteeOf(algorithm, run, Object.keys(pins).length > 0);
  if (known.kind === 'factor')
    return [`${algorithm} guarantees a plan of at most ${three(known.factor)} times the shortest possible.`];
  return [`No factor of the shortest possible is guaranteed, because ${listOf(known.reasons.map((reason) => BECAUSE[reason]), known.reasons.length)}.`]; // prettier-ignore
}
