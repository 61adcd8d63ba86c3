import { expect, test } from 'vitest';
import { anchored, distance, first, fit, frameHeight, reveal, zoom } from '../../../webview/src/placement/camera.ts';

const frame = { width: 400, height: 300 };

test('fitting shows all, in the middle, and never enlarges', () => {
  const camera = fit({ width: 1600, height: 300 }, frame);
  expect(camera.x).toBeGreaterThanOrEqual(0);
  expect(camera.x + 1600 * camera.scale).toBeLessThanOrEqual(400);
  expect(camera.y * 2 + 300 * camera.scale).toBeCloseTo(300, 9);
  expect(fit({ width: 10, height: 10 }, frame).scale).toBe(1);
});

test('zooming keeps the point under the mouse where it is', () => {
  const before = { x: 30, y: -20, scale: 0.7 };
  const after = zoom(before, 1.8, 210, 99);
  expect((210 - before.x) / before.scale).toBeCloseTo((210 - after.x) / after.scale, 9);
  expect((99 - before.y) / before.scale).toBeCloseTo((99 - after.y) / after.scale, 9);
  expect(zoom(before, 1e9, 0, 0).scale).toBe(4);
  expect(zoom(before, 1e-9, 0, 0).scale).toBe(0.05);
});

test('revealing moves no more than needed', () => {
  const camera = { x: 0, y: 0, scale: 1 };
  expect(reveal(camera, { x: 100, y: 100, width: 50, height: 20 }, frame)).toEqual(camera);
  const moved = reveal(camera, { x: 600, y: 100, width: 50, height: 20 }, frame);
  expect(moved.y).toBe(0);
  expect(moved.x + 650).toBe(400 - 12);
});

test('a box keeps its place when the layout changes round it', () => {
  const camera = { x: 5, y: 5, scale: 0.5 };
  const before = { x: 100, y: 40, width: 60, height: 20 };
  const after = { x: 300, y: 90, width: 80, height: 20 };
  const moved = anchored(camera, before, after);
  expect(moved.x + (after.x + 40) * moved.scale).toBeCloseTo(camera.x + (before.x + 30) * camera.scale, 9);
});

test('far shows groups, near shows numbers', () => {
  expect([0.1, 0.6, 1].map(distance)).toEqual(['far', 'middle', 'near']);
});

test('a picture is first shown whole, or, where that would be dots, from its start at a readable scale', () => {
  expect(first({ width: 600, height: 300 }, frame)).toEqual(fit({ width: 600, height: 300 }, frame));
  const long = first({ width: 5000, height: 80 }, { width: 800, height: 150 });
  expect(long.scale).toBeGreaterThan(0.5);
  expect(long.x).toBeGreaterThan(0);
  expect(long.x).toBeLessThan(20);
  expect(2 * long.y + 80 * long.scale).toBeCloseTo(150, 9);
});

test('the frame is as high as its first view needs, within bounds', () => {
  expect(frameHeight({ width: 5000, height: 80 }, 800)).toBe(150);
  expect(frameHeight({ width: 700, height: 5000 }, 800)).toBe(560); // an upright one
  expect(frameHeight({ width: 776, height: 300 }, 800)).toBe(360);
});
