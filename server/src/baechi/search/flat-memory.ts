/** What nodes and transfers of a flat graph hold, by the accounting of a run. */
import { intAt, realAt } from '../../numeric/at.ts';
import type { Graph } from '../../graph/graph.ts';
import { lifetimeOf, TENSORFLOW, type Accounting, type MemoryRules } from '../accounting.ts';
import type { OutputLifetime } from '../memory.ts';
import { moduleMemory } from '../memory-pytorch.ts';
import type { FlatNumbers } from './flat-times.ts';

export interface FlatMemory {
  readonly accounting: Accounting;
  readonly lifetime: OutputLifetime;
  /** By node, bytes: what stays, what is there while it runs, and what it puts out. */
  readonly permBytes: Float64Array;
  readonly tempBytes: Float64Array;
  readonly outBytes: Float64Array;
  /** 1 for nodes whose outputs go with their last consumer. */
  readonly goes: Uint8Array;
  /** Bytes of a tensor, and of all tensors of an edge. */
  readonly tensorBytes: Float64Array;
  readonly edgeBytes: Float64Array;
}

export function flatMemory(graph: Graph, numbers: FlatNumbers, rules: MemoryRules = TENSORFLOW): FlatMemory {
  const lifetime = lifetimeOf(rules, graph);
  const byRank = (values: Float64Array): Float64Array =>
    Float64Array.from(numbers.nodes, (node) => realAt(values, node));
  const tensorBytes = Float64Array.from(numbers.tensors, (tensor) => realAt(graph.tensorBytes, tensor));
  const edgeBytes = Float64Array.from({ length: graph.edgeCount }, (_, e) => {
    const tensors = numbers.edgeTensors.subarray(intAt(numbers.tensorStart, e), intAt(numbers.tensorStart, e + 1));
    return tensors.reduce((sum, tensor) => sum + realAt(tensorBytes, tensor), 0);
  });
  const received = { accounting: rules.accounting, lifetime, tensorBytes, edgeBytes };
  if (rules.accounting === 'pytorch') {
    // What a node puts out counts as permanent, or not at all.
    const { permanent, temporary } = moduleMemory(graph, lifetime);
    const none = { outBytes: new Float64Array(graph.nodeCount), goes: new Uint8Array(graph.nodeCount) };
    return { ...received, ...none, permBytes: byRank(permanent), tempBytes: byRank(temporary) };
  }
  const goes = Uint8Array.from(numbers.nodes, (node) =>
    Number(lifetime === 'released' || graph.recomputed?.[node] === 1),
  );
  return {
    ...received,
    permBytes: byRank(graph.permBytes),
    tempBytes: byRank(graph.tempBytes),
    outBytes: byRank(graph.outBytes),
    goes,
  };
}
