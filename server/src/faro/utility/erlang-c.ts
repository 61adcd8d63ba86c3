/**
 * Sum of T_k / T_n over k < n, where T_k = a^k / k! are the unnormalised state weights of an M/M/n queue.
 *
 * Summed downwards from k = n - 1, all terms are positive ratios: nothing cancels and no factorial is formed, so it is
 * exact to rounding for 10,000 servers. Infinity (nobody ever waits) once a term leaves the range of doubles.
 */
export function lowerStatesRatio(offeredLoad: number, servers: number): number {
  let term = 1;
  let sum = 0;
  for (let k = servers; k >= 1; k--) {
    term *= k / offeredLoad;
    sum += term;
    if (sum === Infinity) return Infinity;
    // Below k = a each term is smaller than the one before, and by a growing factor: the rest is geometric.
    if (k < offeredLoad && term < sum * 1e-18) break;
  }
  return sum;
}

/**
 * Probability that a request must wait in an M/M/c queue (Erlang C).
 *
 * @param offeredLoad a = arrival rate × mean service time, in erlangs; 0 <= a < servers.
 * @param servers     c > 0. A fractional c keeps the states of floor(c) servers and takes the load per server from c
 *                    itself, as Faro's continuous optimiser does; at integers this is Erlang C.
 */
export function waitingProbability(offeredLoad: number, servers: number): number {
  if (offeredLoad <= 0) return 0;
  return probabilityFromRatio(lowerStatesRatio(offeredLoad, Math.floor(servers)), offeredLoad, servers);
}

/** Erlang C from the ratio of {@link lowerStatesRatio}, for callers that carry the ratio along from c to c + 1. */
export function probabilityFromRatio(ratio: number, offeredLoad: number, servers: number): number {
  const spare = (servers - offeredLoad) / servers;
  return 1 / (1 + spare * ratio);
}

/**
 * A percentile of the waiting time in an M/M/c queue, in units of the mean service time.
 *
 * Waiting is exponential with rate (c - a) once a request has to wait at all, so percentiles below the share that
 * never waits are 0. Infinity when the load reaches the servers, or at the 100th percentile of a queue that can wait.
 */
export function waitPercentile(offeredLoad: number, servers: number, percentile: number): number {
  if (offeredLoad <= 0) return 0;
  if (offeredLoad >= servers) return Infinity;
  return waitFromProbability(waitingProbability(offeredLoad, servers), offeredLoad, servers, percentile);
}

/** {@link waitPercentile} where the waiting probability is known already. */
export function waitFromProbability(
  probability: number,
  offeredLoad: number,
  servers: number,
  percentile: number,
): number {
  const tail = Math.max(0, 1 - percentile / 100);
  if (probability <= tail) return 0;
  return Math.log(probability / tail) / (servers - offeredLoad);
}
