/** Graphs that networkx writes as GraphML, read as graphs. It comes with PyTorch. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGraphFile } from '../../server/src/graph/source.ts';
import { json, PYTORCH } from './python.ts';

const PROGRAM = `
import json, sys
import networkx
graph = networkx.DiGraph()
for i in range(300):
    graph.add_node(f'block{i // 10}/op <{i}>', compute=f'{100 + i}us', memory=(i % 7) << 20, group=f'g{i // 100}')
names = list(graph)
for i in range(1, 300):
    graph.add_edge(names[i - 1], names[i], size='4Mi')
    if i >= 20:
        graph.add_edge(names[i - 20], names[i], size=1000 + i, tensor='skip')
networkx.write_graphml(graph, sys.argv[1] + '/net.graphml')
networkx.write_graphml(graph.to_undirected(), sys.argv[1] + '/undirected.graphml')
print(json.dumps({'nodes': names, 'edges': graph.number_of_edges()}))
`;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'berth-graphml-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(PYTORCH === undefined)('a graph of networkx has its nodes, edges and attributes', async () => {
  const said = (await json(PYTORCH!, PROGRAM, folder)) as { nodes: string[]; edges: number };
  const read = (name: string): ReturnType<typeof readGraphFile> =>
    readGraphFile({ path: join(folder, name), bytes: readFileSync(join(folder, name)) });
  const whole = read('net.graphml');
  if (!whole.ok) throw new Error(JSON.stringify(whole.problems));
  const { graph } = whole;
  expect(graph.names).toEqual(said.nodes);
  expect(graph.edgeCount).toBe(said.edges);
  expect([...graph.computeUs]).toEqual(said.nodes.map((_, i) => 100 + i));
  expect([...graph.permBytes]).toEqual(said.nodes.map((_, i) => (i % 7) * 2 ** 20));
  expect(graph.groups[299]).toBe('g2');
  expect([...new Set(graph.tensorBytes)].sort((a, b) => b - a).slice(0, 2)).toEqual([4 * 2 ** 20, 1299]);
  expect(whole.notes).toEqual([]);
  const undirected = read('undirected.graphml');
  expect(undirected.ok ? [] : undirected.problems).toMatchObject([
    { code: 'BERTH3054', params: { detail: expect.stringContaining('no direction') as string } },
  ]);
});
