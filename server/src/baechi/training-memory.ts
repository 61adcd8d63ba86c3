/** What training keeps on a device beside outputs: parameters, their gradients, and the state of the optimiser. */
import type { Graph } from '../graph/graph.ts';
import type { TrainingMemory } from '../spec/types.ts';

/** 32-bit numbers that the optimiser keeps for each parameter. */
const MOMENTS: Readonly<Record<NonNullable<TrainingMemory['optimizer']>, number>> = {
  sgd: 0,
  momentum: 1,
  adam: 2,
  adamw: 2,
};

/**
 * Bytes that stay for each byte of 32-bit parameters. In 32 bits: parameter, gradient and moments, 4 bytes each. In 16 bits: parameter and gradient
 * of 2 bytes each; with master weights a copy of 4 bytes and moments of 4 (16 bytes a parameter with Adam: Rajbhandari et al., ZeRO,
 * arXiv 1910.02054, section 3.1), without them moments of 2.
 */
export function bytesPerParameterByte({ optimizer, precision, masterWeights }: TrainingMemory): number {
  if (optimizer === undefined) return 1;
  const moments = MOMENTS[optimizer];
  if (precision === 'fp32') return 2 + moments;
  return masterWeights ? 1 + 1 + moments : 1 + moments / 2;
}

/** The graph with all that stays in its persistent bytes, which until then are parameters of 32 bits. */
export function withTrainingState(graph: Graph, memory: TrainingMemory | undefined): Graph {
  const factor = memory ? bytesPerParameterByte(memory) : 1;
  return factor === 1 ? graph : { ...graph, permBytes: graph.permBytes.map((bytes) => Math.ceil(bytes * factor)) };
}
