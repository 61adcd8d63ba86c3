import type { Graph } from '../../graph/graph.ts';
import { addToInt, addToReal, intAt, realAt } from '../../numeric/at.ts';
import type { Colocation } from './colocation.ts';

/**
 * What is set aside for a group with its first node. `needed`: what its members need. `published`: what the authors' code counts.
 * `none`: nothing, and a placement can run into a wall.
 */
export type GroupReserve = 'needed' | 'published' | 'none';

/** What a group asks a device for before its first node is placed there, by unit, bytes. */
export type GroupRequirement = Float64Array;

/** Nothing is set aside: that the persistent bytes of all members would fit has to do. A placement can run into a wall. */
export function persistentRequirement(graph: Graph, { unitOf, names }: Colocation): GroupRequirement {
  const sums = new Float64Array(names.length);
  for (let i = 0; i < graph.nodeCount; i++) addToReal(sums, intAt(unitOf, i), realAt(graph.permBytes, i));
  return sums;
}

/** The persistent bytes of all members of a group, and what the largest of them needs besides while it runs. */
export function neededRequirement(graph: Graph, groups: Colocation): GroupRequirement {
  const besides = new Float64Array(groups.names.length);
  for (let i = 0; i < graph.nodeCount; i++) {
    const unit = intAt(groups.unitOf, i);
    besides[unit] = Math.max(realAt(besides, unit), realAt(graph.tempBytes, i) + realAt(graph.outBytes, i));
  }
  return persistentRequirement(graph, groups).map((sum, unit) => sum + realAt(besides, unit));
}

/**
 * What is set aside for a group by the authors: its largest temporary bytes, the persistent bytes of all members, and its largest outputs, as the authors'
 * code counts them: a node's own persistent bytes are among its outputs.
 */
export function reservedRequirement(graph: Graph, groups: Colocation): GroupRequirement {
  const { unitOf, names } = groups;
  const temporary = new Float64Array(names.length);
  const outputs = new Float64Array(names.length);
  for (let i = 0; i < graph.nodeCount; i++) {
    const unit = intAt(unitOf, i);
    temporary[unit] = Math.max(realAt(temporary, unit), realAt(graph.tempBytes, i));
    outputs[unit] = Math.max(realAt(outputs, unit), realAt(graph.permBytes, i) + realAt(graph.outBytes, i));
  }
  return persistentRequirement(graph, groups).map((sum, unit) => sum + realAt(temporary, unit) + realAt(outputs, unit));
}

/**
 * Memory that groups have set aside on their devices. Members draw on it first, what they release fills it up again, and only
 * what goes beyond touches the device. After the last member has been scheduled the rest is given back.
 */
export class Reservations {
  readonly #unitOf: Int32Array;
  readonly #size: GroupRequirement;
  readonly #rest: Float64Array;
  readonly #open: Uint8Array;
  readonly #membersLeft: Int32Array;

  constructor({ unitOf, members }: Colocation, size: GroupRequirement) {
    this.#unitOf = unitOf;
    this.#size = size;
    this.#rest = new Float64Array(size.length);
    this.#open = new Uint8Array(size.length);
    this.#membersLeft = members.lengths();
  }

  /** Sets a unit's bytes aside; gives how many. */
  open(unit: number): number {
    this.#open[unit] = 1;
    return (this.#rest[unit] = realAt(this.#size, unit));
  }

  /** Bytes that are set aside for a node and in no use. */
  rest(node: number): number {
    return realAt(this.#rest, intAt(this.#unitOf, node));
  }

  /** Takes bytes for a node; gives those that the device must come up with. */
  draw(node: number, bytes: number): number {
    const unit = intAt(this.#unitOf, node);
    const drawn = Math.min(bytes, realAt(this.#rest, unit));
    addToReal(this.#rest, unit, -drawn);
    return bytes - drawn;
  }

  /** Takes bytes of a node back; gives those that the device may release. */
  refill(node: number, bytes: number): number {
    // A fused node's output may be less than nothing: its persistent bytes are charged in full only when its consumers have run.
    if (bytes < 0) return -this.draw(node, -bytes);
    const unit = intAt(this.#unitOf, node);
    if (this.#open[unit] === 0) return bytes;
    const kept = Math.min(bytes, realAt(this.#size, unit) - realAt(this.#rest, unit));
    addToReal(this.#rest, unit, kept);
    return bytes - kept;
  }

  /** A member was scheduled; gives what its group no longer needs, which is something after the last member only. */
  scheduled(node: number): number {
    const unit = intAt(this.#unitOf, node);
    if (addToInt(this.#membersLeft, unit, -1) > 0) return 0;
    const unused = realAt(this.#rest, unit);
    this.#rest[unit] = 0;
    this.#open[unit] = 0;
    return unused;
  }
}
