/** What a target must offer to be held to the contract: itself, as often as asked, and ways to make its platform misbehave. */
import type { Wanted } from '../../server/src/deploy/live.ts';
import type { DeployTarget } from '../../server/src/deploy/target.ts';
import type { DeploymentId } from '../../server/src/deploy/types.ts';

/** How a deployment shall be: a small InferenceCluster with one job. */
export interface Wish {
  /** Default: `vision`. */
  readonly name?: string;
  /** Default: 1. */
  readonly replicas?: number;
  /** Two programs that differ. */
  readonly program?: 'first' | 'second';
}

/** A platform of its own for one test; what it holds is gone when it is closed. */
export interface Stage {
  /** The target as one more person has it, with a connection of its own. */
  connect(): DeployTarget;
  wanted(wish?: Wish): Wanted;
  /** From now on an apply that needs something started does not get beyond that, until it is let. @returns lets it. */
  hold(): Promise<() => Promise<void>>;
  /** Makes one thing that runs fail for as long as it is not mended, behind the target's back. @returns mends what was in the way. */
  damage(id: DeploymentId): Promise<() => Promise<void>>;
  /** Ends what does the work, without a chance to tidy up. */
  crash(): Promise<void>;
  /** Lets it work again, where that does not happen by itself. */
  restart(): Promise<void>;
  /** Makes it answer nothing, though the connection stands. @returns lets it answer again. */
  silence(): Promise<() => Promise<void>>;
  /** Puts something under the name of a deployment that is not Berth's. @returns whether it is as it was put there. */
  plantForeign(id: DeploymentId): Promise<() => Promise<boolean>>;
  /** Makes a thing of the deployment write a line into its log. */
  write(id: DeploymentId, text: string): Promise<void>;
  /** How many things run of all deployments, counted at the platform itself. */
  running(): Promise<number>;
  close(): Promise<void>;
}
