/** A plan's seal: the id is a hash of the content, so a plan that was saved, mailed or reviewed is applied exactly as it was made. */
import { contentHash } from './content-hash.ts';
import { deployProblem } from '../deploy-problem.ts';
import type { DeployProblem } from '../deploy-problem.ts';
import type { Plan } from '../types.ts';

/** Gives a plan its id. */
export function sealPlan(content: Omit<Plan, 'id'>): Plan {
  return { id: contentHash(content), ...content };
}

/** The text of a plan for a file. */
export function writePlan(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

export type ReadPlan =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problem: DeployProblem };

/** Reads the text of a saved plan and checks its seal. */
export function readPlan(text: string): ReadPlan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, problem: deployProblem('BERTH5025', { detail: (error as Error).message }, error) };
  }
  return checkPlan(value);
}

const ACTIONS: readonly unknown[] = ['create', 'update', 'delete', 'none'];
const CAUSES: readonly unknown[] = ['apply', 'rollback', 'delete'];

/** Checks that a value from outside is a plan whose content fits its id. What carries the right id was made by `sealPlan`. */
export function checkPlan(value: unknown): ReadPlan {
  const damaged = (detail: string): ReadPlan => ({ ok: false, problem: deployProblem('BERTH5025', { detail }) });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return damaged('it is no object');
  const { id, ...content } = value as Partial<Plan>;
  if (typeof id !== 'string') return damaged('it has no id');
  if (contentHash(content) !== id) return damaged('its content does not fit its id');
  if (!ACTIONS.includes(content.action) || !CAUSES.includes(content.cause) || !Array.isArray(content.changes))
    return damaged('it says nothing that can be done');
  return { ok: true, plan: value as Plan };
}
