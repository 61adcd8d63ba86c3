/** Which target a spec names, which one answered, and a deployment on it. */
import { canonicalJson } from '../spec/serialise.ts';
import type { Target } from '../spec/types.ts';
import type { DeploymentId } from './types.ts';

/** Where a spec is made real, as it is written: never what happens to be the default of a tool around it. */
export type TargetRef = Target;

/** Who answers behind a reference. The same words may lead to another one tomorrow: a plan is good only for the one it was made with. */
export interface TargetIdentity {
  /** Stays the same for as long as it is the same: a cluster's uid, or machine and state folder of `local`. */
  readonly uid: string;
  /** For people. */
  readonly name: string;
}

/** One deployment on one target: what statuses, lenses, rows and commands are about. */
export interface DeploymentAddress {
  readonly target: TargetRef;
  readonly id: DeploymentId;
}

/** The same text for the same target. */
export function targetKey(ref: TargetRef): string {
  return typeof ref === 'string' ? ref : canonicalJson(ref);
}

/** The same text for the same deployment on the same target. */
export function addressKey({ target, id }: DeploymentAddress): string {
  return `${targetKey(target)} ${id}`;
}
