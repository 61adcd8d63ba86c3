/** Nodes whose data is the same object as before are read once: what is found must not depend on it. */
import { expect, it } from 'vitest';
import { readBerthGraph } from '../../../../server/src/graph/formats/berth.ts';

const node = (name: string, compute = '100us'): Record<string, unknown> => ({
  name,
  compute,
  memory: { output: '1kB' },
});
const file = (nodes: readonly unknown[]): unknown => ({ kind: 'Graph', nodes, edges: [{ from: 'a', to: 'b' }] });

it('gives the same graph for data that it has seen', () => {
  const nodes = [node('a'), node('b')];
  const first = readBerthGraph(file(nodes));
  const second = readBerthGraph(file(nodes));
  expect(second).toEqual(first);
  const fresh = readBerthGraph(structuredClone(file(nodes)));
  expect(fresh).toEqual(first);
});

it('tells of a fault in a node every time, and of the place that it has now', () => {
  const [good, bad] = [node('a'), node('b', '.nan')];
  const paths = (nodes: readonly unknown[]): unknown => {
    const read = readBerthGraph(file(nodes));
    return read.ok ? [] : read.problems.map(({ path }) => path.join('.'));
  };
  expect(paths([good, bad])).toEqual(['nodes.1.compute']);
  expect(paths([bad, good])).toEqual(['nodes.0.compute']);
  expect(paths([good, bad])).toEqual(['nodes.1.compute']);
  // One name twice is a fault of the two together.
  expect(paths([good, node('b'), good])).toEqual(['nodes.2.name']);
});
