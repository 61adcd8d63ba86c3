/** Fills an array of at most 65536 bytes with random bytes, as `crypto.getRandomValues` does. */
export type RandomBytes = (bytes: Uint8Array<ArrayBuffer>) => void;

const CHUNK_BYTES = 65_536;

/**
 * The initial duals lambda^0 of one site for one attempt of one aggregation: `length` numbers uniform over [-1, 1), in
 * steps of 2^-52.
 *
 * They are all that hides the weights: draw them afresh for each attempt, from a cryptographic source. (The paper draws
 * from [0,1) with the training's own generator; around zero the first z has no bias, and what a peer may learn of past
 * duals says nothing of later ones.)
 */
export function initialDuals(length: number, randomBytes: RandomBytes): Float64Array<ArrayBuffer> {
  const duals = new Float64Array(length);
  const perChunk = CHUNK_BYTES / 8;
  for (let start = 0; start < length; start += perChunk) {
    const count = Math.min(perChunk, length - start);
    const bytes = new Uint8Array(count * 8);
    randomBytes(bytes);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      const high = view.getUint32(8 * i, true) >>> 5; // 27 bits
      const low = view.getUint32(8 * i + 4, true) >>> 6; // 26 bits
      duals[start + i] = (high * 2 ** 26 + low) / 2 ** 52 - 1;
    }
  }
  return duals;
}
