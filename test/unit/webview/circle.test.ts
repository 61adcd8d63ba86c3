import { expect, test } from 'vitest';
import { circle, hull, outline } from '../../../webview/src/federation/circle.ts';

test('sites stand on the circle, the first on top, clockwise', () => {
  const points = circle(4, { x: 50, y: 50 }, 10);
  expect(points).toEqual([
    { x: 50, y: 40 },
    { x: 60, y: 50 },
    { x: 50, y: 60 },
    { x: 40, y: 50 },
  ]);
});

test('a hull has the corners and nothing from within', () => {
  const square = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
    { x: 0, y: 10 },
  ];
  const corners = hull([...square, { x: 5, y: 5 }, { x: 5, y: 0 }]);
  expect(corners).toHaveLength(4);
  for (const corner of square) expect(corners).toContainEqual(corner);
});

test('an outline stays at its reach from every site, whether one, two or more', () => {
  for (const n of [1, 2, 3, 5]) {
    const points = circle(n, { x: 0, y: 0 }, 40);
    const path = outline(points, 12);
    const ends = [...path.matchAll(/(?:M|L|0 0 1 |0 1 1 )(-?[\d.]+) (-?[\d.]+)/g)].map((match) => ({
      x: Number(match[1]),
      y: Number(match[2]),
    }));
    expect(ends.length).toBeGreaterThan(1);
    for (const end of ends) {
      const nearest = Math.min(...points.map((point) => Math.hypot(point.x - end.x, point.y - end.y)));
      expect(nearest).toBeCloseTo(12, 1);
      // outside of the group, not within it
      if (n > 2) expect(Math.hypot(end.x, end.y)).toBeGreaterThan(40 * Math.cos(Math.PI / n));
    }
  }
});

test('no sites, no outline', () => expect(outline([], 10)).toBe(''));
