/** Federation → desired state: who meets whom in which iteration. */
import { specRequest } from '../../../securedfl/from-spec.ts';
import { planPattern, safeCollusion } from '../../../securedfl/planner.ts';
import { rhoSchedule } from '../../../securedfl/rho-schedule.ts';
import type { Federation } from '../../../spec/types.ts';
import { desiredBase, refused } from '../../plan/desired-result.ts';
import type { DesiredResult, DesiredSources } from '../../plan/desired-result.ts';
import type { DesiredFederation } from '../../types.ts';

/**
 * The pattern that the preview shows. One that would let a site, or as many together as `privacy.collusion` says, learn more than
 * the mean is judged by the checks of the language, before anything is planned; here it is taken as it was accepted.
 */
export function desiredFederation(spec: Federation, sources: DesiredSources): DesiredResult<DesiredFederation> {
  const sites = spec.sites.length;
  const { collusion } = spec.privacy;
  const request = specRequest(spec);
  const planned = planPattern(sites, request);
  if (planned.ok && collusion > sites - 2) {
    const most = safeCollusion(sites, request) ?? 1;
    return refused('BERTH4006', ['spec', 'privacy', 'collusion'], { collusion, sites, most });
  }
  if (!planned.ok)
    return planned.kind === 'too-few-sites'
      ? refused('BERTH4001', ['spec', 'sites'], { sites, least: planned.minimum })
      : refused('BERTH4002', ['spec', 'pattern', 'groupSize'], {
          sites,
          groupSize: planned.groupSize,
          possible: planned.nearest,
        });
  return {
    ok: true,
    desired: {
      ...desiredBase(spec, sources),
      rounds: planned.pattern.rounds,
      rhoSchedule: rhoSchedule(spec.admm, spec.pattern.iterations),
    },
  };
}
