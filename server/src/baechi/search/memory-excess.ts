import type { Device } from '../devices.ts';
import type { FlatGraph } from './flat-graph.ts';
import type { KeptRun, Stretch } from './kept-run.ts';
import { HonestExcess } from './memory-excess-honest.ts';
import { PyTorchExcess } from './memory-excess-pytorch.ts';
import { TensorFlowExcess } from './memory-excess-tensorflow.ts';

/** A run as it would be: the one that is kept, but for a stretch of it. */
export interface MovedRun {
  readonly kept: KeptRun;
  readonly stretch: Stretch | undefined;
  /** Device of every node. */
  readonly device: Int32Array;
}

/**
 * By how many bytes the peaks of a run exceed the devices' memory, summed over devices, by one way of accounting; the ledgers of
 * `memory.ts` and its neighbours, over flat graphs and without a limit on how often they are asked.
 *
 * Most placements need no run: what all nodes of a device hold together, as if nothing were ever released, is a bound that
 * is kept up to date by every move.
 */
export interface MemoryExcess {
  /** Peaks of the last `over`, bytes. */
  readonly peak: Float64Array;
  /** Whether every device would do even if nothing were released. */
  readonly surelyFits: boolean;
  load(device: Int32Array): void;
  /** A node goes from one device to another. @param device of every node, before that. */
  move(node: number, from: number, to: number, device: Int32Array): void;
  /** @param most stops, with a value above it, once the excess is larger. */
  over(run: MovedRun, most: number): number;
}

export function memoryExcess(flat: FlatGraph, devices: readonly Device[]): MemoryExcess {
  const limit = Float64Array.from(devices, ({ memory }) => memory);
  switch (flat.memory.accounting) {
    case 'tensorflow':
      return new TensorFlowExcess(flat, limit);
    case 'pytorch':
      return new PyTorchExcess(flat, limit);
    case 'honest':
      return new HonestExcess(flat, limit);
  }
}
