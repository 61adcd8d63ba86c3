/** Reading graph files of 10,000 nodes and 20,000 edges, in every format whose files grow so large: from bytes to a graph, in CPU time. */
import { readGraphFile } from '../../server/src/graph/source.ts';
import { onnxFile } from '../unit/graph/formats/onnx-file.ts';
import { cpuTime } from './cpu-time.ts';

const NODES = 10_000;
const numbers = Array.from({ length: NODES }, (_, i) => i);
/** Each node reads the one before it and one further back. */
const edges = numbers.flatMap((i) => [i - 1, i - 37].filter((from) => from >= 0).map((from) => ({ from, to: i })));

const nodeOf = (i: number): Record<string, unknown> => ({
  name: `layer${Math.trunc(i / 25)}/op${i}`,
  compute: `${100 + (i % 900)}us`,
  memory: { persistent: `${1 + (i % 64)}Mi`, output: '256Ki' },
});
const nameOf = (i: number): string => nodeOf(i).name as string;

const json = (): string =>
  JSON.stringify({
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Graph',
    metadata: { name: 'net' },
    nodes: numbers.map(nodeOf),
    edges: edges.map(({ from, to }) => ({ from: nameOf(from), to: nameOf(to) })),
  });

const recorded = (): string =>
  JSON.stringify({
    nodes: numbers.map((id) => ({
      id,
      name: nameOf(id),
      compute_us: 100 + (id % 900),
      perm_bytes: 4096,
      temp_bytes: 0,
      out_bytes: 1024,
    })),
    edges: edges.map(({ from, to }, id) => ({ id, src: from, dst: to, bytes: 1024, tensor: `n${from}`, comm_us: 30 })),
  });

const yaml = (): string =>
  [
    'apiVersion: berth.dev/v1alpha1',
    'kind: Graph',
    'metadata: { name: net }',
    'nodes:',
    ...numbers.map(
      (i) =>
        `  - { name: ${nameOf(i)}, compute: ${100 + (i % 900)}us, memory: { persistent: ${1 + (i % 64)}Mi, output: 256Ki } }`,
    ),
    'edges:',
    ...edges.map(({ from, to }) => `  - { from: ${nameOf(from)}, to: ${nameOf(to)} }`),
    '',
  ].join('\n');

const dot = (): string =>
  [
    'digraph net {',
    ...numbers.map((i) => `  "${nameOf(i)}" [compute="${100 + (i % 900)}us", memory="4Mi", output="256Ki"];`),
    ...edges.map(({ from, to }) => `  "${nameOf(from)}" -> "${nameOf(to)}";`),
    '}',
  ].join('\n');

const graphml = (): string =>
  [
    '<graphml><key id="c" for="node" attr.name="compute"/><graph edgedefault="directed">',
    ...numbers.map((i) => `<node id="${nameOf(i)}"><data key="c">${100 + (i % 900)}us</data></node>`),
    ...edges.map(({ from, to }) => `<edge source="${nameOf(from)}" target="${nameOf(to)}"/>`),
    '</graph></graphml>',
  ].join('\n');

const onnx = (): Uint8Array =>
  onnxFile({
    inputs: { x: [8, 64] },
    weights: numbers.flatMap((i) => (i % 3 === 0 ? [{ name: `w${i}`, dims: [64, 64] }] : [])),
    nodes: numbers.map((i) => {
      const before = i === 0 ? 'x' : `t${i - 1}`;
      const second = i % 3 === 0 ? `w${i}` : i < 37 ? before : `t${i - 37}`;
      const scopes = ['', `layer${Math.trunc(i / 25)}`, 'op'];
      return {
        op: i % 3 === 0 ? 'MatMul' : 'Add',
        name: `op${i}`,
        inputs: [before, second],
        outputs: [`t${i}`],
        scopes,
      };
    }),
  });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export default [
  { format: 'JSON', path: '/net.graph.json', file: () => bytes(json()), target: 60 },
  { format: 'JSON, recorded', path: '/net.graph.json', file: () => bytes(recorded()), target: 60 },
  { format: 'YAML', path: '/net.graph.yaml', file: () => bytes(yaml()), target: 1000 },
  { format: 'ONNX', path: '/net.onnx', file: onnx, target: 200 },
  { format: 'DOT', path: '/net.dot', file: () => bytes(dot()) },
  { format: 'GraphML', path: '/net.graphml', file: () => bytes(graphml()) },
].map(({ format, path, file, target }) => {
  let content: Uint8Array;
  return {
    name: `a graph file of 10,000 nodes, ${format}, CPU`,
    runs: 9,
    ...(target === undefined ? {} : { target: { value: target, unit: 'ms' } }),
    setup: () => {
      content = file();
    },
    run: () =>
      cpuTime(() => {
        const read = readGraphFile({ path, bytes: content });
        if (!read.ok) throw new Error(`it cannot be read: ${JSON.stringify(read.problems[0])}`);
      }),
  };
});
