import { describe, expect, test } from 'vitest';
import type { GraphBox, GraphLine, GraphPicture } from '../../../server/src/preview/model.ts';
import { boxOfNode, directionOf, matching, pathOf, placeOf, walk } from '../../../webview/src/placement/graph-walk.ts';

function box(
  id: string,
  x: number,
  y: number,
  nodes: readonly string[] = [id],
  parent: string | null = null,
): GraphBox {
  return {
    ...{ id, label: id, count: nodes.length, nodes, device: 0, share: [1], computeUs: 1, memoryBytes: 1 },
    ...{ x, y, width: 40, height: 20, foldable: nodes.length > 1, parent, criticalUs: 0, pinned: 0 },
  };
}

function line(from: string, to: string): GraphLine {
  return { from, to, bytes: 1, count: 1, crossing: false, critical: false, points: [] };
}

function picture(boxes: readonly GraphBox[], lines: readonly GraphLine[] = []): GraphPicture {
  return { width: 400, height: 200, boxes, lines, opened: [], totalNodes: boxes.length, totalEdges: lines.length };
}

// a ─ b ─ d      in a row above, c below b
const grid = picture(
  [box('a', 0, 0), box('b', 100, 0), box('c', 100, 60), box('d', 200, 0)],
  [line('a', 'b'), line('b', 'd'), line('a', 'c'), line('c', 'd')],
);

describe('walking', () => {
  test.each([
    ['a', 'right', 'b'],
    ['b', 'right', 'd'],
    ['b', 'down', 'c'],
    ['c', 'up', 'b'],
    ['c', 'left', 'a'],
    ['d', 'left', 'b'],
    ['a', 'left', 'a'],
    ['d', 'right', 'd'],
  ] as const)('from %s %s leads to %s', (from, direction, to) => expect(walk(grid, from, direction)).toBe(to));

  test('a neighbour by a line is nearer than a stranger on the way', () => {
    const apart = picture([box('a', 0, 0), box('stranger', 60, 30), box('next', 110, 0)], [line('a', 'next')]);
    expect(walk(apart, 'a', 'right')).toBe('next');
  });

  test('every box of a row can be reached and left again', () => {
    const row = picture(Array.from({ length: 9 }, (_, index) => box(`n${index}`, index * 70, 0)));
    let at = 'n0';
    for (let step = 0; step < 8; step++) at = walk(row, at, 'right');
    expect(at).toBe('n8');
    for (let step = 0; step < 8; step++) at = walk(row, at, 'left');
    expect(at).toBe('n0');
  });

  test('only arrow keys walk', () => {
    expect(directionOf('ArrowUp')).toBe('up');
    expect(directionOf('a')).toBeNull();
  });
});

test('a selection lights its inputs and outputs to the ends, and not their other branches', () => {
  const lines = [line('a', 'b'), line('b', 'c'), line('x', 'c'), line('b', 'y')];
  expect([...pathOf(lines, 'b')].sort()).toEqual(['a', 'b', 'c', 'y']);
  expect([...pathOf(lines, 'x')].sort()).toEqual(['c', 'x']);
});

test('a node is found in its own box or in the folded one', () => {
  const folded = picture([box('block', 0, 0, ['block.a', 'block.b']), box('head', 80, 0)]);
  expect(boxOfNode(folded, 'block.b')?.id).toBe('block');
  expect(boxOfNode(folded, 'head')?.id).toBe('head');
  expect(boxOfNode(folded, 'other')).toBeUndefined();
});

test('a search finds boxes by any of their nodes, all words, any case', () => {
  const folded = picture([box('block', 0, 0, ['Conv.one', 'Pool.two']), box('head', 80, 0)]);
  expect(matching(folded, 'conv ONE').map(({ id }) => id)).toEqual(['block']);
  expect(matching(folded, 'conv two')).toEqual([]);
  expect(matching(folded, '  ')).toEqual([]);
});

test('a group that was opened is where the boxes are that came out of it', () => {
  const opened = picture([box('a', 0, 0), box('g.x', 100, 50, ['g.x'], 'g'), box('g.y', 200, 90, ['g.y'], 'g')]);
  expect(placeOf(opened, 'a')).toMatchObject({ x: 0, y: 0, width: 40, height: 20 });
  expect(placeOf(opened, 'g')).toEqual({ x: 100, y: 50, width: 140, height: 60 });
  expect(placeOf(opened, 'other')).toBeUndefined();
});
