// Turns, scales and shifts a picture of a digit a little, as another hand or another camera would have made it.
import { SIDE } from '../data/digits.mjs';

const CENTRE = (SIDE - 1) / 2;

/**
 * @param {ArrayLike<number>} pixels 784 numbers, row by row.
 * @param {{angle?: number, scale?: number, dx?: number, dy?: number}} view angle in radians, shift in pixels.
 * @returns {Float32Array} 784 numbers, read between the pixels where the view falls there.
 */
export function warp(pixels, { angle = 0, scale = 1, dx = 0, dy = 0 }) {
  const result = new Float32Array(SIDE * SIDE);
  const cos = Math.cos(angle) / scale;
  const sin = Math.sin(angle) / scale;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const right = x - CENTRE - dx;
      const down = y - CENTRE - dy;
      const fromX = cos * right + sin * down + CENTRE;
      const fromY = cos * down - sin * right + CENTRE;
      const left = Math.floor(fromX);
      const top = Math.floor(fromY);
      if (left < 0 || top < 0 || left >= SIDE - 1 || top >= SIDE - 1) continue; // outside is paper
      const at = top * SIDE + left;
      const partX = fromX - left;
      const partY = fromY - top;
      const upper = pixels[at] * (1 - partX) + pixels[at + 1] * partX;
      const lower = pixels[at + SIDE] * (1 - partX) + pixels[at + SIDE + 1] * partX;
      result[y * SIDE + x] = upper * (1 - partY) + lower * partY;
    }
  }
  return result;
}
