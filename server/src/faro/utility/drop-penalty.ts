/**
 * The four penalty families of Faro, by which drops reduce a job's utility.
 * `step` judges results, `linear` draws them; the `strict` pair is what the Penalty objectives optimise.
 */
export type DropPenalty = 'step' | 'linear' | 'strictStep' | 'strictLinear';

/** Drop rates with their penalty; a step holds up to and including its drop rate. */
const steps: Record<DropPenalty, readonly (readonly [dropRate: number, penalty: number])[]> = {
  step: [
    [0.01, 0],
    [0.05, 0.25],
    [0.1, 0.5],
    [1, 1],
  ],
  linear: [
    [0.01, 0],
    [0.05, 0.25],
    [0.1, 0.5],
    [1, 1],
  ],
  strictStep: [
    [0.001, 0],
    [0.03, 0.25],
    [0.08, 0.5],
    [1, 1],
  ],
  strictLinear: [
    [0.001, 0],
    [0.03, 0.25],
    [0.08, 0.5],
    [1, 1],
  ],
};

/** Drop rates at which a penalty steps or bends, ascending; the last is 1. */
export function penaltyBreakpoints(family: DropPenalty): number[] {
  return steps[family].map(([dropRate]) => dropRate);
}

/** Penalty in [0, 1] of a drop rate, which is clipped to [0, 1]. One less an accept rate, with its rounding, is meant too. */
export function dropPenalty(dropRate: number, family: DropPenalty): number {
  const rate = Math.min(1, Math.max(0, dropRate));
  const linear = family === 'linear' || family === 'strictLinear';
  let [fromRate, fromPenalty] = [0, 0];
  for (const [toRate, toPenalty] of steps[family]) {
    if (rate <= toRate + 1e-12) {
      return linear ? fromPenalty + ((rate - fromRate) / (toRate - fromRate)) * (toPenalty - fromPenalty) : toPenalty;
    }
    [fromRate, fromPenalty] = [toRate, toPenalty];
  }
  return 1;
}

/** Effective utility: what is left of a utility when a share of the requests was dropped. */
export function effectiveUtility(utility: number, dropRate: number, family: DropPenalty = 'step'): number {
  return (1 - dropPenalty(dropRate, family)) * utility;
}
