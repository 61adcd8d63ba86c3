import type { Forecaster } from '../forecast/forecast.ts';
import { minima } from './baselines.ts';
import { expectedRates } from './expected-rates.ts';
import { defaultHybridTimes, hybrid } from './hybrid.ts';
import type { HybridState } from './hybrid.ts';
import type { ClusterDeclaration, ScalingPolicy, ScalingRequest } from './scaling-policy.ts';

export interface MarkOptions {
  readonly forecaster?: Forecaster;
  readonly quantile: number;
  readonly horizonMinutes: number;
}

/** Looks at which a request of a predictive step is tried (reference, section 7.1). */
export const predictiveTrials = 5;

/**
 * MArk, which Cocktail and Barista resemble (reference, section 8): each job by itself gets what its busiest forecast minute
 * needs if a second's requests arrive at once, and one replica more where it is over its SLO.
 */
export function mark(
  { jobs }: ClusterDeclaration,
  { forecaster, quantile, horizonMinutes }: MarkOptions,
): ScalingPolicy<HybridState> {
  return hybrid({
    name: 'mark',
    jobs,
    times: defaultHybridTimes,
    isReactive: true,
    initialReplicas: minima(jobs),
    predictive(observation, lastStepSeconds) {
      const { rates } = expectedRates(forecaster, observation, lastStepSeconds, horizonMinutes, quantile);
      const requests = jobs.flatMap(({ processingMs, sloMs }, job): ScalingRequest[] => {
        const busiest = rates[job]?.reduce((max, rate) => Math.max(max, rate), 0);
        if (busiest === undefined) return [];
        return [
          {
            job,
            to: { replicas: Math.ceil((busiest * processingMs) / sloMs - 1e-9) },
            trials: predictiveTrials,
            cause: 'forecast',
            reason: `Up to ${busiest.toFixed(1)} requests/s are expected.`,
          },
        ];
      });
      return { requests, forecasts: rates.map((rate) => rate?.map((perSecond) => perSecond * 60)) };
    },
  });
}
