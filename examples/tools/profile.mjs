// Writes graphs/digits.graph.yaml: the network of models/digits.mjs with compute times and sizes measured on this machine.
//
//     node tools/profile.mjs            (from this folder, in a clone of Berth, on the Node that npm brings)
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { profileModule } from '../../server/src/deploy/runtime/training/profile.ts';

const BATCH = 32;
const nodes = [];
const edges = [];

/** Adds a node; returns its name, so that nodes nest as layers do. */
function node(name, op, ...inputs) {
  nodes.push({ name, layer: name.split('/')[0], op });
  for (const from of inputs) edges.push({ from, to: name });
  return name;
}

const convRelu = (name, op, input) =>
  node(`${name}-relu`, { type: 'relu' }, node(name, { type: 'conv', ...op }, input));

const images = node('input/images', { type: 'input', field: 'images' });
const labels = node('input/labels', { type: 'input', field: 'labels' });
const stem = node(
  'stem/pool',
  { type: 'maxPool', window: 2, stride: 2 },
  convRelu('stem/conv', { in: 1, out: 8, kernel: 5 }, images),
);
// Four branches side by side, as in the Inception networks: this is what a placement can spread over devices.
const block = (name, input, channels) =>
  node(
    `${name}/concat`,
    { type: 'concat' },
    convRelu(`${name}/a-conv1`, { in: channels, out: 8, kernel: 1 }, input),
    convRelu(`${name}/b-conv3`, { in: channels, out: 8, kernel: 3 }, input),
    convRelu(`${name}/c-conv5`, { in: channels, out: 4, kernel: 5 }, input),
    convRelu(
      `${name}/d-conv1`,
      { in: channels, out: 4, kernel: 1 },
      node(`${name}/d-pool`, { type: 'maxPool', window: 3, stride: 1 }, input),
    ),
  );
const mixed1 = node('mixed1/pool', { type: 'maxPool', window: 2, stride: 2 }, block('mixed1', stem, 8));
const mixed2 = block('mixed2', mixed1, 24);
// Two heads read the same features; their scores are added.
const wide = node(
  'head/wide-out',
  { type: 'dense', inputs: 64, units: 10 },
  node('head/wide-relu', { type: 'relu' }, node('head/wide', { type: 'dense', inputs: 24 * 49, units: 64 }, mixed2)),
);
const direct = node('head/direct', { type: 'dense', inputs: 24 * 49, units: 10 }, mixed2);
const scores = node('head/scores', { type: 'add' }, wide, direct);
node('loss/cross-entropy', { type: 'crossEntropy' }, scores, labels);

const profile = await profileModule({
  module: fileURLToPath(new URL('../models/digits.mjs', import.meta.url)),
  nodes,
  edges,
  batchSize: BATCH,
});

const flow = (value) =>
  `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${part}`)
    .join(', ')} }`;
const lines = [
  '# A small network with branches for the pictures of `mnist`, batches of 32. Times and sizes were measured by tools/profile.mjs.',
  'apiVersion: berth.dev/v1alpha1',
  'kind: Graph',
  'metadata: { name: digits }',
  'nodes:',
  ...profile.flatMap(({ name, computeUs, backwardUs, persistentBytes, temporaryBytes, outputBytes }, index) => [
    `  - name: ${name}`,
    `    layer: ${nodes[index].layer}`,
    `    compute: ${Math.max(1, Math.round(computeUs))}us`,
    // A node that no gradient passes costs the backward pass nothing worth a microsecond.
    `    backward: ${Math.max(1, Math.round(backwardUs ?? 0))}us`,
    `    memory: ${flow({ persistent: `${persistentBytes}B`, temporary: `${temporaryBytes}B`, output: `${outputBytes}B` })}`,
    `    op: ${flow(nodes[index].op)}`,
  ]),
  'edges:',
  ...edges.map((edge) => `  - ${flow(edge)}`),
];
await writeFile(new URL('../graphs/digits.graph.yaml', import.meta.url), `${lines.join('\n')}\n`);
const total = (pick) => profile.reduce((sum, part) => sum + (pick(part) ?? 0), 0);
console.log(`${nodes.length} nodes, ${edges.length} edges`);
console.log(`forward ${total((p) => p.computeUs) / 1000} ms, backward ${total((p) => p.backwardUs) / 1000} ms`);
console.log(`persistent ${total((p) => p.persistentBytes)} B, outputs ${total((p) => p.outputBytes)} B`);
