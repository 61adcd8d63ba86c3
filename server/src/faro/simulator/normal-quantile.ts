// Rational approximations of the normal quantile, in the centre and in the tails (P. J. Acklam); relative error below 1.2e-9.
const centreTop = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const centreBottom = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1,
];
const tailTop = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const tailBottom = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
const tailBegins = 0.02425;

/** The value that a standard normal variable stays below with this probability; infinite at 0 and 1. */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity;
  if (probability >= 1) return Infinity;
  if (probability < tailBegins) return tail(probability);
  if (probability > 1 - tailBegins) return -tail(1 - probability);
  const fromCentre = probability - 0.5;
  const square = fromCentre * fromCentre;
  return (fromCentre * polynomial(centreTop, square)) / polynomial(centreBottom, square);
}

function tail(probability: number): number {
  const depth = Math.sqrt(-2 * Math.log(probability));
  return polynomial(tailTop, depth) / polynomial(tailBottom, depth);
}

/** By Horner's rule, the highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}
