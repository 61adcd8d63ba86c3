/** What older versions stored, read as what it means now. */
import { contentHash } from './content-hash.ts';
import { originOf } from './origin.ts';
import { portableSpec } from './portable-spec.ts';
import { stepsOf } from './steps.ts';
import type { Wanted } from '../live.ts';
import { PLAN_FORMAT } from '../types.ts';
import type { Desired, PlanContent } from '../types.ts';
import type { FormerDesired, FormerPlanContent } from '../shapes.ts';

/** Until format 2 a desired state carried the absolute paths of the workspace that it came from. */
export function wantedOfFormer({ source, folder, ...former }: FormerDesired): Wanted {
  const desired = { ...former, spec: portableSpec(former.spec, folder) } as Desired; // the kind stays, which spreading forgets
  return { desired, origin: originOf(source, former.name), particulars: { folder } };
}

/**
 * A plan of format 1. It names what was live by the hash that was stored then, which is kept for as long as that revision is. One
 * that deletes said nothing of whose the deployment is.
 */
export function contentOfFormer(former: FormerPlanContent): PlanContent {
  const wanted = former.desired && wantedOfFormer(former.desired);
  return {
    ...former,
    format: PLAN_FORMAT,
    identity: null,
    reads: [],
    origin: wanted?.origin ?? { repository: null, path: '', document: '' },
    particulars: wanted?.particulars ?? {},
    desired: wanted?.desired ?? null,
    drift: [],
    steps: stepsOf(former.changes, [], false),
  };
}

/** Whether two revisions are one: of the same state, at the same place. */
export function isSameRevision(
  a: Pick<Wanted, 'desired' | 'particulars'>,
  b: Pick<Wanted, 'desired' | 'particulars'>,
): boolean {
  return contentHash([a.desired, a.particulars]) === contentHash([b.desired, b.particulars]);
}
