/** What was learnt of how long replicas of a job work on a request; plain data. */
export interface ServiceEstimate {
  readonly count: number;
  /** Sum of the times, in seconds, and of their squares. */
  readonly sum: number;
  readonly squares: number;
}

/** Nothing was seen yet. */
export const nothingServed: ServiceEstimate = { count: 0, sum: 0, squares: 0 };

/** For how many requests the declared time counts. */
const declaredCount = 50;
/** Share of the declared time that it is taken to vary by. */
const declaredVariation = 0.2;
/** Requests after which the past begins to fade, so that a job that gets slower is noticed. */
const rememberedCount = 20_000;

/** The estimate after some more requests. Times that are no positive number are not counted. */
export function withServed(estimate: ServiceEstimate, servedSeconds: readonly number[]): ServiceEstimate {
  let { count, sum, squares } = estimate;
  for (const seconds of servedSeconds) {
    if (!(seconds >= 0 && seconds < Infinity)) continue;
    count++;
    sum += seconds;
    squares += seconds * seconds;
  }
  const kept = Math.min(1, rememberedCount / count);
  return count === 0 ? nothingServed : { count: count * kept, sum: sum * kept, squares: squares * kept };
}

/** Mean and standard deviation in seconds: the declared time at first, then more and more what was seen. */
export function serviceMoments(
  { count, sum, squares }: ServiceEstimate,
  declaredSeconds: number,
): { readonly mean: number; readonly deviation: number } {
  const weight = count + declaredCount;
  const mean = (sum + declaredCount * declaredSeconds) / weight;
  const declaredSquare = declaredSeconds * declaredSeconds * (1 + declaredVariation * declaredVariation);
  const variance = (squares + declaredCount * declaredSquare) / weight - mean * mean;
  return { mean, deviation: Math.sqrt(Math.max(0, variance)) };
}
