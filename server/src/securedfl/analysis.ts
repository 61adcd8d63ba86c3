import type { WirePrecision } from './admm.ts';
import { largestSafeIterations, surveyExposure } from './coalition.ts';
import type { CollusionQuestion } from './coalition.ts';
import { contraction, expectedMse, roundingMse } from './convergence.ts';
import type { Exposure, PartialSums } from './exposure.ts';
import { noiseWidths, plainShare } from './noise-margin.ts';
import type { Pattern } from './pattern.ts';
import type { PlanFailure, PlanRequest } from './planner.ts';
import { planPattern, safeGroupSizes } from './planner.ts';
import type { RhoRule } from './rho-schedule.ts';
import { rhoSchedule } from './rho-schedule.ts';
import type { Traffic } from './traffic.ts';
import { trafficOf } from './traffic.ts';
import { itemAt } from '../numeric/at.ts';

export interface AnalysisRequest extends PlanRequest, RhoRule {
  /** Aggregation weights p_0..p_{n-1}; equal when left out. */
  readonly weights?: readonly number[];
  readonly precision?: WirePrecision;
  /** Root mean square of the averaged weights, for the predicted error and the cover of the masks; that of a small trained network by default. */
  readonly meanRms?: number;
  /** Coalitions of each size that are examined one by one. */
  readonly coalitionLimit?: number;
}

/** What a federation would do and reveal, without running it. Sites are numbered as in the spec. */
export interface Analysis {
  readonly ok: true;
  readonly pattern: Pattern;
  /** Number of partitions; a pair meets again after this many iterations. */
  readonly gap: number;
  readonly iterations: number;
  readonly partialSums: PartialSums;
  readonly collusion: number;
  /** Every site, and each examined coalition of up to `collusion` sites, with what it learns exactly. */
  readonly leaks: readonly Exposure[];
  /** False when there were too many coalitions to examine all. */
  readonly exhaustive: boolean;
  /** Nobody learns more about the others than their average. */
  readonly meanOnly: boolean;
  /** Nobody recovers a single site's weights (that the average alone would not give away). */
  readonly noSiteRecovered: boolean;
  /** The largest number of iterations with which this pattern is `meanOnly`, at most the gap. */
  readonly safeIterations: number;
  readonly rho: readonly number[];
  /** Expected mean square error of z against the mean, and its shrinking since the first iteration, for 1..T. */
  readonly mse: readonly number[];
  readonly contraction: readonly number[];
  /** Root mean square error of z over that of the averaged weights, for 1..T: all of it, and what of it is rounding. */
  readonly errors: readonly { readonly total: number; readonly rounding: number }[];
  /** Width of the interval to which a message of iteration 1..T confines one weight of its sender. */
  readonly noiseWidths: readonly number[];
  /** Share of the last, most telling messages that is plain weight, where weights are as large as `meanRms`. */
  readonly plainShare: number;
  readonly traffic: Traffic;
  /** The most vectors that one site sends in an aggregation. */
  readonly vectorsPerSite: number;
}

/** Variance of the uniform distribution over [-1, 1), which the initial duals have. */
const DUAL_VARIANCE = 1 / 3;
/** The averaged weights of small trained networks lie around this. */
const TYPICAL_WEIGHT = 0.06;

function questionOf({ partialSums, collusion }: PlanRequest): Required<CollusionQuestion> {
  return { partialSums: partialSums ?? 'visible', collusion: collusion ?? 1 };
}

/**
 * Plans the pattern for n sites and works out what an aggregation with it reveals, how well it converges and what it
 * sends; or says why there is no pattern.
 *
 * @param request `iterations` ≥ 1, `rho` > 0, 1 ≤ `collusion` < n.
 * Cost: exact linear algebra for each of the n sites and for up to `coalitionLimit` coalitions of each further size;
 * for 15 sites and 2 iterations a few milliseconds.
 */
export function analyse(n: number, request: AnalysisRequest): Analysis | PlanFailure {
  const planned = planPattern(n, request);
  return planned.ok ? analysePattern(planned.pattern, request) : planned;
}

/** The same for a pattern that was planned before. */
export function analysePattern(pattern: Pattern, request: AnalysisRequest): Analysis {
  const { n } = pattern;
  const { iterations, precision = 'float32', meanRms = TYPICAL_WEIGHT } = request;
  const question = questionOf(request);
  const survey = surveyExposure(pattern, iterations, question, request.coalitionLimit);
  const rho = rhoSchedule(request, iterations);
  const weights = request.weights ?? new Array<number>(n).fill(1 / n);
  const assumptions = { meanRms, dualVariance: DUAL_VARIANCE, weights, precision };
  const mse = expectedMse(rho, assumptions);
  const rounded = roundingMse(rho, assumptions);
  const ofWeights = (square: number): number => Math.sqrt(square) / meanRms;
  const traffic = trafficOf(pattern, iterations);
  return {
    ok: true,
    pattern,
    gap: pattern.rounds.length,
    iterations,
    ...question,
    leaks: survey.exposures,
    exhaustive: survey.exhaustive,
    meanOnly: survey.exposures.every((found) => found.dimension <= 1),
    noSiteRecovered: survey.exposures.every((found) => found.sites.length === 0 || found.unknowns === 2),
    safeIterations: largestSafeIterations(pattern, 'mean-only', question),
    rho,
    mse,
    contraction: contraction(rho),
    errors: mse.map((square, i) => ({ total: ofWeights(square), rounding: ofWeights(itemAt(rounded, i)) })),
    noiseWidths: noiseWidths(rho),
    plainShare: plainShare(rho, meanRms),
    traffic,
    vectorsPerSite: traffic.vectorsPerSite,
  };
}

/** What could be written instead of an unsafe choice. */
export interface SaferChoices {
  /** The largest number of iterations with which the planned pattern reveals only the average; 0 without a pattern. */
  readonly iterations: number;
  /** Group sizes with which the wanted number of iterations reveals only the average, nearest first. */
  readonly groupSizes: readonly number[];
}

/** The nearest choices of iterations, and of the group size, that reveal nothing but the average. */
export function saferChoices(n: number, request: PlanRequest): SaferChoices {
  const planned = planPattern(n, request);
  return {
    iterations: planned.ok ? largestSafeIterations(planned.pattern, 'mean-only', questionOf(request)) : 0,
    groupSizes: safeGroupSizes(n, request),
  };
}
