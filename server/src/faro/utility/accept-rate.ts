import type { Job } from '../job.ts';
import { continuousUtility } from './continuous-utility.ts';
import { dropPenalty, penaltyBreakpoints } from './drop-penalty.ts';
import type { DropPenalty } from './drop-penalty.ts';
import type { StartUp, UtilityModels } from './utility-curve.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

/** By how much a better accept rate might raise an effective utility over the one found. */
export const acceptRateTolerance = 1e-4;

/** A job's best effective utilities at 0, 1, … replicas, and the accept rates that bring them about. */
export interface AcceptRates {
  /** Effective utilities, in [0, 1]; never decreasing. */
  readonly utilities: Float64Array;
  /** Accepted shares of the requests, in [0, 1]. */
  readonly acceptRates: Float64Array;
}

/**
 * For every number of replicas the share of requests to accept so that the effective utility is largest, where what is dropped
 * does not load the job: max over a of (1 - penalty(1 - a)) · U(a · rates, replicas).
 *
 * With the drop rate the first factor falls and the second rises, so on an interval of drop rates the product is at most the
 * first factor at its beginning times the second at its end. Intervals between the penalty's breakpoints are halved until
 * that proves the best point found to within {@link acceptRateTolerance}. Of equal points the one that drops least is taken.
 * Cost: O(bins) for each point; some tens of points for each number of replicas that does not satisfy the job.
 */
export function bestAcceptRates(
  job: Job,
  maxReplicas: number,
  family: DropPenalty,
  models: UtilityModels = {},
  startUp?: StartUp,
): AcceptRates {
  const utility = continuousUtility(job, models, startUp);
  const utilities = new Float64Array(maxReplicas + 1);
  const acceptRates = new Float64Array(maxReplicas + 1).fill(1);
  let dropRate = 0;
  for (let replicas = 0; replicas <= maxReplicas; replicas++) {
    const best = bestDropRate((rate) => utility(replicas, 1 - rate), family, dropRate);
    dropRate = best.dropRate;
    acceptRates[replicas] = 1 - dropRate;
    // More replicas are never worse at the same accept rate; rounding must not say otherwise.
    utilities[replicas] = Math.max(best.value, replicas > 0 ? realAt(utilities, replicas - 1) : 0);
    if (best.value >= 1) return { utilities: utilities.fill(1, replicas), acceptRates };
  }
  return { utilities, acceptRates };
}

/** @param utility of the drop rate; never falling. */
function bestDropRate(
  utility: (dropRate: number) => number,
  family: DropPenalty,
  near: number,
): { dropRate: number; value: number } {
  let best = { dropRate: 0, value: -1 };
  const evaluate = (dropRate: number): { dropRate: number; kept: number; utility: number } => {
    const point = { dropRate, kept: 1 - dropPenalty(dropRate, family), utility: utility(dropRate) };
    const value = point.kept * point.utility;
    if (value > best.value || (value === best.value && dropRate < best.dropRate)) best = { dropRate, value };
    return point;
  };
  const points = [0, ...penaltyBreakpoints(family)].map(evaluate);
  if (best.value < 1) evaluate(near);
  const open = points.slice(1).map((to, i) => [itemAt(points, i), to] as const);
  for (let interval = open.pop(); interval !== undefined; interval = open.pop()) {
    const [from, to] = interval;
    // Just past a step the penalty is that of the step's end.
    const kept = isStep(family) ? to.kept : from.kept;
    if (kept * to.utility <= best.value + acceptRateTolerance) continue;
    const middle = evaluate((from.dropRate + to.dropRate) / 2);
    open.push([middle, to], [from, middle]);
  }
  return best;
}

function isStep(family: DropPenalty): boolean {
  return family === 'step' || family === 'strictStep';
}
