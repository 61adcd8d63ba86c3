import { allocate } from '../allocation/allocation.ts';
import type { MinimaExceedCapacity } from '../allocation/allocation.ts';
import type { Forecaster } from '../forecast/forecast.ts';
import { fitsCapacity } from '../job.ts';
import type { Job, JobDeclaration, ResourceVector } from '../job.ts';
import type { Objective } from '../allocation/objective.ts';
import { jobLatencyMs } from '../utility/utility-curve.ts';
import type { UtilityModels } from '../utility/utility-curve.ts';

/** What the loop is told once. Times in seconds. */
export interface ControlConfig {
  readonly jobs: readonly JobDeclaration[];
  readonly capacity: ResourceVector;
  readonly objective: Objective;
  readonly forecaster: Forecaster;
  /** Time between two allocations from forecasts. */
  readonly intervalSeconds: number;
  /** Time between two looks at the measured latency. */
  readonly reactiveIntervalSeconds: number;
  /** The first allocation does not wait for a whole interval. */
  readonly firstAllocationSeconds: number;
  /** How long the latency must be over the SLO before a replica is added; Infinity turns reactions off. */
  readonly overloadSeconds: number;
  readonly horizonMinutes: number;
  /** From the decision to add a replica until it serves. */
  readonly coldStartSeconds: number;
  readonly models?: UtilityModels;
}

/** The times of Faro's experiments, less what a spec always says. */
export const defaultControlTimes = {
  intervalSeconds: 300,
  reactiveIntervalSeconds: 10,
  firstAllocationSeconds: 60,
  overloadSeconds: 30,
  horizonMinutes: 7,
  coldStartSeconds: 65,
} as const;

/** What was measured of one job. */
export interface JobObservation {
  readonly name: string;
  /** Requests in each complete minute since the start (or the last of them), oldest first; empty while nothing is known. */
  readonly arrivalsPerMinute: readonly number[];
  /** Mean latency of the requests that finished in the last 30 s, in milliseconds; null when none did or nothing is known. */
  readonly meanLatencyMs: number | null;
  /** Replicas that serve now. */
  readonly running: number;
  /** Replicas that were last asked for. */
  readonly target: number;
}

export interface Observation {
  /** Time since the loop began. */
  readonly nowSeconds: number;
  /** In the order of the config's jobs. */
  readonly jobs: readonly JobObservation[];
  readonly config: ControlConfig;
}

/** What the loop remembers; plain data, so that it can be stored and picked up again. */
export interface ControlState {
  readonly lastTickSeconds: number;
  /** Null until the first allocation. */
  readonly lastAllocationSeconds: number | null;
  /** By job: looks in a row, save good ones between, that found the latency over the SLO. */
  readonly overloads: Readonly<Record<string, number>>;
}

/** The state before the first step. */
export const initialControlState: ControlState = { lastTickSeconds: 0, lastAllocationSeconds: null, overloads: {} };

/** A change of one job's replicas. */
export interface ControlAction {
  readonly job: string;
  readonly from: number;
  readonly to: number;
  readonly cause: 'forecast' | 'latency';
  /** One sentence for people. */
  readonly reason: string;
}

export interface ControlOutcome {
  readonly state: ControlState;
  /** Reductions first: they make room for the rest. */
  readonly actions: readonly ControlAction[];
  /** Requests per second that an allocation was made for, by job; absent when none was made in this step. */
  readonly forecasts?: Readonly<Record<string, readonly number[]>>;
  /** Why no allocation could be made. */
  readonly problem?: MinimaExceedCapacity;
}

/**
 * One tick of Faro's hybrid autoscaler (arXiv 2409.19488; reference section 7): every `intervalSeconds` an allocation of the
 * whole capacity from forecasts; in between, every `reactiveIntervalSeconds`, one replica more for a job whose measured
 * latency has been over its SLO for `overloadSeconds`. An allocation clears the counts of the reactive part, and a good look
 * does not: that is how Faro behaves. Scaling down happens by allocations only.
 *
 * A pure function of state and observation. It may be called more often than the intervals, or late: what is due is decided
 * by the multiples of an interval that were passed. Time that runs backwards and jobs without any measurement change
 * nothing: the latter keep their target in an allocation. Targets are wishes, so an allocation may change one that is not
 * reached yet; the reactive part waits until it is.
 */
export function step(state: ControlState, observation: Observation): ControlOutcome {
  const { nowSeconds, config } = observation;
  const isDue = (last: number, interval: number): boolean =>
    Math.floor(nowSeconds / interval) > Math.floor(last / interval);
  if (!isDue(state.lastTickSeconds, config.reactiveIntervalSeconds)) return { state, actions: [] };
  const allocationIsDue =
    state.lastAllocationSeconds === null
      ? nowSeconds >= config.firstAllocationSeconds
      : isDue(state.lastAllocationSeconds, config.intervalSeconds);
  return allocationIsDue ? predictiveStep(observation) : reactiveStep(state, observation);
}

function predictiveStep({ nowSeconds, jobs: observed, config }: Observation): ControlOutcome {
  const state: ControlState = { lastTickSeconds: nowSeconds, lastAllocationSeconds: nowSeconds, overloads: {} };
  const forecasts: Record<string, readonly number[]> = {};
  const jobs = config.jobs.map((declaration, i): Job => {
    const { arrivalsPerMinute, target } = observed[i]!;
    if (arrivalsPerMinute.length === 0) {
      return { ...declaration, minReplicas: target, maxReplicas: target, ratesPerSecond: [] };
    }
    const { ratesPerSecond } = config.forecaster.forecast(declaration.name, arrivalsPerMinute, config.horizonMinutes);
    forecasts[declaration.name] = ratesPerSecond;
    return { ...declaration, ratesPerSecond };
  });
  const allocation = allocate({
    jobs,
    capacity: config.capacity,
    objective: config.objective,
    current: observed.map(({ running }) => running),
    coldStartBins: Math.floor(config.coldStartSeconds / 60),
    // Faro shrinks: a replica that brings nothing is given back.
    ties: 'fewestReplicas',
    ...(config.models === undefined ? {} : { models: config.models }),
  });
  if (allocation.kind === 'minimaExceedCapacity') return { state, actions: [], forecasts, problem: allocation };
  const actions = jobs.flatMap((job, i): ControlAction[] => {
    const [from, to] = [observed[i]!.target, allocation.replicas[i]!];
    if (from === to) return [];
    return [{ job: job.name, from, to, cause: 'forecast', reason: forecastReason(job, to, config) }];
  });
  return { state, actions: reductionsFirst(actions), forecasts };
}

function reactiveStep(state: ControlState, { nowSeconds, jobs: observed, config }: Observation): ControlOutcome {
  const needed = Math.max(1, Math.floor(config.overloadSeconds / config.reactiveIntervalSeconds));
  const overloads: Record<string, number> = {};
  const targets = observed.map(({ target }) => target);
  const actions: ControlAction[] = [];
  config.jobs.forEach((job, i) => {
    const { meanLatencyMs, running, target } = observed[i]!;
    const count = state.overloads[job.name] ?? 0;
    const isOver = running === target && meanLatencyMs !== null && meanLatencyMs > job.sloMs;
    const grown = isOver ? count + 1 : count;
    overloads[job.name] = grown < needed ? grown : 0;
    if (grown < needed || target >= job.maxReplicas) return;
    const raised = targets.with(i, target + 1);
    if (!fitsCapacity(config.jobs, raised, config.capacity)) return;
    targets[i] = target + 1;
    actions.push({
      job: job.name,
      from: target,
      to: target + 1,
      cause: 'latency',
      reason: `Latest requests took ${milliseconds(meanLatencyMs ?? 0)} on average, over the SLO of ${milliseconds(job.sloMs)}.`,
    });
  });
  return {
    state: { lastTickSeconds: nowSeconds, lastAllocationSeconds: state.lastAllocationSeconds, overloads },
    actions,
  };
}

function forecastReason(job: Job, to: number, config: ControlConfig): string {
  const busiest = job.ratesPerSecond.reduce((max, rate) => Math.max(max, rate), 0);
  const latencyMs = jobLatencyMs(job, to, config.models);
  const latency = Number.isFinite(latencyMs) ? `about ${milliseconds(latencyMs)}` : 'unbounded';
  const replicas = to === 1 ? '1 replica' : `${to} replicas`;
  const target = milliseconds(job.sloMs);
  return `Up to ${busiest.toFixed(1)} requests/s are expected; with ${replicas} p${job.percentile} is ${latency} (SLO ${target}).`;
}

function reductionsFirst(actions: readonly ControlAction[]): ControlAction[] {
  return [...actions.filter(({ from, to }) => to < from), ...actions.filter(({ from, to }) => to > from)];
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}
