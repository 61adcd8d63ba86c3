import { expect, it } from 'vitest';
import { NodeQueue } from '../../../server/src/baechi/node-queue.ts';
import { numbers } from './small-graph.ts';

it('NodeQueue gives nodes by key, equal keys by rank, through growth and mixed use', () => {
  const next = numbers(5);
  const rank = Int32Array.from({ length: 500 }, (_, i) => (i * 211) % 500);
  const queue = new NodeQueue(rank);
  let held: { node: number; key: number }[] = [];
  for (let step = 0; step < 3000; step++) {
    if (held.length === 0 || next() < 0.55) {
      const item = { node: Math.floor(next() * 500), key: Math.floor(next() * 20) };
      held.push(item);
      queue.push(item.node, item.key);
    } else {
      held = held.sort((a, b) => a.key - b.key || rank[a.node]! - rank[b.node]!);
      const first = held.shift()!;
      expect([queue.first, queue.firstKey]).toEqual([first.node, first.key]);
      expect(queue.pop()).toBe(first.node);
    }
    expect(queue.size).toBe(held.length);
  }
});
