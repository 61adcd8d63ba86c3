/** Federation → desired state: who meets whom in which iteration. */
import { planFederation, type PatternDecision } from '../../../securedfl/plan.ts';
import { rhoSchedule } from '../../../securedfl/rho-schedule.ts';
import type { Federation } from '../../../spec/types.ts';
import { desiredBase, refused, shownDecision } from '../../plan/desired-result.ts';
import type { DesiredResult, DesiredSources } from '../../plan/desired-result.ts';
import type { DesiredFederation } from '../../types.ts';

/**
 * The pattern that the preview shows. One that would let a site, or as many together as `privacy.collusion` says, learn more than
 * the mean is judged by the checks of the language, before anything is planned; here it is taken as it was accepted.
 */
export function desiredFederation(spec: Federation, sources: DesiredSources): DesiredResult<DesiredFederation> {
  const decision = shownDecision(sources, 'Federation') ?? decided(spec);
  if ('ok' in decision) return decision;
  return {
    ok: true,
    desired: {
      ...desiredBase(spec, sources),
      rounds: decision.rounds,
      rhoSchedule: rhoSchedule(spec.admm, spec.pattern.iterations),
    },
  };
}

function decided(spec: Federation): PatternDecision | ReturnType<typeof refused> {
  const planned = planFederation(spec);
  if (planned.ok) return planned.decision;
  const sites = spec.sites.length;
  const failure = planned.kind === 'too-much-collusion' ? planned.failure : planned;
  if (planned.kind === 'too-much-collusion' && !failure) {
    const { collusion } = spec.privacy;
    return refused('BERTH4006', ['spec', 'privacy', 'collusion'], { collusion, sites, most: planned.safe ?? 1 });
  }
  return failure?.kind === 'no-such-group-size'
    ? refused('BERTH4002', ['spec', 'pattern', 'groupSize'], {
        sites,
        groupSize: failure.groupSize,
        possible: failure.nearest,
      })
    : refused('BERTH4001', ['spec', 'sites'], { sites, least: failure?.minimum ?? sites });
}
