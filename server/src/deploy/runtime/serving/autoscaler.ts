/** A scaling policy against what the routers measure. */
import { initialState, isDue, look } from '../../../faro/control/controller.ts';
import type { ControllerState } from '../../../faro/control/controller.ts';
import type { JobObservation } from '../../../faro/control/observation.ts';
import type { ClusterDeclaration, RouterSettings, ScalingPolicy } from '../../../faro/control/scaling-policy.ts';
import { clusterDeclaration, specPolicy } from '../../../faro/from-spec.ts';
import type { InferenceCluster } from '../../../spec/types.ts';
import type { Clock } from './clock.ts';

export interface AutoscaleHost {
  /** What is measured of a job now; undefined for one that is not open. */
  measure(job: string): Omit<JobObservation, 'name'> | undefined;
  /** Makes a decision real. */
  move(job: string, replicas: number, reason: string): void;
  /** Tells a job's router what to let in. */
  admit(job: string, settings: RouterSettings): void;
}

export class Autoscaler {
  readonly #clock: Clock;
  readonly #host: AutoscaleHost;
  readonly #began: number;
  #cluster: ClusterDeclaration;
  #policy: ScalingPolicy;
  #state: ControllerState;

  constructor(spec: InferenceCluster, clock: Clock, host: AutoscaleHost) {
    this.#cluster = clusterDeclaration(spec);
    this.#policy = specPolicy(spec);
    this.#state = initialState(this.#policy);
    this.#clock = clock;
    this.#host = host;
    this.#began = clock.now();
  }

  /** Goes on with another spec; what was counted begins anew. */
  follow(spec: InferenceCluster): void {
    this.#cluster = clusterDeclaration(spec);
    this.#policy = specPolicy(spec);
    this.#state = { ...initialState(this.#policy), lastLookSeconds: this.#state.lastLookSeconds };
  }

  /** To be called about every second, or as often as the shortest interval asks; does nothing when nothing is due. */
  tick(): void {
    const nowSeconds = (this.#clock.now() - this.#began) / 1000;
    if (!isDue(this.#policy, this.#state, nowSeconds)) return;
    const jobs: JobObservation[] = [];
    for (const { name } of this.#cluster.jobs) {
      const measured = this.#host.measure(name);
      if (!measured) return; // a change of the spec is under way
      jobs.push({ name, ...measured });
    }
    const outcome = look(this.#policy, this.#cluster, this.#state, {
      nowSeconds,
      minuteOfDay: minuteOfDay(),
      jobs,
    });
    this.#state = outcome.state;
    outcome.routers?.forEach((settings, job) => {
      if (settings !== undefined) this.#host.admit(this.#cluster.jobs[job]!.name, settings);
    });
    for (const { job, to, reason } of outcome.actions) this.#host.move(this.#cluster.jobs[job]!.name, to, reason);
  }
}

/** By the clock on the wall: days are as people have them. */
function minuteOfDay(): number {
  const now = new Date();
  return 60 * now.getHours() + now.getMinutes();
}
