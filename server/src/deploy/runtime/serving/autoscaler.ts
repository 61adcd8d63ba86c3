/** The autoscaler's loop: a scaling policy against what the routers measure, whatever target makes its decisions real. */
import { initialState, isDue, look, wake } from '../../../faro/control/controller.ts';
import type { ControllerState } from '../../../faro/control/controller.ts';
import type { JobObservation, Observation } from '../../../faro/control/observation.ts';
import type {
  ClusterDeclaration,
  PolicyName,
  RouterSettings,
  ScalingPolicy,
} from '../../../faro/control/scaling-policy.ts';
import { clusterDeclaration, specPolicy } from '../../../faro/from-spec.ts';
import type { InferenceCluster } from '../../../spec/types.ts';
import type { Clock } from './clock.ts';

export interface AutoscaleHost {
  /** What is measured of a job now; undefined for one that is not open. */
  measure(job: string): Omit<JobObservation, 'name' | 'servedSeconds'> | undefined;
  /** How long replicas of a job worked on each request answered since this was last asked, in seconds. */
  takeServedSeconds(job: string): readonly number[];
  /** Makes a decision real. */
  move(job: string, replicas: number, reason: string): void;
  /** Tells a job's router what to let in. */
  admit(job: string, settings: RouterSettings): void;
}

/** What an autoscaler remembers. Plain data: stored as JSON and given to another autoscaler, that one decides as the first would have. */
export interface AutoscalerState {
  /** What it is about; of another policy or other jobs it says nothing. */
  readonly policy: PolicyName;
  readonly jobs: readonly string[];
  /** Since the control began. */
  readonly seconds: number;
  readonly controller: ControllerState;
}

/** Where a job could not be woken, it is not tried again for so long, however many come. */
const WAKE_AGAIN_SECONDS = 1;

export class Autoscaler {
  readonly #clock: Clock;
  readonly #host: AutoscaleHost;
  /** The time of the clock at which the control began. */
  readonly #began: number;
  #cluster: ClusterDeclaration;
  #policy: ScalingPolicy;
  #state: ControllerState;
  /** When jobs could not be woken, in seconds. */
  readonly #unwoken = new Map<string, number>();

  /**
   * @param before what was stored of an earlier one's `state`. It is taken up where it is of the same policy and jobs; else the control
   *   begins anew. The minutes of what is measured are those of the control: whoever begins to measure anew takes it up on a full minute.
   */
  constructor(spec: InferenceCluster, clock: Clock, host: AutoscaleHost, before?: unknown) {
    this.#cluster = clusterDeclaration(spec);
    this.#policy = specPolicy(spec);
    this.#clock = clock;
    this.#host = host;
    const fits = isStateOf(this.#policy, this.#cluster, before);
    this.#state = fits ? before.controller : initialState(this.#policy);
    this.#began = clock.now() - (fits ? 1000 * before.seconds : 0);
  }

  get state(): AutoscalerState {
    return {
      policy: this.#policy.name,
      jobs: this.#cluster.jobs.map(({ name }) => name),
      seconds: this.#seconds,
      controller: this.#state,
    };
  }

  /** The time of the clock at which the control, and with it one of its minutes, began: minutes of what is measured begin with them. */
  get began(): number {
    return this.#began;
  }

  get #seconds(): number {
    return (this.#clock.now() - this.#began) / 1000;
  }

  /** Goes on with another spec; what was counted begins anew. */
  follow(spec: InferenceCluster): void {
    this.#cluster = clusterDeclaration(spec);
    this.#policy = specPolicy(spec);
    this.#state = { ...initialState(this.#policy), lastLookSeconds: this.#state.lastLookSeconds };
  }

  /** To be called about every second, or as often as the shortest interval asks; does nothing when nothing is due. */
  tick(): void {
    const nowSeconds = this.#seconds;
    if (!isDue(this.#policy, this.#state, nowSeconds)) return;
    const observation = this.#observation(nowSeconds, (name) => this.#host.takeServedSeconds(name));
    if (!observation) return;
    const outcome = look(this.#policy, this.#cluster, this.#state, observation);
    this.#state = outcome.state;
    outcome.routers?.forEach((settings, job) => {
      if (settings !== undefined) this.#host.admit(this.#cluster.jobs[job]!.name, settings);
    });
    for (const { job, to, reason } of outcome.actions) this.#host.move(this.#cluster.jobs[job]!.name, to, reason);
  }

  /** Somebody came to a job that has no replica: it is woken at once, where there is room. */
  wake(name: string): void {
    const nowSeconds = this.#seconds;
    const index = this.#cluster.jobs.findIndex((job) => job.name === name);
    if (index < 0 || nowSeconds - (this.#unwoken.get(name) ?? -Infinity) < WAKE_AGAIN_SECONDS) return;
    const observation = this.#observation(nowSeconds, () => []);
    const actions = observation ? wake(this.#policy, this.#cluster, observation, index) : [];
    if (actions.length === 0) this.#unwoken.set(name, nowSeconds);
    else this.#unwoken.delete(name);
    for (const { job, to, reason } of actions) this.#host.move(this.#cluster.jobs[job]!.name, to, reason);
  }

  /** Undefined while a change of the spec is under way. */
  #observation(nowSeconds: number, served: (name: string) => readonly number[]): Observation | undefined {
    const jobs: JobObservation[] = [];
    for (const { name } of this.#cluster.jobs) {
      const measured = this.#host.measure(name);
      if (!measured) return undefined;
      jobs.push({ name, ...measured, servedSeconds: served(name) });
    }
    return { nowSeconds, minuteOfDay: minuteOfDay(), jobs };
  }
}

/** Whether what was stored can be gone on from: a state of this policy for these jobs, as the policy itself shapes it. */
function isStateOf(policy: ScalingPolicy, cluster: ClusterDeclaration, stored: unknown): stored is AutoscalerState {
  const { name, initialState: policyState } = policy;
  return hasShapeOf(
    {
      policy: name,
      jobs: cluster.jobs.map((job) => job.name),
      seconds: 0,
      controller: { lastLookSeconds: 0, policy: policyState, pending: [] },
    } satisfies AutoscalerState,
    stored,
  );
}

/** The same texts, and numbers, lists and keys in the same places; where the model has null or an empty list, the rest is open. */
function hasShapeOf(model: unknown, value: unknown): boolean {
  if (model === null) return value === null || typeof value === 'number';
  if (typeof model === 'number') return typeof value === 'number';
  if (typeof model !== 'object') return model === value;
  if (typeof value !== 'object' || value === null || Array.isArray(model) !== Array.isArray(value)) return false;
  if (Array.isArray(model) && model.length === 0) return true;
  const [keys, others] = [Object.keys(model), Object.keys(value)];
  return (
    keys.length === others.length &&
    keys.every((key) => hasShapeOf((model as Record<string, unknown>)[key], (value as Record<string, unknown>)[key]))
  );
}

/** By the clock on the wall: days are as people have them. */
function minuteOfDay(): number {
  const now = new Date();
  return 60 * now.getHours() + now.getMinutes();
}
