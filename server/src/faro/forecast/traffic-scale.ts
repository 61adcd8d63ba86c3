/**
 * The scale on which traffic is modelled: square roots of counts. Counting noise has the same spread at every level there
 * (a Poisson count's root has variance 1/4 whatever its mean), and errors of a forecast come closer to being so.
 */
export function toRoot(count: number): number {
  return count > 0 ? Math.sqrt(count) : 0;
}

/** Requests at a root; roots below 0 mean none. */
export function fromRoot(root: number): number {
  return root > 0 ? root * root : 0;
}

/** Probabilities of the quantiles that our forecasters state. */
export const QUANTILE_LEVELS: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];

/** Position of the median among them. */
export const MEDIAN = QUANTILE_LEVELS.indexOf(0.5);
