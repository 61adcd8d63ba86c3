/** Ways to account for memory: the one place that knows them all. */
import type { Graph } from '../graph/graph.ts';
import type { Colocation } from './grouping/colocation.ts';
import {
  neededRequirement,
  reservedRequirement,
  type GroupRequirement,
  type GroupReserve,
  type Reservations,
} from './grouping/reservations.ts';
import { memoryNeeds, outputLifetime, TensorFlowLedger, type MemoryLedger, type OutputLifetime } from './memory.ts';
import { HonestLedger } from './memory-honest.ts';
import { moduleMemory, PyTorchLedger } from './memory-pytorch.ts';
import { addToReal, intAt, realAt } from '../numeric/at.ts';

/**
 * `tensorflow`: outputs are released after their last consumer, received copies count for nothing. `pytorch`: nothing is
 * released, and what is received stays. `honest`: as TensorFlow's, and received copies count.
 */
export type Accounting = 'tensorflow' | 'pytorch' | 'honest';

export interface MemoryRules {
  readonly accounting: Accounting;
  /** How long outputs live; where it is not said, as the graph has it: kept where there are backward runs to come. */
  readonly lifetime?: OutputLifetime;
}

export const TENSORFLOW: MemoryRules = { accounting: 'tensorflow' };

/**
 * A ledger of nothing so far.
 *
 * @param deviceOf device of every node that is scheduled; whoever schedules fills it in.
 * @param placed whether `deviceOf` holds all devices from the beginning.
 */
export function ledgerOf(
  rules: MemoryRules,
  graph: Graph,
  deviceCount: number,
  deviceOf: Int32Array,
  placed: boolean,
  reservations?: Reservations,
): MemoryLedger {
  const lifetime = lifetimeOf(rules, graph);
  switch (rules.accounting) {
    case 'tensorflow':
      return new TensorFlowLedger(graph, deviceCount, deviceOf, lifetime, reservations);
    case 'honest':
      return new HonestLedger(graph, deviceCount, deviceOf, lifetime, placed, reservations);
    case 'pytorch':
      return new PyTorchLedger(graph, deviceCount, deviceOf, lifetime, reservations);
  }
}

/** PyTorch keeps what autograd will read, unless the run is said to be one of inference. */
export function lifetimeOf({ accounting, lifetime }: MemoryRules, graph: Graph): OutputLifetime {
  return lifetime ?? (accounting === 'pytorch' ? 'kept' : outputLifetime(graph));
}

/** What every node asks for when it runs on the device of its inputs, by node index, bytes. */
export function needsOf(rules: MemoryRules, graph: Graph): Float64Array {
  if (rules.accounting !== 'pytorch') return memoryNeeds(graph);
  const { permanent, temporary } = moduleMemory(graph, lifetimeOf(rules, graph));
  return permanent.map((bytes, i) => bytes + realAt(temporary, i));
}

/** What a group sets aside, by unit: with PyTorch's accounting all that stays of its members and their largest temporary bytes. */
export function reservationOf(
  rules: MemoryRules,
  graph: Graph,
  groups: Colocation,
  reserve: Exclude<GroupReserve, 'none'>,
): GroupRequirement {
  if (rules.accounting !== 'pytorch')
    return reserve === 'needed' ? neededRequirement(graph, groups) : reservedRequirement(graph, groups);
  const { permanent, temporary } = moduleMemory(graph, lifetimeOf(rules, graph));
  const stays = new Float64Array(groups.names.length);
  const passes = new Float64Array(groups.names.length);
  for (let i = 0; i < graph.nodeCount; i++) {
    const unit = intAt(groups.unitOf, i);
    addToReal(stays, unit, realAt(permanent, i));
    passes[unit] = Math.max(realAt(passes, unit), realAt(temporary, i));
  }
  return stays.map((bytes, unit) => bytes + realAt(passes, unit));
}
