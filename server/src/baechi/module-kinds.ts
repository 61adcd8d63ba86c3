/** Kinds of ops of which Baechi's PyTorch accounting knows better than the general rule what they keep and what they need. */
import type { Graph } from '../graph/graph.ts';

/**
 * `in-place`: writes into what it reads, or is a view of it: nothing of its own. `concatenate`: its output stays and nothing else. `pooling`: what it keeps
 * stays (maxima and where they were), and nothing else. `element-wise`: as much as its output while it runs, and its output stays.
 */
export type ModuleKind = 'in-place' | 'concatenate' | 'pooling' | 'element-wise';

/** By the name of an op in PyTorch, without namespace, overload and the underscore of those that work in place. */
const NAMES: Readonly<Record<string, ModuleKind>> = {
  alias: 'in-place',
  chunk: 'in-place',
  detach: 'in-place',
  expand: 'in-place',
  flatten: 'in-place',
  permute: 'in-place',
  select: 'in-place',
  slice: 'in-place',
  split: 'in-place',
  split_with_sizes: 'in-place',
  squeeze: 'in-place',
  t: 'in-place',
  transpose: 'in-place',
  unbind: 'in-place',
  unflatten: 'in-place',
  unsqueeze: 'in-place',
  view: 'in-place',
  cat: 'concatenate',
  concat: 'concatenate',
  concatenate: 'concatenate',
  max_pool1d: 'pooling',
  max_pool2d: 'pooling',
  max_pool2d_with_indices: 'pooling',
  max_pool3d: 'pooling',
  add: 'element-wise',
  masked_fill: 'element-wise',
  tanh: 'element-wise',
};

/** The kind of a node by its `op.type`, of nodes without weights that stand for one op of PyTorch. */
export function moduleKind({ ops, permBytes }: Graph, node: number): ModuleKind | undefined {
  const op = ops[node];
  if (typeof op?.type !== 'string' || Array.isArray(op.steps) || permBytes[node] !== 0) return undefined;
  const found = /^aten\.(?<name>[a-z]\w*?)(?<writes>_?)(?:\.\w+)?$/.exec(op.type)?.groups;
  const { name = '', writes } = found ?? {};
  if (writes === '_') return 'in-place';
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
}
