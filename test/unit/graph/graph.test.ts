import { describe, expect, it } from 'vitest';
import { buildGraph, type NodeRow } from '../../../server/src/graph/graph.ts';

const node = (name: string, more: Partial<NodeRow> = {}): NodeRow => ({
  name,
  computeUs: 1,
  permBytes: 0,
  tempBytes: 0,
  outBytes: 0,
  ...more,
});

describe('buildGraph', () => {
  it('makes one edge per pair of nodes and one tensor per producer and name', () => {
    const graph = buildGraph(
      'g',
      [node('a'), node('b'), node('c')],
      [
        { src: 0, dst: 1, tensor: 'x', bytes: 4 },
        { src: 0, dst: 2, tensor: 'x', bytes: 4 },
        { src: 0, dst: 1, tensor: 'y', bytes: 8 },
        { src: 1, dst: 2, tensor: 'x', bytes: 2 },
        { src: 0, dst: 1, tensor: 'x', bytes: 4 },
      ],
    );
    expect([...graph.edgeSrc]).toEqual([0, 0, 1]);
    expect([...graph.edgeDst]).toEqual([1, 2, 2]);
    expect([...graph.edgeTensors.start]).toEqual([0, 2, 3, 4]);
    expect([...graph.edgeTensors.values]).toEqual([0, 1, 0, 2]);
    expect(graph.tensorNames).toEqual(['x', 'y', 'x']);
    expect([...graph.tensorProducer]).toEqual([0, 0, 1]);
    expect([...graph.tensorBytes]).toEqual([4, 8, 2]);
    expect([...graph.inEdges.row(2)]).toEqual([1, 2]);
  });

  it('folds by the explicit layer, else by the path in the name', () => {
    const graph = buildGraph('g', [node('top'), node('a/b/c'), node('a/d', { layer: 'other' })], []);
    expect(graph.layers).toEqual(['', 'a/b', 'other']);
  });

  it('has backward times as soon as one node has one', () => {
    expect(buildGraph('g', [node('a')], []).backwardUs).toBeUndefined();
    expect([...buildGraph('g', [node('a'), node('b', { backwardUs: 3 })], []).backwardUs!]).toEqual([Number.NaN, 3]);
  });

  it('refuses rows that no reader lets through', () => {
    const nodes = [node('a'), node('b')];
    const edge = (src: number, dst: number) => ({ src, dst, tensor: 'x', bytes: 1 });
    expect(() => buildGraph('g', nodes, [edge(0, 2)])).toThrow(RangeError);
    expect(() => buildGraph('g', nodes, [edge(1, 1)])).toThrow(RangeError);
    expect(() => buildGraph('g', nodes, [edge(0, 1), edge(1, 0)])).toThrow(/cycle/);
    expect(() => buildGraph('g', [node('a', { computeUs: 0 })], [])).toThrow(/no time/);
  });

  it('is made in a moment for 10,000 nodes', () => {
    const rows = Array.from({ length: 9999 }, (_, i) => ({ src: i, dst: i + 1, tensor: 'x', bytes: 1 }));
    const graph = buildGraph(
      'g',
      Array.from({ length: 10_000 }, (_, i) => node(`n${i}`)),
      rows.reverse(),
    );
    expect(graph.topoOrder[9999]).toBe(9999);
  });
});
