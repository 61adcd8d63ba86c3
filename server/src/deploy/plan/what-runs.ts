/** What applying a plan runs, said before anybody is asked: the commands, how often, where, as whom, and who can reach them. */
import { inDeployment } from '../kinds.ts';
import type { Kind } from '../../spec/types.ts';
import { visible } from '../../spec/text/visible.ts';
import type { DeployTarget } from '../target.ts';
import type { Plan } from '../types.ts';

/** One line each; none where the plan runs nothing, as one that deletes. */
export function whatRuns(plan: Plan, target: Pick<DeployTarget, 'surroundings'>): readonly string[] {
  const { desired } = plan;
  if (desired === null) return [];
  const lines = inDeployment<Kind>(desired.kind).runs(desired, plan.particulars);
  return [...lines, ...(target.surroundings?.(plan) ?? [])].map(visible);
}
