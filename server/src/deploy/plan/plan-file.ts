/** A plan's seal: the id is a hash of the content, so a plan that was saved, mailed or reviewed is applied exactly as it was made. */
import { contentHash } from './content-hash.ts';
import { contentOfFormer } from './former.ts';
import { jsonOf } from '../json-text.ts';
import { checkShape, formatOf, isObject } from '../shape.ts';
import { formerPlanContent, planContent } from '../shapes.ts';
import { PLAN_FORMAT, type Plan, type PlanContent } from '../types.ts';
import { problemError, type ProblemError } from '../../spec/problems/problem-error.ts';

/** Gives a plan its id. */
export function sealPlan(content: PlanContent): Plan {
  return { id: contentHash(content), ...content };
}

/** The text of a plan for a file. */
export function writePlan(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

export type ReadPlan =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problem: ProblemError };

/** Reads the text of a saved plan and checks its seal. */
export function readPlan(text: string): ReadPlan {
  let value: unknown;
  try {
    value = jsonOf(text);
  } catch (error) {
    return { ok: false, problem: problemError('BERTH5025', { detail: (error as Error).message }, { cause: error }) };
  }
  return checkPlan(value);
}

/** Checks that a value from outside is a plan whose content fits its id; a plan of an earlier format becomes one of this, sealed anew. */
export function checkPlan(value: unknown): ReadPlan {
  const damaged = (detail: string): ReadPlan => ({ ok: false, problem: problemError('BERTH5025', { detail }) });
  if (!isObject(value)) return damaged('it is no object');
  const format = formatOf(value);
  // How a newer version seals its plans is not for this one to know.
  if (format > PLAN_FORMAT)
    return { ok: false, problem: problemError('BERTH5050', { what: 'The plan', format, known: PLAN_FORMAT }) };
  const { id, ...content } = value;
  if (typeof id !== 'string') return damaged('it has no id');
  if (contentHash(content) !== id) return damaged('its content does not fit its id');
  if (content.format === undefined) {
    const former = checkShape(formerPlanContent, content);
    return former.ok ? { ok: true, plan: sealPlan(contentOfFormer(former.value)) } : damaged(former.detail);
  }
  const present = checkShape(planContent, content);
  return present.ok ? { ok: true, plan: { id, ...present.value } } : damaged(present.detail);
}
