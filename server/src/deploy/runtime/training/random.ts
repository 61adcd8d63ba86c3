/** Seeded random numbers for initial weights: the same for a node whichever process it runs in. */

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** FNV-1a over UTF-16 code units: turns a node's name into the start of its own stream. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * SplitMix32: a Weyl sequence through a 32-bit finaliser. Good enough for initial weights and shuffles, never for keys.
 *
 * @param seed any number; its 32 low bits are used.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967296;
  };
}
