/**
 * What a latency is worth against its target.
 * - `step`: 1 when the target is met, else 0.
 * - `relaxed`: (target / latency)^alpha, at most 1; alpha = 1 in Faro.
 */
export type UtilityShape = { readonly kind: 'step' } | { readonly kind: 'relaxed'; readonly alpha: number };

/** The utility of Faro's experiments. */
export const defaultUtilityShape: UtilityShape = { kind: 'relaxed', alpha: 1 };

/**
 * Utility in [0, 1] of one latency (milliseconds) against its target (milliseconds); 0 for an infinite latency, and where
 * either is no number.
 */
export function utilityOf(latencyMs: number, sloMs: number, shape: UtilityShape = defaultUtilityShape): number {
  if (latencyMs <= sloMs) return 1;
  const share = sloMs / latencyMs;
  if (shape.kind === 'step' || !(share > 0)) return 0;
  return shape.alpha === 1 ? share : share ** shape.alpha;
}
