/** What goes into a desired state and what comes out instead of one. */
import { dirname } from 'node:path';
import type { LpSolver } from '../../baechi/linear-program.ts';
import type { PlacementDecision } from '../../baechi/plan.ts';
import type { AllocationDecision } from '../../faro/plan.ts';
import type { GraphFileResult } from '../../graph/graph-format.ts';
import type { PatternDecision } from '../../securedfl/plan.ts';
import { explain } from '../../spec/problems/catalogue.ts';
import type { ProblemCode, ProblemParams } from '../../spec/problems/catalogue.ts';
import type { Spec } from '../../spec/types.ts';
import type { Desired, DesiredBase } from '../types.ts';
import { portableSpec } from './portable-spec.ts';
import type { AtPath, Problem } from '../../spec/problems/problem.ts';

/** What an engine decided about a spec, by its kind. */
export type Decision = AllocationDecision | PlacementDecision | PatternDecision;

/** What resolving a spec needs from outside. */
export interface DesiredSources {
  /** Absolute path of the spec file. */
  readonly source: string;
  /** Reads the graph file of a placement, by its absolute path. */
  readonly readGraph: (path: string) => Promise<GraphFileResult>;
  /** The solver that m-SCT needs, loaded only then. */
  readonly solver: () => Promise<LpSolver>;
  /**
   * What the preview of the same spec and graph decided: it is taken as it was shown, and no engine plans again. Where there was no
   * preview, it is decided now.
   */
  readonly decision?: Decision | undefined;
  /** Asked now and then by what takes long. */
  readonly shouldStop?: () => boolean;
}

/** A desired state, or what keeps the spec from being deployed and where it says so. */
export type DesiredResult<D extends Desired = Desired> =
  { readonly ok: true; readonly desired: D } | { readonly ok: false; readonly problems: readonly Problem<AtPath>[] };

export function refused<C extends ProblemCode>(
  code: C,
  path: AtPath['path'],
  params: ProblemParams<C>,
): { readonly ok: false; readonly problems: readonly [Problem<AtPath>] } {
  return { ok: false, problems: [{ ...explain(code, params), path }] };
}

/** The decision that was shown of a spec's kind, if one was. */
export function shownDecision<K extends Decision['kind']>(
  { decision }: DesiredSources,
  kind: K,
): Extract<Decision, { readonly kind: K }> | undefined {
  if (decision === undefined) return undefined;
  if (decision.kind !== kind) throw new Error(`the preview of another kind was handed on: ${decision.kind}`);
  return decision as Extract<Decision, { readonly kind: K }>;
}

export function desiredBase<S extends Spec>(
  spec: S,
  { source }: DesiredSources,
): DesiredBase<S['kind']> & { readonly spec: S } {
  const { kind, name, target } = spec;
  return { id: `${kind}/${name}`, kind, name, target, spec: portableSpec(spec, dirname(source)) };
}
