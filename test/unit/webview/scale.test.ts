import { describe, expect, test } from 'vitest';
import { linearScale, lineWidth, logScale, logTicks, ticks } from '../../../webview/src/drawing/scale.ts';

describe('a linear scale', () => {
  const scale = linearScale([0, 10], [100, 300]);
  test('maps its domain to its range and back', () => {
    expect(scale(0)).toBe(100);
    expect(scale(2.5)).toBe(150);
    expect(scale.invert(300)).toBe(10);
    for (const value of [0, 1.7, 9.99]) expect(scale.invert(scale(value))).toBeCloseTo(value, 12);
  });
  test('maps an empty domain to the middle', () => expect(linearScale([3, 3], [0, 10])(3)).toBe(5));
});

describe('a logarithmic scale', () => {
  const scale = logScale([0.001, 1], [90, 0]);
  test('gives each power of ten the same room', () => {
    expect(scale(0.001)).toBeCloseTo(90, 9);
    expect(scale(0.01)).toBeCloseTo(60, 9);
    expect(scale.invert(30)).toBeCloseTo(0.1, 12);
  });
  test('puts what has no logarithm at the lower end', () => {
    expect(scale(0)).toBeCloseTo(90, 9);
    expect(scale(-4)).toBeCloseTo(90, 9);
  });
});

describe('ticks', () => {
  test.each([
    [[0, 10], 5, [0, 2, 4, 6, 8, 10]],
    [[0, 1], 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [[0, 0.3], 3, [0, 0.1, 0.2, 0.3]],
    [[7, 7], 3, [7]],
    [[113, 287], 3, [200]],
  ] as const)('of %j, about %i, are %j', (domain, wanted, expected) => expect(ticks(domain, wanted)).toEqual(expected));

  test('stay inside, are round and evenly apart, whatever the domain', () => {
    for (const low of [0, -5, 1e-7, 12345.6]) {
      for (const span of [1e-6, 0.37, 4, 999, 3e7]) {
        const found = ticks([low, low + span], 5);
        expect(found.length).toBeLessThanOrEqual(11);
        for (const value of found) {
          expect(value).toBeGreaterThanOrEqual(low - span * 1e-6);
          expect(value).toBeLessThanOrEqual(low + span * (1 + 1e-6));
        }
      }
    }
  });

  test('of a logarithm are powers of ten, thinned', () => {
    expect(logTicks([0.001, 1], 4)).toEqual([0.001, 0.01, 0.1, 1]);
    expect(logTicks([1e-6, 1], 4)).toHaveLength(4);
  });
});

test('a line is wider by the logarithm of its bytes, within bounds', () => {
  expect(lineWidth(0)).toBe(1);
  expect(lineWidth(1024)).toBe(1);
  expect(lineWidth(2 ** 20)).toBeCloseTo(3.5, 9);
  expect(lineWidth(2 ** 40)).toBe(6);
});
