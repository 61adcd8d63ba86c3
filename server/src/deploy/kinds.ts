/** What deployment knows of each kind, whatever the target: a further kind is a folder in `kinds/` and an entry here. */
import type { AtPath } from '../spec/problems/problem.ts';
import type { Kind, SpecOf } from '../spec/types.ts';
import { federationAtRest } from './kinds/federation/at-rest.ts';
import { createdFederation, federationChanges, federationRuns } from './kinds/federation/diff.ts';
import { placementAtRest } from './kinds/placement/at-rest.ts';
import { createdPlacement, placementChanges, placementRuns } from './kinds/placement/diff.ts';
import { servingAtRest } from './kinds/serving/at-rest.ts';
import { createdServing, servingChanges, servingRuns } from './kinds/serving/diff.ts';
import type { Particulars } from './live.ts';
import type { DesiredResult, DesiredSources } from './plan/desired-result.ts';
import type { Narration } from './plan/plain-change.ts';
import type { Change, DesiredOf, Particular, StatusOf } from './types.ts';

/** A part of a spec that a target starts something for, and the mapping that says how. */
export interface Starter {
  readonly owner: string;
  readonly path: AtPath['path'];
  readonly says: object;
}

interface KindOfDeployment<K extends Kind> {
  /** Loads the engine, which only who plans needs: an agent does without. */
  readonly desired: (spec: SpecOf<K>, sources: DesiredSources) => Promise<DesiredResult<DesiredOf<K>>>;
  readonly starters: (spec: SpecOf<K>) => readonly Starter[];
  /** What a new deployment brings, beside itself. */
  readonly created: (desired: DesiredOf<K>) => readonly Change[];
  readonly changes: (before: DesiredOf<K>, after: DesiredOf<K>) => Narration;
  /** What applying it runs, each command in a line for people. */
  readonly runs: (desired: DesiredOf<K>, particulars: Particulars) => readonly string[];
  /** What the status says of a deployment of which nothing runs: not started yet, cancelled before it stood, or impossible to start. */
  readonly atRest: (desired: DesiredOf<K>) => Particular<StatusOf<K>>;
}

const KINDS: { readonly [K in Kind]: KindOfDeployment<K> } = {
  InferenceCluster: {
    desired: async (...given) => (await import('./kinds/serving/desired.ts')).desiredServing(...given),
    starters: ({ jobs }) =>
      jobs.map((job, i) => ({ owner: `Job "${job.name}"`, path: ['spec', 'jobs', i], says: job })),
    created: createdServing,
    changes: servingChanges,
    runs: servingRuns,
    atRest: servingAtRest,
  },
  TrainingPlacement: {
    desired: async (...given) => (await import('./kinds/placement/desired.ts')).desiredPlacement(...given),
    starters: wholeSpec,
    created: createdPlacement,
    changes: placementChanges,
    runs: placementRuns,
    atRest: placementAtRest,
  },
  Federation: {
    desired: async (...given) => (await import('./kinds/federation/desired.ts')).desiredFederation(...given),
    starters: wholeSpec,
    created: createdFederation,
    changes: federationChanges,
    runs: federationRuns,
    atRest: federationAtRest,
  },
};

function wholeSpec(spec: SpecOf<Kind>): readonly Starter[] {
  return [{ owner: `"${spec.name}"`, path: ['spec'], says: spec }];
}

/** What deployment knows of a kind. Generic, so that an entry takes what it was looked up by without a cast. */
export function inDeployment<K extends Kind>(kind: K): KindOfDeployment<K> {
  return KINDS[kind];
}
