import { describe, expect, it } from 'vitest';
import { buildGraph, type Graph } from '../../../server/src/graph/graph.ts';
import { foldTree, shownFolds } from '../../../server/src/preview/fold.ts';
import { graphPicture, type PictureOptions } from '../../../server/src/preview/graph-picture.ts';

/** A chain of `layers` layers with `width` nodes each, every node fed by all of the layer before. */
function layered(layers: number, width: number, named = true): Graph {
  const nodes = Array.from({ length: layers * width }, (_, i) => ({
    name: named ? `block${Math.floor(i / width)}/op${i % width}` : `n${i}`,
    computeUs: 10,
    permBytes: 1,
    tempBytes: 0,
    outBytes: 1,
  }));
  const edges = [];
  for (let layer = 1; layer < layers; layer++) {
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++)
        edges.push({ src: (layer - 1) * width + a, dst: layer * width + b, tensor: 'out', bytes: 100 });
  }
  return buildGraph('net', nodes, edges);
}

const PLAIN: Omit<PictureOptions, 'deviceCount'> = {
  opened: [],
  direction: 'right',
  pins: {},
  criticalPath: { nodeUs: new Float64Array(2000), passes: () => false },
};

const covered = (graph: Graph, opened: readonly string[]): number[] =>
  shownFolds(foldTree(graph), opened)
    .flatMap(({ fold }) => fold.nodes)
    .sort((a, b) => a - b);

describe('folding a graph', () => {
  it('shows a small graph whole', () => {
    const graph = layered(3, 3);
    expect(shownFolds(foldTree(graph), []).map(({ fold }) => fold.label)).toEqual(
      graph.names.map((name) => name.split('/')[1]),
    );
  });

  it('folds a large one by its layers, and opens what is asked for', () => {
    const graph = layered(40, 30);
    const shown = shownFolds(foldTree(graph), []);
    expect(shown.map(({ fold }) => fold.label).slice(0, 2)).toEqual(['block0', 'block1']);
    const opened = shownFolds(foldTree(graph), ['folded:block1']);
    expect(opened).toHaveLength(39 + 30);
    expect(opened.filter(({ parent }) => parent === 'folded:block1')).toHaveLength(30);
  });

  it('opens a group that was shown because its parent unfolded by itself', () => {
    const nodes = Array.from({ length: 60 }, (_, i) => ({
      name: `half${i % 2}/part${i % 4}/op${i}`,
      computeUs: 10,
      permBytes: 1,
      tempBytes: 0,
      outBytes: 1,
    }));
    const tree = foldTree(buildGraph('net', nodes, []));
    expect(shownFolds(tree, []).map(({ fold }) => fold.id)).toEqual([
      'folded:half0/part0',
      'folded:half0/part2',
      'folded:half1/part1',
      'folded:half1/part3',
    ]);
    expect(shownFolds(tree, ['folded:half0/part2'])).toHaveLength(3 + 15);
  });

  it('lays a long chain out in rows instead of a strip', async () => {
    const nodes = Array.from({ length: 40 }, (_, i) => ({
      name: `op${i}`,
      computeUs: 10,
      permBytes: 1,
      tempBytes: 0,
      outBytes: 1,
    }));
    const chain = buildGraph(
      'chain',
      nodes,
      nodes.slice(1).map((_, i) => ({ src: i, dst: i + 1, tensor: 'out', bytes: 1 })),
    );
    const picture = await graphPicture(chain, new Int32Array(40), { ...PLAIN, deviceCount: 1 });
    expect(picture.width / picture.height).toBeLessThan(6);
  });

  it('cuts a graph without layers by depth', () => {
    const shown = shownFolds(foldTree(layered(100, 20, false)), []);
    expect(shown.length).toBeLessThanOrEqual(48);
    expect(shown[0]?.fold.label).toMatch(/^depth 0/);
  });

  it('never draws more than 200 boxes, whatever is opened, and never loses a node', () => {
    for (const graph of [layered(40, 30), layered(200, 10, false), layered(500, 4)]) {
      const every = shownFolds(foldTree(graph), []).map(({ fold }) => fold.id);
      const shown = shownFolds(foldTree(graph), every);
      expect(shown.length).toBeLessThanOrEqual(200);
      expect(covered(graph, every)).toEqual(Array.from({ length: graph.nodeCount }, (_, i) => i));
    }
  });

  it('lays boxes out without overlap, and counts what lines carry', async () => {
    const graph = layered(6, 4);
    const device = Int32Array.from({ length: graph.nodeCount }, (_, i) => (i < 12 ? 0 : 1));
    const picture = await graphPicture(graph, device, { ...PLAIN, deviceCount: 2 });
    for (const a of picture.boxes) {
      for (const b of picture.boxes) {
        if (a === b) continue;
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart, `${a.id} and ${b.id}`).toBe(true);
      }
    }
    expect(picture.lines.filter((line) => line.crossing)).toHaveLength(16);
    expect(picture.lines.every((line) => line.points.length >= 2 && line.bytes === 100)).toBe(true);
  });
});
