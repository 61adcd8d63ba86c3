import { realAt } from '../numeric/at.ts';
import { memoryNeeds } from './memory.ts';
import type { TrainingRun } from './training-run.ts';

/** Why no placement of a run can fit, whatever it is. */
export interface MemoryProof {
  /** Bytes that are on the devices when a step is over, together, wherever its nodes ran. */
  readonly staysBytes: number;
  /** Bytes that the devices have together. */
  readonly hasBytes: number;
  /** With less on each of as many devices nothing fits; with as much something may. */
  readonly leastEachBytes: number;
}

/**
 * The proof that no placement fits, where there is a simple one: when a step is over, every node's persistent bytes are on some device, and
 * so are outputs that nobody consumes, but for PyTorch's accounting without a backward pass, where these are gone.
 *
 * @returns undefined where this proves nothing: a placement may still not exist.
 */
export function provedTooLittle({ graph, step, devices, rules }: TrainingRun): MemoryProof | undefined {
  const outputsStay = rules.memory?.accounting !== 'pytorch';
  let staysBytes = 0;
  for (let node = 0; node < step.nodeCount; node++) {
    staysBytes += realAt(step.permBytes, node);
    if (outputsStay && step.outEdges.length(node) === 0) staysBytes += realAt(step.outBytes, node);
  }
  const hasBytes = devices.reduce((sum, { memory }) => sum + memory, 0);
  if (staysBytes <= hasBytes) return undefined;
  const largest = memoryNeeds(graph).reduce((most, bytes) => Math.max(most, bytes), 0);
  return { staysBytes, hasBytes, leastEachBytes: Math.max(Math.ceil(staysBytes / devices.length), largest) };
}
