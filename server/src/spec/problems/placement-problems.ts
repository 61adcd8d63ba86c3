/** BERTH3xxx: graph files and placements. Judged by the graph readers and the Baechi engine. */
import { GRAPH_TITLES } from '../generated/graph-files.ts';
import { count, didYouMean, entry, joined, list, sentence } from './entry.ts';

export const PLACEMENT_PROBLEMS = {
  BERTH3001: entry<{ from: string; to: string; node: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Edge to an unknown node',
    message: (p) =>
      sentence(
        `The edge "${p.from}" → "${p.to}" names the node "${p.node}", which does not exist${didYouMean(p.suggestion, p.node)}`,
      ),
    hint: 'Correct the name or add the node.',
    example: { from: 'conv1', to: 'pol1', node: 'pol1', suggestion: 'pool1' },
  }),
  BERTH3002: entry<{ node: string }>({
    severity: 'error',
    title: 'Two nodes with one name',
    message: (p) => `Two nodes are called "${p.node}".`,
    hint: 'Rename one of the two.',
    example: { node: 'conv1' },
  }),
  BERTH3003: entry<{ cycle: readonly string[] }>({
    severity: 'error',
    title: 'Cycle in the graph',
    message: (p) => `The graph has a cycle: ${cycleText(p.cycle)}.`,
    hint: 'Remove one of these edges: a graph is executed once from its inputs to its outputs.',
    example: { cycle: ['a', 'b', 'c'] },
  }),
  BERTH3004: entry<{ where: string; value: string }>({
    severity: 'error',
    title: 'Not a finite number',
    message: (p) => `"${p.where}" must be a finite number that is not negative, but is ${p.value}.`,
    hint: 'Give a measured time or size.',
    example: { where: 'compute', value: '.nan' },
  }),
  BERTH3005: entry<Record<never, never>>({
    severity: 'error',
    title: 'Empty graph',
    message: () => 'The graph has no nodes.',
    hint: 'Add a node with its compute time and memory.',
    example: {},
  }),
  BERTH3006: entry<{ node: string }>({
    severity: 'error',
    title: 'Edge from a node to itself',
    message: (p) => `An edge leads from "${p.node}" to itself.`,
    hint: 'Remove the edge.',
    example: { node: 'conv1' },
  }),
  BERTH3007: entry<{ detail: string }>({
    severity: 'error',
    title: 'Not a graph file',
    message: (p) => sentence(`This file is no graph that Berth reads: ${p.detail}`),
    hint: `Give ${joined(GRAPH_TITLES)}.`,
    example: { detail: 'it has no "nodes"' },
  }),
  BERTH3008: entry<{ where: string; detail: string }>({
    severity: 'error',
    title: 'Graph value malformed',
    message: (p) => sentence(`"${p.where}" cannot be read: ${p.detail}`),
    hint: 'Correct the value; the graph reference tells the form of each key.',
    example: { where: 'nodes[3].compute', detail: '"fast" is not a duration' },
  }),
  BERTH3009: entry<Record<never, never>>({
    severity: 'error',
    title: 'Graph file damaged',
    message: () => 'The graph file has errors of its own.',
    hint: 'Open the graph file: they are marked there.',
    example: {},
  }),
  BERTH3010: entry<{ node: string; need: string; largest: string; others?: number | undefined }>({
    severity: 'error',
    title: 'Node larger than every device',
    message: (p) =>
      `The node "${p.node}" needs ${p.need}, and the largest device has ${p.largest}${p.others ? `; ${count(p.others, 'other node')} ${p.others === 1 ? 'does' : 'do'} not fit either` : ''}.`,
    hint: 'Use a device with more memory, or split the node.',
    example: { node: 'embedding', need: '12Gi', largest: '8Gi', others: 1 },
  }),
  BERTH3011: entry<{ algorithm: string; node: string; need: string; free: readonly string[] }>({
    severity: 'error',
    title: 'No placement fits',
    message: (p) =>
      `With ${p.algorithm.replace(/^Every/, 'every')}, no device has room for "${p.node}": it needs ${p.need}${p.free.length > 0 ? `, and what is left is ${p.free.join(', ')}` : ''}.`,
    hint: 'Add a device, give the devices more memory, or let "algorithm: auto" try the others.',
    example: { algorithm: 'm-ETF', node: 'fc7', need: '1.2Gi', free: ['0.4Gi on gpu0', '0.9Gi on gpu1'] },
  }),
  BERTH3012: entry<{ what: 'node' | 'device'; name: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Pin names something unknown',
    message: (p) =>
      sentence(
        `There is no ${p.what} "${p.name}" to pin${p.what === 'device' ? ' to' : ''}${didYouMean(p.suggestion, p.name)}`,
      ),
    hint: (p) =>
      p.what === 'node'
        ? 'Use the name of a node in the graph file.'
        : 'Use the name of a device; "gpu" with count 2 makes "gpu0" and "gpu1".',
    example: { what: 'device', name: 'gpu9', suggestion: 'gpu0' },
  }),
  BERTH3013: entry<{ missing: number; nodes: readonly string[] }>({
    severity: 'error',
    title: 'Pins do not cover the graph',
    message: (p) =>
      `"algorithm: pinned" needs a pin for every node; ${list(p.nodes, 'and', 4)} ${p.missing === 1 ? 'has' : 'have'} none.`,
    hint: 'Pin every node, or let another algorithm place those without a pin.',
    example: { missing: 2, nodes: ['conv1', 'conv2'] },
  }),
  BERTH3014: entry<{ device: string; peak: string; memory: string; lacks?: string | undefined }>({
    severity: 'error',
    title: 'Device runs out of memory',
    message: (p) =>
      `"${p.device}" would need ${p.peak} at its peak, ${p.lacks === undefined ? `and has ${p.memory}` : `${p.lacks} more than the ${p.memory} it has`}.`,
    hint: 'Give it more memory, add a device, or pin fewer nodes to it.',
    example: { device: 'gpu0', peak: '9.4 Gi', memory: '8 Gi', lacks: '1.4 Gi' },
  }),
  BERTH3015: entry<{ nodes: number; limit: number }>({
    severity: 'error',
    title: 'Graph too large',
    message: (p) => `The graph has ${count(p.nodes, 'node')}; the limit is ${p.limit}.`,
    hint: 'Fuse nodes into layers before placing them.',
    example: { nodes: 250_000, limit: 100_000 },
  }),
  BERTH3016: entry<{ format: string; size: string; limit: string }>({
    severity: 'error',
    title: 'Graph file too large',
    message: (p) => sentence(`The file holds ${p.size}, and the limit is ${p.limit} for ${p.format}`),
    hint: 'Fuse nodes into layers, and leave out of the file what is no part of the graph, such as weights.',
    example: { format: 'a recorded graph', size: '52Mi', limit: '32Mi' },
  }),
  BERTH3020: entry<{ group: string; nodes: number; need: string; largest: string; others?: number | undefined }>({
    severity: 'warning',
    title: 'Group larger than every device',
    message: (p) =>
      `The ${count(p.nodes, 'node')} of the group "${p.group}" need at least ${p.need} together, and the largest device has ${p.largest}: they cannot all be on one device${p.others ? `, nor can those of ${count(p.others, 'other group')}` : ''}.`,
    hint: 'Use a device with more memory, or split the group.',
    example: { group: 'embedding', nodes: 3, need: '12Gi', largest: '8Gi', others: 1 },
  }),
  BERTH3030: entry<{ name: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Link to an unknown device',
    message: (p) => sentence(`There is no device "${p.name}" for a link to join${didYouMean(p.suggestion, p.name)}`),
    hint: 'Use the name of a device, or of an entry of "devices" with a count, which stands for all of its devices.',
    example: { name: 'gpu9', suggestion: 'gpu0' },
  }),
  BERTH3031: entry<{ key: 'host' | 'rack' }>({
    severity: 'warning',
    title: 'Link joins no devices',
    message: (p) => `No two devices have the same "${p.key}", so that this link joins nothing.`,
    hint: (p) => `Say of the devices in which ${p.key} they are: "devices[].${p.key}".`,
    example: { key: 'host' },
  }),
  BERTH3032: entry<{ algorithm: string; nodes: number; limit: number }>({
    severity: 'error',
    title: 'Graph too large for the algorithm',
    message: (p) => `"${p.algorithm}" places graphs of ${p.limit} nodes at most, and this one has ${p.nodes}.`,
    hint: 'Let "algorithm: auto" place it, or another one.',
    example: { algorithm: 'exact', nodes: 40, limit: 14 },
  }),
  BERTH3033: entry<{ name: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Layer to recompute is unknown',
    message: (p) => sentence(`The graph has no layer "${p.name}" to recompute${didYouMean(p.suggestion, p.name)}`),
    hint: 'Use the name of a layer: what stands before the last "/" of its nodes\' names, or their "layer".',
    example: { name: 'blok1', suggestion: 'block1' },
  }),
  BERTH3060: entry<{ name: string; suggestion?: string | undefined }>({
    severity: 'warning',
    title: 'Nothing to keep whole',
    message: (p) =>
      sentence(`The graph has no layer and no class "${p.name}" to keep whole${didYouMean(p.suggestion, p.name)}`),
    hint: 'Use a path of layers, in which "*" stands for any part of one name, or a class that the graph file names under "keepWhole".',
    example: { name: 'GPT2Blok', suggestion: 'GPT2Block' },
  }),
  BERTH3034: entry<{ what: 'devices' | 'nodes'; needs: number; has: number }>({
    severity: 'error',
    title: 'Pipeline larger than what there is',
    message: (p) =>
      p.what === 'devices'
        ? `The pipeline takes ${count(p.needs, 'device')}, and there ${p.has === 1 ? 'is' : 'are'} ${p.has}.`
        : `The pipeline has ${count(p.needs, 'stage')}, and the graph only ${count(p.has, 'node')}.`,
    hint: 'Take fewer stages, chunks or replicas.',
    example: { what: 'devices', needs: 8, has: 4 },
  }),
  BERTH3035: entry<{ device: string; peak: string; memory: string; microBatches: number }>({
    severity: 'error',
    title: 'Pipeline runs out of memory',
    message: (p) =>
      `With ${count(p.microBatches, 'micro-batch', 'micro-batches')} the pipeline needs ${p.peak} on "${p.device}", which has ${p.memory}.`,
    hint: 'Cut the batch into more micro-batches, take "1f1b", recompute layers, or add a device.',
    example: { device: 'gpu0', peak: '9.4 Gi', memory: '8 Gi', microBatches: 4 },
  }),
  BERTH3036: entry<{ microBatches: number; devices: number }>({
    severity: 'error',
    title: 'Interleaved pipeline does not come out even',
    message: (p) =>
      `An interleaved pipeline on ${count(p.devices, 'device')} takes micro-batches in multiples of ${p.devices}, not ${p.microBatches}.`,
    hint: 'Give such a number, or a batch size of which it is a part.',
    example: { microBatches: 6, devices: 4 },
  }),
  BERTH3037: entry<{ remedies: readonly string[] }>({
    severity: 'information',
    title: 'What would make it fit',
    message: (p) => sentence(`It would fit ${p.remedies.join('; or ')}`),
    hint: 'Take one of these ways; the time is that of one step, as a quick placement has it.',
    example: {
      remedies: ['with 9.5Gi of memory on each device (12.1 ms)', 'with one more device like "gpu0" (10.4 ms)'],
    },
  }),
  BERTH3038: entry<{ stays: string; has: string; each: string; devices: number }>({
    severity: 'error',
    title: 'Proved: no placement fits',
    message: (p) =>
      `Whatever the placement, weights and results that stay take ${p.stays}, and ${p.devices === 1 ? 'the device has' : `the ${p.devices} devices together have`} ${p.has}.`,
    hint: (p) => `Give each device ${p.each} at the very least, or add devices.`,
    example: { stays: '1.2Gi', has: '1Gi', each: '310Mi', devices: 4 },
  }),
  BERTH3039: entry<{ peak: string; device: string; memory: string }>({
    severity: 'information',
    title: 'No placement found, none ruled out',
    message: (p) =>
      `A placement that fits was not found, and it is not proved that there is none: the closest one needs ${p.peak} on "${p.device}", which has ${p.memory}.`,
    hint: 'A larger "budget" lets the search look further.',
    example: { peak: '8.4Gi', device: 'gpu0', memory: '8Gi' },
  }),
  BERTH3040: entry<{ node: string; device: string; other: string; there: string; group: string }>({
    severity: 'error',
    title: 'Pins tear a group apart',
    message: (p) =>
      sentence(
        `"${p.node}" is pinned to "${p.device}" and "${p.other}" to "${p.there}", and both belong to the group "${p.group}"`,
      ),
    hint: 'Pin them to one device, or let nodes go where they like with "groups: { keep: none }".',
    example: { node: 'decoder', device: 'gpu1', other: 'encoder', there: 'gpu0', group: 'embedding' },
  }),
  BERTH3050: entry<{ what: string }>({
    severity: 'error',
    title: 'Pickles are not read',
    message: (p) =>
      sentence(`This file is ${p.what}. Reading a pickle runs whatever code it names, so Berth never does`),
    hint: 'Give the module that builds the model to "berth profile", which writes a graph file; or export it with torch.onnx.export and give the .onnx file.',
    example: { what: 'a model or checkpoint of PyTorch, whose contents are a pickle' },
  }),
  BERTH3051: entry<{ parts: number; node: string }>({
    severity: 'information',
    title: 'Graph in several parts',
    message: (p) => `The graph consists of ${p.parts} parts that no edge connects; a second one begins at "${p.node}".`,
    hint: 'If an edge is missing, add it. Otherwise all is well: the parts are placed side by side.',
    example: { parts: 2, node: 'aux/conv' },
  }),
  BERTH3052: entry<{ missing: number; nodes: number; first: string }>({
    severity: 'information',
    title: 'Nodes without a time',
    message: (p) =>
      `${p.missing} of ${count(p.nodes, 'node')} ${p.missing === 1 ? 'has' : 'have'} no compute time, the first of them "${p.first}": the least time, 1 µs, is counted.`,
    hint: 'Give each node its "compute" time, or let "berth profile" measure them.',
    example: { missing: 3, nodes: 40, first: 'conv1' },
  }),
  BERTH3053: entry<{ nodes: number; device: string }>({
    severity: 'information',
    title: 'Times are estimated',
    message: (p) =>
      `The times of ${count(p.nodes, 'node')} are estimated, not measured: from operations and bytes, for ${p.device}.`,
    hint: 'Take comparisons for what they are. "berth profile" measures the times on a device of yours.',
    example: { nodes: 120, device: 'a device of 10 TFLOP/s and 500 GB/s' },
  }),
  BERTH3054: entry<{ format: string; detail: string }>({
    severity: 'error',
    title: 'Graph file cut short or damaged',
    message: (p) => sentence(`This is no whole file of ${p.format}: ${p.detail}`),
    hint: 'Write or copy the file anew; where it was written by hand, correct it there.',
    example: { format: 'ONNX', detail: 'it ends within a field of 3145728 bytes' },
  }),
  BERTH3055: entry<{ names: readonly string[] }>({
    severity: 'information',
    title: 'Sizes that the file leaves open',
    message: (p) =>
      `The file leaves ${list(p.names, 'and', 4)} open: ${p.names.length === 1 ? 'it counts' : 'they count'} as 1.`,
    hint: 'Export the model with the batch and lengths that it is to run with.',
    example: { names: ['batch', 'sequence'] },
  }),
  BERTH3056: entry<{ tensors: number; first: string }>({
    severity: 'information',
    title: 'Tensors without a shape',
    message: (p) =>
      `Of ${count(p.tensors, 'tensor')} neither the file nor its operations tell the size, the first of them "${p.first}": 0 B are counted.`,
    hint: 'Infer shapes before you save the model, with onnx.shape_inference or add_shapes=True.',
    example: { tensors: 4, first: 'nms/boxes' },
  }),
  BERTH3057: entry<{ node: string; value: number }>({
    severity: 'error',
    title: 'Size or time too large',
    message: (p) =>
      `A time or size of "${p.node}" is ${p.value}, and the largest that is counted exactly is ${Number.MAX_SAFE_INTEGER}.`,
    hint: 'Correct the value, or its unit: sizes are bytes, times are microseconds.',
    example: { node: 'conv1', value: 1e18 },
  }),
};

/** `a → b → c → a`, shortened in the middle. */
function cycleText(cycle: readonly string[]): string {
  const shown = cycle.length > 8 ? [...cycle.slice(0, 4), '…', ...cycle.slice(-3)] : cycle;
  return [...shown, cycle[0] ?? ''].join(' → ');
}
