/**
 * The mulberry32 generator: a reproducible sequence of numbers in [0,1), each a multiple of 2^-32.
 *
 * For previews, tests and the random field elements of the rank test. Never for the duals of a real aggregation: its
 * whole state is 32 bits, and whoever knows it reads every message.
 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
