/** A spec's plan, made once for as long as nothing of it changes: opening a group or comparing two rows plans nothing anew. */
import { planSpec, type PlannedPlacement, type SpecPlanOptions } from '../baechi/plan.ts';
import type { Cancelled } from '../baechi/placement.ts';
import type { Graph } from '../graph/graph.ts';
import type { TrainingPlacement } from '../spec/types.ts';

const KEPT_PLANS = 4;
const plans = new WeakMap<Graph, Map<string, PlannedPlacement>>();

/** As `planSpec`. A graph is the same as long as it is the same object, which the reader of graph files sees to. */
export async function planned(
  spec: TrainingPlacement,
  graph: Graph,
  options: SpecPlanOptions,
): Promise<PlannedPlacement | Cancelled> {
  const known = plans.get(graph) ?? new Map<string, PlannedPlacement>();
  plans.set(graph, known);
  // How a placement is named, trained and deployed changes nothing about it.
  const { name: _name, target: _target, train: _train, ...what } = spec;
  const key = JSON.stringify([what, options.quick === true, (options.compared ?? []).map((placer) => placer.name)]);
  const found = known.get(key);
  if (found) return found;
  const plan = await planSpec(spec, graph, options);
  // What a person has ended early is shown, and searched anew when it is asked for again.
  if (plan.kind === 'cancelled' || options.enough?.()) return plan;
  known.set(key, plan);
  if (known.size > KEPT_PLANS) known.delete(known.keys().next().value!);
  return plan;
}
