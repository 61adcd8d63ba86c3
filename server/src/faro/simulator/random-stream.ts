/* eslint-disable @typescript-eslint/no-non-null-assertion -- the state has four words, and every event of the simulator draws some */

/** A source of pseudo-random numbers: the same seed and stream give the same numbers on every machine. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
  /** Exponential with mean 1. */
  readonly exponential: () => number;
  /** Normal with mean 0 and variance 1. */
  readonly normal: () => number;
}

/**
 * A small counting generator (sfc32: four words of state, period at least 2^32, passes the usual batteries) with
 * exponential variates by inversion and normal ones by the polar method.
 *
 * @param seed   any integer.
 * @param stream independent numbers for each name, so that one consumer's draws do not shift another's.
 */
export function randomStream(seed: number, stream: string): RandomStream {
  let hash = 0x9e3779b9 | 0;
  for (let i = 0; i < stream.length; i++) hash = Math.imul(hash ^ stream.charCodeAt(i), 0x01000193);
  // An array, since numbers that closures share are boxed anew whenever they change.
  const state = Int32Array.of(seed, Math.floor(seed / 2 ** 32), hash, 1);
  const word = (): number => {
    const [a, b, c, counter] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const sum = (((a + b) | 0) + counter) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = counter + 1;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i++) word();
  const uniform = (): number => word() / 2 ** 32;

  let spare = NaN;
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = NaN;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
  return { uniform, normal, exponential: () => -Math.log(1 - uniform()) };
}
