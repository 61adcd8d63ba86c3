import { describe, expect, it } from 'vitest';
import { readGraphFile, type GraphContent } from '../../../server/src/graph/source.ts';

const YAML = `apiVersion: berth.dev/v1alpha1
kind: Graph
nodes:
  - { name: a, compute: 1us }
  - { name: a, compute: 2us }
`;
const JSON_TEXT = JSON.stringify(
  {
    nodes: [
      { id: 3, compute_us: 1 },
      { id: 3, compute_us: 1 },
    ],
    edges: [],
  },
  null,
  1,
);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the door to graphs', () => {
  it.each<[string, GraphContent, string, number]>([
    ['YAML', { path: '/x.graph.yaml', text: YAML }, '{ name: |a, compute: 2us }', 5],
    ['bytes of YAML', { path: '/x.graph.yaml', bytes: bytes(YAML) }, '{ name: |a, compute: 2us }', 5],
    ['JSON', { path: '/x.graph.json', text: JSON_TEXT }, '"id": |3,\n   "compute_us": 1\n  }\n ]', 8],
  ])('leads from a finding in %s to its line', (_, file, around, line) => {
    const text = 'text' in file ? file.text : YAML;
    const read = readGraphFile(file);
    const problems = read.ok ? [] : read.problems;
    expect(problems.map(({ code }) => code)).toEqual(['BERTH3002']);
    const start = text.lastIndexOf(around.replace('|', '')) + around.indexOf('|');
    expect(read.place(problems[0]!.path)).toEqual({ range: { start, end: start + 1 }, line });
  });

  it.each([
    ['/x.graph.json', '{\n "nodes": [', 'BERTH3009', 2],
    ['/x.graph.yaml', 'kind: Graph\nnodes: "', 'BERTH3009', 2],
    ['/x.graph.json', '\n', 'BERTH3005', 1],
    ['/x.graph.yaml', '# nothing yet', 'BERTH3005', 1],
  ])('says of %s that holds %j where reading ends', (path, text, code, line) => {
    const read = readGraphFile({ path, text });
    expect(read.ok ? [] : read.problems.map((problem) => problem.code)).toEqual([code]);
    expect(read.place([]).line).toBe(line);
  });

  it('does not take a key that is given twice for the place of something else', () => {
    const text = '{\n"meta": 1, "meta": 2, "nodes": [\n{ "id": 0, "compute_us": "fast" }], "edges": [] }';
    const read = readGraphFile({ path: '/x.graph.json', text });
    const [first] = read.ok ? [] : read.problems;
    expect(read.place(first!.path)).toMatchObject({ line: 3 });
  });

  it('takes a format by what a file holds, and the name of the graph from the file where it tells none', () => {
    const recorded = readGraphFile({ path: '/a/net.graph.yaml', text: JSON_TEXT.replace('"id": 3', '"id": 4') });
    expect(recorded.format?.name).toBe('recorded');
    expect(recorded.ok && recorded.graph.name).toBe('net');
    const other = readGraphFile({ path: 'C:\\a\\net.json', text: YAML.replace('name: a', 'name: b') });
    expect(other.format).toBeUndefined();
    expect(other.ok ? [] : other.problems).toMatchObject([{ code: 'BERTH3009' }]);
  });
});
