import { expect, test } from 'vitest';
import { category, fill, OKABE_ITO, ramp } from '../../../webview/src/drawing/palette.ts';

test('the first eight categories have eight plain colours', () => {
  const colours = Array.from({ length: 8 }, (_, index) => category(index));
  expect(new Set(colours.map(({ colour }) => colour)).size).toBe(8);
  expect(colours.every(({ texture }) => texture === 'plain')).toBe(true);
  expect(colours.map(({ colour }) => colour)).toEqual([...OKABE_ITO]);
});

test('no two of the first twenty-four look alike', () => {
  const looks = Array.from({ length: 24 }, (_, index) => JSON.stringify(category(index)));
  expect(new Set(looks).size).toBe(24);
  expect(fill(9)).toBe('url(#category-9)');
});

test('the ramp goes up evenly in lightness and is bounded', () => {
  const lightness = [0, 0.25, 0.5, 0.75, 1].map((at) => Number(/oklch\(([\d.]+)/.exec(ramp(at))?.[1]));
  const steps = lightness.slice(1).map((value, index) => value - lightness[index]!);
  for (const step of steps) expect(step).toBeCloseTo(steps[0]!, 2);
  expect(ramp(7)).toBe(ramp(1));
  expect(ramp(NaN)).toBe(ramp(0));
});
