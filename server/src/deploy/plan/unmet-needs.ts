/** What a target needs to start a spec's jobs, sites or devices, and the spec does not say. */
import { explain } from '../../spec/problems/catalogue.ts';
import type { AtPath, Problem } from '../../spec/problems/problem.ts';
import { targetType } from '../../spec/target-type.ts';
import type { Kind, Spec } from '../../spec/types.ts';
import { inDeployment } from '../kinds.ts';
import type { TargetDescription } from '../target-description.ts';

/** A key that a job or spec lacks. */
export interface MissingKey {
  readonly key: string;
  readonly owner: string;
  readonly path: AtPath['path'];
}

/** Planning refuses what lacks a key, and the editor offers no button for it. */
export function missingKeys(spec: Spec, { needs }: TargetDescription): readonly MissingKey[] {
  return inDeployment<Kind>(spec.kind)
    .starters(spec)
    .flatMap(({ owner, path, says }) =>
      needs[spec.kind].filter((key) => !isSaid(says, key)).map((key) => ({ key, owner, path })),
    );
}

/** One problem for each key that is missing, at the job or spec that lacks it. */
export function unmetNeeds(spec: Spec, target: TargetDescription): readonly Problem<AtPath>[] {
  return missingKeys(spec, target).map(({ key, owner, path }) => ({
    ...explain('BERTH5012', { key, owner, target: targetType(spec.target) }),
    path,
  }));
}

/** Whether there is a value at a path of keys that is not empty. */
function isSaid(says: object, key: string): boolean {
  const value = key
    .split('.')
    .reduce<unknown>(
      (inside, name) =>
        typeof inside === 'object' && inside !== null ? (inside as Readonly<Record<string, unknown>>)[name] : undefined,
      says,
    );
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
