/** A small seeded generator (xorshift32), so that a failing case can be run again. */
export function random(seed: number): { next(): number; int(below: number): number; pick<T>(from: readonly T[]): T } {
  let state = seed | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return {
    next,
    int: (below) => Math.floor(next() * below),
    pick: (from) => from[Math.floor(next() * from.length)]!,
  };
}
