/** What applying a plan does, one step for each thing that it says; and which of them are done where it was ended in the middle. */
import type { Drift } from '../live.ts';
import type { Change, Step } from '../types.ts';

export function stepsOf(changes: readonly Change[], drift: readonly Drift[], unfinished: boolean): readonly Step[] {
  return [
    ...changes.map(({ path, text, final }): Step => ({
      path,
      text,
      reason: unfinished ? 'unfinished' : 'change',
      reversible: final !== true,
    })),
    ...drift.map(({ path, text }): Step => ({ path, text, reason: 'drift', reversible: true })),
  ];
}

/** @param missing what of the desired state is not live. */
export function splitSteps(
  steps: readonly Step[],
  missing: readonly Drift[],
): { readonly done: readonly string[]; readonly left: readonly string[] } {
  const concerns = (step: Step, { path }: Drift): boolean =>
    path === '' || step.path === '' || isWithin(step.path, path) || isWithin(path, step.path);
  const isLeft = (step: Step): boolean => missing.some((one) => concerns(step, one));
  const texts = (wanted: boolean): readonly string[] =>
    steps.filter((step) => isLeft(step) === wanted).map(({ text }) => text);
  return { done: texts(false), left: texts(true) };
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`);
}
