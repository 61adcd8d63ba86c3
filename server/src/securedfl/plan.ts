/** What is decided about a federation: the pattern that a preview shows and a deployment follows. */
import type { Federation } from '../spec/types.ts';
import { specRequest } from './from-spec.ts';
import type { Pattern } from './pattern.ts';
import { planPattern, safeCollusion, type PlanFailure, type PlannedPattern } from './planner.ts';

/** What a deployment is made from. Plain data. */
export interface PatternDecision {
  readonly kind: 'Federation';
  /** Who meets whom: iteration by iteration, groups of sites by their index. */
  readonly rounds: Pattern['rounds'];
}

/** More curious sites are to be guarded against than leave two honest ones. */
export interface TooMuchCollusion {
  readonly ok: false;
  readonly kind: 'too-much-collusion';
  /** The most that a pattern for the sites is safe against; undefined where it is not safe against one either. */
  readonly safe: number | undefined;
  /** What stands in the way besides. */
  readonly failure: PlanFailure | undefined;
}

export type PlannedFederation =
  (PlannedPattern & { readonly decision: PatternDecision }) | PlanFailure | TooMuchCollusion;

/** Plans the pattern of a spec. The one place where it is decided who meets whom. */
export function planFederation(spec: Federation): PlannedFederation {
  const sites = spec.sites.length;
  const request = specRequest(spec);
  const planned = planPattern(sites, request);
  if (!leavesTwoHonest(spec)) {
    const failure = planned.ok ? undefined : planned;
    return { ok: false, kind: 'too-much-collusion', safe: safeCollusion(sites, request), failure };
  }
  return planned.ok ? { ...planned, decision: { kind: 'Federation', rounds: planned.pattern.rounds } } : planned;
}

/** Two honest sites must remain; where even one curious site is too many, it is the sites that are too few. */
export function leavesTwoHonest({ sites, privacy }: Federation): boolean {
  return privacy.collusion <= Math.max(1, sites.length - 2);
}
