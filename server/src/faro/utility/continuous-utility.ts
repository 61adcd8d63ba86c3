import type { Job } from '../job.ts';
import { probabilityFromRatio, waitFromProbability, waitPercentile } from './erlang-c.ts';
import { defaultLatencyModel, percentileLatencyMs, waitShare } from './mdc-latency.ts';
import { defaultUtilityShape, utilityOf } from './utility.ts';
import type { StartUp, UtilityModels } from './utility-curve.ts';

/**
 * A job's utility, in [0, 1], at a number of replicas that need not be whole, when a share of its requests is accepted
 * and the rest does not load it. At whole numbers and a share of 1 it is that of `utilityTable`, save rounding.
 */
export type ContinuousUtility = (replicas: number, acceptedShare?: number) => number;

/**
 * The mean utility over a job's bins as a function of real replicas, as Faro's relaxed optimisation sees it (see
 * `waitPercentile` on fractional servers).
 *
 * Made to be called thousands of times: the waiting of an overloaded bin depends on the replicas alone and is computed once
 * for all of them, and the Erlang ratios of the others are remembered by whole servers. Cost of a call: O(bins).
 */
export function continuousUtility(job: Job, models: UtilityModels = {}, startUp?: StartUp): ContinuousUtility {
  const { processingMs, percentile, sloMs, ratesPerSecond } = job;
  const model = models.latencyModel ?? defaultLatencyModel;
  const shape = models.utilityShape ?? defaultUtilityShape;
  const share = model.kind === 'upperBound' ? 0 : waitShare(model);
  if (ratesPerSecond.length === 0) return () => 1;
  const bins = ratesPerSecond.map((rate, bin) => {
    const load = (rate * processingMs) / 1000;
    const isStartUp = startUp !== undefined && bin < startUp.bins;
    return { rate, load, mostServing: isStartUp ? startUp.current : Infinity, ratioAt: lowerStates(load) };
  });

  return (replicas, acceptedShare = 1) => {
    /** Processing times that a request of an overloaded bin takes, per load on a server. */
    let overloaded = -1;
    let sum = 0;
    for (const { rate, load, mostServing, ratioAt } of bins) {
      const serving = replicas > mostServing ? mostServing : replicas;
      let latencyMs: number;
      if (model.kind === 'upperBound' || acceptedShare !== 1 || serving !== replicas || !(rate > 0) || replicas <= 0) {
        latencyMs = percentileLatencyMs(
          { ratePerSecond: rate * acceptedShare, processingMs, percentile },
          serving,
          model,
        );
      } else {
        const stable = model.rhoMax * replicas;
        if (load > stable) {
          if (overloaded < 0) overloaded = 1 + waitPercentile(stable, replicas, percentile) * share;
          latencyMs = processingMs * (overloaded * (load / stable));
        } else if (load >= replicas) latencyMs = Infinity;
        else {
          const probability = probabilityFromRatio(ratioAt(Math.floor(replicas)), load, replicas);
          latencyMs = processingMs * (1 + waitFromProbability(probability, load, replicas, percentile) * share);
        }
      }
      sum += utilityOf(latencyMs, sloMs, shape);
    }
    return sum / bins.length;
  };
}

/** `lowerStatesRatio` of one load by servers, remembered: S(n) = n / load · (1 + S(n - 1)). */
function lowerStates(load: number): (servers: number) => number {
  const known = [0];
  let latest = 0;
  return (servers) => {
    for (let n = known.length; n <= servers; n++) known.push((latest = (n / load) * (1 + latest)));
    // A search that went astray asks for NaN replicas, and is told NaN.
    return known[servers] ?? NaN;
  };
}
