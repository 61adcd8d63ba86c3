import type { MemoryRules } from './accounting.ts';
import type { KeptGroups } from './grouping/group-placement.ts';
import type { UnlikeDevices } from './unlike-devices.ts';

/** Where every node runs, and when by the placer's own account. */
export interface Placement {
  readonly kind: 'placement';
  /** Device of every node, by node index. */
  readonly device: Int32Array;
  /** Planned start and end of every node, µs. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The placer's own estimate of the makespan, µs. The simulator's (`schedule.ts`) is the one to compare by. */
  readonly estimateUs: number;
  /** The placer's own account of every device's peak, bytes. */
  readonly peakBytes: Float64Array;
}

/** No device had room for a node, now or later. */
export interface DeadEnd {
  readonly kind: 'dead-end';
  /** Of the nodes that could have run next, the first in topological order. */
  readonly node: number;
  /** Bytes it asks for, and bytes left on every device. */
  readonly need: number;
  readonly free: Float64Array;
  /** How many nodes had been placed. */
  readonly placed: number;
  /**
   * `too-large`: the node alone exceeds every device (or the one that it is pinned to). `memory-full`: it would fit into
   * an empty device, but what was placed before it leaves no room.
   */
  readonly reason: 'too-large' | 'memory-full';
}

/** The caller asked to stop. */
export interface Cancelled {
  readonly kind: 'cancelled';
}

export type PlacementResult = Placement | DeadEnd | Cancelled;

/**
 * How transfers share a device's channel. `sequential`: one at a time, sending or receiving, and every tensor once to every device.
 * `parallel`: none gets in another's way, and every edge is sent by itself (Baechi's PyTorch implementation).
 */
export type ChannelMode = 'sequential' | 'parallel';

export interface PlacerOptions {
  /** `sequential` by default. In parallel mode ties go to the node that became ready first, on the first device. */
  readonly channel?: ChannelMode;
  /** TensorFlow's by default. */
  readonly memory?: MemoryRules;
  /** Groups that stay together; none by default. */
  readonly groups?: KeptGroups;
  /** The times that hold where devices or links differ. */
  readonly unlike?: UnlikeDevices | undefined;
  /** Device that a node must run on, by node index; −1 where the placer may choose. */
  readonly pins?: Int32Array;
  /** Asked now and then; the placer stops when it returns true. */
  readonly shouldStop?: () => boolean;
}
