// Writes graphs/transformer.graph.yaml: a decoder of twelve layers, head by head, with times and sizes from its arithmetic.
//
//     node tools/make-transformer.mjs
import { writeFileSync } from 'node:fs';

const LAYERS = 12;
const HEADS = 4;
const WIDTH = 1024;
const HEAD = WIDTH / HEADS;
const TOKENS = 1024;
const WORDS = 32_000;
const BYTES = 2; // bfloat16

/** What a mid-range accelerator sustains: multiplications and additions a microsecond, bytes a microsecond, a launch. */
const FLOPS_PER_US = 60e6;
const BYTES_PER_US = 800e3;
const LAUNCH_US = 5;
/** Of each weight: itself, its gradient, and in float32 a master copy and two moments. */
const BYTES_PER_WEIGHT = 2 * BYTES + 3 * 4;

const nodes = [];
const edges = [];

/**
 * @param cost flops, weights (numbers), rows × columns of the output, scratch bytes.
 * @returns the name, so that nodes nest as layers do.
 */
function node(name, { flops = 0, weights = 0, columns, scratch = 0 }, ...inputs) {
  const output = TOKENS * columns * BYTES;
  const moved = output * (inputs.length + 1) + weights * BYTES;
  const us = LAUNCH_US + Math.max(flops / FLOPS_PER_US, moved / BYTES_PER_US);
  nodes.push({ name, us, persistent: weights * BYTES_PER_WEIGHT, temporary: scratch, output });
  for (const from of inputs) edges.push({ from, to: name });
  return name;
}

const matrix = (name, from, columns, input) =>
  node(name, { flops: 2 * TOKENS * from * columns, weights: from * columns, columns }, input);
const square = { flops: 2 * TOKENS * TOKENS * HEAD, scratch: TOKENS * TOKENS * BYTES };

function head(at, input) {
  const [q, k, v] = ['query', 'key', 'value'].map((part) => matrix(`${at}/${part}`, WIDTH, HEAD, input));
  const scores = node(`${at}/scores`, { ...square, columns: TOKENS }, q, k);
  const attention = node(`${at}/softmax`, { columns: TOKENS }, scores);
  return node(`${at}/context`, { ...square, columns: HEAD }, attention, v);
}

function layer(at, input) {
  const normed = node(`${at}/attention/norm`, { weights: WIDTH, columns: WIDTH }, input);
  const heads = Array.from({ length: HEADS }, (_, h) => head(`${at}/attention/head${h}`, normed));
  const joined = node(`${at}/attention/join`, { columns: WIDTH }, ...heads);
  const projected = matrix(`${at}/attention/project`, WIDTH, WIDTH, joined);
  const attended = node(`${at}/attention/add`, { columns: WIDTH }, input, projected);
  const again = node(`${at}/mlp/norm`, { weights: WIDTH, columns: WIDTH }, attended);
  const wide = node(`${at}/mlp/gelu`, { columns: 4 * WIDTH }, matrix(`${at}/mlp/up`, WIDTH, 4 * WIDTH, again));
  return node(`${at}/mlp/add`, { columns: WIDTH }, attended, matrix(`${at}/mlp/down`, 4 * WIDTH, WIDTH, wide));
}

let last = node('embed/words', { weights: WORDS * WIDTH, columns: WIDTH });
last = node('embed/positions', { weights: TOKENS * WIDTH, columns: WIDTH }, last);
for (let i = 0; i < LAYERS; i++) last = layer(`layer${String(i).padStart(2, '0')}`, last);
last = node('output/norm', { weights: WIDTH, columns: WIDTH }, last);
last = matrix('output/words', WIDTH, WORDS, last);
node('output/loss', { columns: 1 }, last);

const lines = [
  '# A transformer decoder of twelve layers, every attention head by itself. Made by tools/make-transformer.mjs, not measured.',
  'apiVersion: berth.dev/v1alpha1',
  'kind: Graph',
  'metadata: { name: transformer }',
  'nodes:',
  ...nodes.flatMap(({ name, us, persistent, temporary, output }) => [
    `  - name: ${name}`,
    `    layer: ${name.split('/').slice(0, -1).join('/')}`,
    `    compute: ${Math.round(us)}us`,
    `    backward: ${Math.round(2 * us)}us`,
    `    memory: { persistent: ${persistent}B, temporary: ${temporary}B, output: ${output}B }`,
  ]),
  'edges:',
  ...edges.map(({ from, to }) => `  - { from: ${from}, to: ${to} }`),
];
writeFileSync(new URL('../graphs/transformer.graph.yaml', import.meta.url), `${lines.join('\n')}\n`);
console.log(`${nodes.length} nodes, ${edges.length} edges`);
