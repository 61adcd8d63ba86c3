/** Faro's control loop against what the routers measure. */
import { initialControlState, step } from '../../../../faro/control/control-loop.ts';
import type { ControlConfig, ControlState, JobObservation } from '../../../../faro/control/control-loop.ts';
import { controlConfig } from '../../../../faro/from-spec.ts';
import type { InferenceCluster } from '../../../../spec/types.ts';
import type { Clock } from './clock.ts';

export interface AutoscaleHost {
  /** What is measured of a job now; undefined for one that is not open. */
  measure(job: string): Omit<JobObservation, 'name'> | undefined;
  /** Makes a decision of the loop real. */
  move(job: string, replicas: number, reason: string): void;
}

export class Autoscaler {
  readonly #clock: Clock;
  readonly #host: AutoscaleHost;
  readonly #began: number;
  #spec: InferenceCluster;
  #config: ControlConfig;
  #state: ControlState = initialControlState;

  constructor(spec: InferenceCluster, clock: Clock, host: AutoscaleHost) {
    this.#spec = spec;
    this.#config = controlConfig(spec);
    this.#clock = clock;
    this.#host = host;
    this.#began = clock.now();
  }

  /** Goes on with another spec; what was counted stays. */
  follow(spec: InferenceCluster): void {
    this.#spec = spec;
    this.#config = controlConfig(spec);
  }

  /** To be called about every second, or as often as the shortest interval asks; does nothing when nothing is due. */
  tick(): void {
    // The other policies decide once, when the spec is applied.
    if (this.#spec.autoscaler.policy !== 'faro') return;
    const jobs: JobObservation[] = [];
    for (const job of this.#spec.jobs) {
      const measured = this.#host.measure(job.name);
      if (!measured) return; // a change of the spec is under way
      jobs.push({ name: job.name, ...measured });
    }
    const nowSeconds = (this.#clock.now() - this.#began) / 1000;
    const outcome = step(this.#state, { nowSeconds, jobs, config: this.#config });
    this.#state = outcome.state;
    for (const action of outcome.actions) this.#host.move(action.job, action.to, action.reason);
  }
}
