import type { JobDeclaration } from '../job.ts';
import { judged, lookThresholds } from './overload.ts';
import type { LookCounts } from './overload.ts';
import type { Observation } from './observation.ts';
import type { Decision, PolicyName, ScalingPolicy, ScalingRequest } from './scaling-policy.ts';
import { itemAt } from '../../numeric/at.ts';

/** When a hybrid policy does what; all in seconds. */
export interface HybridTimes {
  /** Between two predictive steps. */
  readonly intervalSeconds: number;
  /** Between two reactive steps. */
  readonly reactiveIntervalSeconds: number;
  /** The first predictive step. */
  readonly firstAllocationSeconds: number;
}

/** Those of Faro's experiments. */
export const defaultHybridTimes: HybridTimes = {
  intervalSeconds: 300,
  reactiveIntervalSeconds: 10,
  firstAllocationSeconds: 60,
};

/** A predictive step: what it wishes for, with its forecasts. */
export type PredictiveStep = (
  observation: Observation,
  /** When the last predictive step was made; null before the first. */
  lastStepSeconds: number | null,
) => Omit<Decision<never>, 'state'>;

export interface HybridState {
  readonly lastStepSeconds: number | null;
  /** By job: looks that found the latency over the SLO since the last predictive step or increase. */
  readonly overloads: LookCounts;
}

/** What a hybrid policy consists of. */
export interface HybridParts {
  readonly name: PolicyName;
  readonly jobs: readonly JobDeclaration[];
  readonly times: HybridTimes;
  readonly predictive: PredictiveStep;
  /** Whether a job that is over its SLO gets a replica more in between. */
  readonly isReactive: boolean;
  readonly initialReplicas: readonly number[];
}

/**
 * Faro's hybrid controller (arXiv 2409.19488; reference, section 7): a predictive step at long intervals and, in between,
 * one replica more for a job whose latency has been over its SLO for thirty seconds. A predictive step clears the counts
 * of the reactive part, and a good look does not. Scaling down is left to predictive steps.
 */
export function hybrid(parts: HybridParts): ScalingPolicy<HybridState> {
  const { name, jobs, times, predictive, isReactive, initialReplicas } = parts;
  const { intervalSeconds, reactiveIntervalSeconds, firstAllocationSeconds } = times;
  const passed = (seconds: number): number => Math.floor(seconds / intervalSeconds + 1e-9);
  return {
    name,
    lookSeconds: reactiveIntervalSeconds,
    firstLookSeconds: reactiveIntervalSeconds,
    initialState: { lastStepSeconds: null, overloads: jobs.map(() => 0) },
    initialReplicas,
    decide(state, observation) {
      const { nowSeconds } = observation;
      const { lastStepSeconds } = state;
      const isDue =
        lastStepSeconds === null
          ? nowSeconds >= firstAllocationSeconds - 1e-9
          : passed(nowSeconds) > passed(lastStepSeconds);
      if (isDue) {
        const step = predictive(observation, lastStepSeconds);
        return { ...step, state: { lastStepSeconds: nowSeconds, overloads: jobs.map(() => 0) } };
      }
      return isReactive ? addWhereOver(jobs, state, observation, reactiveIntervalSeconds) : { state, requests: [] };
    },
  };
}

function addWhereOver(
  jobs: readonly JobDeclaration[],
  state: HybridState,
  observation: Observation,
  lookSeconds: number,
): Decision<HybridState> {
  const { over } = lookThresholds(lookSeconds);
  const requests: ScalingRequest[] = [];
  const overloads = state.overloads.map((count, job) => {
    const [declared, observed] = [itemAt(jobs, job), itemAt(observation.jobs, job)];
    if (observed.isScaling || judged(declared, observed) !== 'over') return count;
    if (count + 1 < over) return count + 1;
    requests.push({
      job,
      to: { by: 1 },
      trials: 1,
      cause: 'latency',
      reason: `Latest requests took ${Math.round(observed.meanLatencyMs ?? 0)} ms on average, over the SLO of ${Math.round(declared.sloMs)} ms.`,
    });
    return 0;
  });
  return { state: { ...state, overloads }, requests };
}
