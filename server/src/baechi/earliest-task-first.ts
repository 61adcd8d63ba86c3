/**
 * The scheduler that m-ETF and m-SCT share: time runs from event to event, and at each instant the ready nodes that could
 * start now are placed one by one, lower topological index first (Baechi, TensorFlow implementation, sequential channel).
 *
 * Per device three queues hold the ready nodes: `waiting` by estimated start, `startable` by topological rank (those whose
 * estimate has come), `blocked` by the memory that they need and the device lacks. Estimates never decrease, so a stale
 * key is a lower bound and is renewed only when it reaches the head of its queue.
 */
import type { Graph } from '../graph/graph.ts';
import { addToInt, addToReal, intAt, itemAt, realAt } from '../numeric/at.ts';
import { ledgerOf, TENSORFLOW } from './accounting.ts';
import { Channels } from './channels.ts';
import type { Device } from './devices.ts';
import { scheduleEarliestFinishFirst } from './earliest-finish-first.ts';
import { GroupPlacement } from './grouping/group-placement.ts';
import type { MemoryLedger } from './memory.ts';
import { NodeQueue } from './node-queue.ts';
import { ParallelChannels } from './parallel-channels.ts';
import type { DeadEnd, PlacementResult, PlacerOptions } from './placement.ts';

interface DeviceState {
  readonly index: number;
  /** Bytes. */
  readonly limit: number;
  readonly waiting: NodeQueue;
  readonly startable: NodeQueue;
  readonly blocked: NodeQueue;
  /** When it has finished what it runs; moves along with the clock while it idles. */
  freeAt: number;
  /** The node it ran last, or −1. */
  last: number;
}

/**
 * @param tensorUs transfer time of every tensor, µs.
 * @param favourites favourite child of every node or −1 (m-SCT); undefined for m-ETF.
 */
export function scheduleEarliestTaskFirst(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  favourites: Int32Array | undefined,
  options: PlacerOptions = {},
): PlacementResult {
  const { unlike, ...others } = options;
  if (unlike && unlike.classes().length > 1) {
    return scheduleEarliestFinishFirst(graph, devices, tensorUs, favourites, unlike, others);
  }
  return new EarliestTaskFirst(graph, devices, tensorUs, favourites, options).run();
}

class EarliestTaskFirst {
  readonly #graph: Graph;
  readonly #favourites: Int32Array | undefined;
  readonly #options: PlacerOptions;
  readonly #computeUs: Float64Array;
  readonly #memory: MemoryLedger;
  readonly #channels: Channels | ParallelChannels;
  readonly #groups: GroupPlacement | undefined;
  /** By node: the only device that it may run on, −1 where it may go anywhere. */
  readonly #home: Int32Array | undefined;
  /** Of nodes that could start at one instant the lowest goes first: topological index, or the order in which they became ready. */
  readonly #rank: Int32Array;
  /** Whether the rank decides between devices, too, rather than their order. */
  readonly #ranksAll: boolean;
  readonly #states: DeviceState[];
  readonly #deviceOf: Int32Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  /** Where each of the graph's in-edges comes from, in their order. */
  readonly #parents: Int32Array;
  readonly #parentsLeft: Int32Array;
  /** The ready nodes, unordered, and every node's place among them or −1. */
  readonly #ready: number[] = [];
  readonly #readyAt: Int32Array;
  #madeReady = 0;
  #placed = 0;
  #now = 0;

  constructor(
    graph: Graph,
    devices: readonly Device[],
    tensorUs: Float64Array,
    favourites: Int32Array | undefined,
    options: PlacerOptions,
  ) {
    const n = graph.nodeCount;
    this.#graph = graph;
    this.#favourites = favourites;
    this.#options = options;
    const { channel = 'sequential', memory = TENSORFLOW, groups, pins, unlike } = options;
    // Devices that differ in their times have a scheduler of their own: here all have those of the first.
    this.#computeUs = unlike?.timesOn(0) ?? graph.computeUs;
    this.#deviceOf = new Int32Array(n).fill(-1);
    this.#groups = groups && new GroupPlacement(graph, groups, memory, pins);
    this.#home = this.#groups?.home ?? pins;
    this.#memory = ledgerOf(memory, graph, devices.length, this.#deviceOf, false, this.#groups?.reservations);
    const parallel = channel === 'parallel';
    this.#channels = parallel
      ? new ParallelChannels(graph, tensorUs, unlike)
      : new Channels(graph, devices.length, tensorUs, unlike);
    this.#rank = parallel ? new Int32Array(n) : graph.topoRank;
    this.#ranksAll = !parallel;
    this.#states = devices.map(({ memory }, index) => ({
      index,
      limit: memory,
      waiting: new NodeQueue(this.#rank),
      startable: new NodeQueue(this.#rank),
      blocked: new NodeQueue(this.#rank),
      freeAt: 0,
      last: -1,
    }));
    this.#start = new Float64Array(n);
    this.#end = new Float64Array(n);
    this.#readyAt = new Int32Array(n).fill(-1);
    this.#parents = graph.inEdges.values.map((edge) => intAt(graph.edgeSrc, edge));
    this.#parentsLeft = graph.inEdges.lengths();
  }

  run(): PlacementResult {
    for (let i = 0; i < this.#graph.nodeCount; i++) if (this.#parentsLeft[i] === 0) this.#makeReady(i);
    for (;;) {
      if (this.#options.shouldStop?.()) return { kind: 'cancelled' };
      this.#finishRuns();
      while (this.#placeNext());
      const next = this.#nextEvent();
      if (next === Infinity) break;
      if (next <= this.#now) throw new Error(`the scheduler's clock stands still at ${this.#now} µs`);
      this.#now = next;
    }
    if (this.#placed < this.#graph.nodeCount) return this.#deadEnd();
    const { peak } = this.#memory;
    const result = { device: this.#deviceOf, start: this.#start, end: this.#end, estimateUs: this.#now };
    return { kind: 'placement', ...result, peakBytes: peak };
  }

  /** Nodes that end now make their children ready; idle devices come along to the present. */
  #finishRuns(): void {
    const { outEdges, edgeDst } = this.#graph;
    for (const device of this.#states) {
      if (device.freeAt === this.#now && device.last >= 0) {
        for (let k = outEdges.begin(device.last), stop = outEdges.end(device.last); k < stop; k++) {
          const child = intAt(edgeDst, outEdges.value(k));
          if (addToInt(this.#parentsLeft, child, -1) === 0) this.#makeReady(child);
        }
      }
      if (device.freeAt < this.#now) device.freeAt = this.#now;
    }
  }

  #makeReady(node: number): void {
    this.#readyAt[node] = this.#ready.push(node) - 1;
    if (!this.#ranksAll) this.#rank[node] = this.#madeReady++;
    for (const device of this.#states) {
      if (this.#allowed(node, device)) device.waiting.push(node, this.#dataArrival(node, device.index));
    }
  }

  #allowed(node: number, device: DeviceState): boolean {
    if (!this.#home) return true;
    const home = intAt(this.#home, node);
    return home < 0 || home === device.index;
  }

  #free(device: DeviceState): number {
    return device.limit - realAt(this.#memory.used, device.index);
  }

  #placeable(node: number, device: DeviceState): boolean {
    return this.#allowed(node, device) && this.#memory.fits(node, device.index, device.limit);
  }

  /** Whether it is placeable with all of its group. */
  #admits(node: number, device: DeviceState): boolean {
    if (!this.#placeable(node, device)) return false;
    return !this.#groups || this.#groupFits(this.#groups, node, device);
  }

  #groupFits(groups: GroupPlacement, node: number, device: DeviceState): boolean {
    if (groups.isBound(node)) return true;
    return groups.required(node) + this.#memory.incoming(node, device.index) <= this.#free(device);
  }

  /** The least that must be free on a device for a node and its group. */
  #needWithGroup(node: number): number {
    return Math.max(this.#memory.leastNeed(node), this.#groups?.required(node) ?? 0);
  }

  /** Sets a node aside until memory is released; the key is what must be free for it at the least. */
  #block(node: number, device: DeviceState): void {
    if (!this.#allowed(node, device)) return;
    const groups = this.#groups;
    if (!groups) device.blocked.push(node, this.#memory.leastNeed(node));
    else if (!groups.isBound(node)) device.blocked.push(node, this.#needWithGroup(node));
    // What its group has set aside may grow back to any size.
    else device.blocked.push(node, groups.reservations ? -Infinity : this.#memory.leastNeed(node));
  }

  /** Earliest time at which all inputs could be on the device; inputs are estimated one by one, as if alone. */
  #dataArrival(node: number, d: number): number {
    const { inEdges } = this.#graph;
    let arrival = 0;
    for (let k = inEdges.begin(node), stop = inEdges.end(node); k < stop; k++) {
      const parent = intAt(this.#parents, k);
      const at = intAt(this.#deviceOf, parent);
      const end = realAt(this.#end, parent);
      const one = at === d ? end : this.#channels.arrivalEstimate(inEdges.value(k), end, at, d);
      if (one > arrival) arrival = one;
    }
    return arrival;
  }

  #earliestStart(node: number, device: DeviceState): number {
    return Math.max(this.#dataArrival(node, device.index), device.freeAt);
  }

  /** Places the node that goes first at this instant, if any can start. */
  #placeNext(): boolean {
    const rank = this.#rank;
    let best = -1;
    let bestDevice: DeviceState | undefined;
    for (const device of this.#states) {
      if (device.freeAt > this.#now) continue;
      const favourite = this.#awaitedFavourite(device);
      const node = favourite < 0 ? this.#firstStartable(device) : this.#choiceWhileAwaiting(favourite, device);
      if (node >= 0 && (best < 0 || (this.#ranksAll && intAt(rank, node) < intAt(rank, best)))) {
        best = node;
        bestDevice = device;
      }
    }
    if (!bestDevice) return false;
    this.#commit(best, bestDevice);
    return true;
  }

  /** The ready node of lowest rank that fits into the device and whose inputs can be there now. */
  #firstStartable(device: DeviceState): number {
    const { waiting, startable } = device;
    while (waiting.size > 0 && waiting.firstKey <= this.#now) {
      const node = waiting.pop();
      if (intAt(this.#deviceOf, node) >= 0) continue;
      const arrival = this.#dataArrival(node, device.index);
      if (arrival <= this.#now) startable.push(node, 0);
      else waiting.push(node, arrival);
    }
    while (startable.size > 0) {
      const node = startable.first;
      if (intAt(this.#deviceOf, node) < 0) {
        const arrival = this.#dataArrival(node, device.index);
        const fits = this.#admits(node, device);
        if (fits && arrival <= this.#now) return node;
        if (fits) waiting.push(node, arrival);
        else this.#block(node, device);
      }
      startable.pop();
    }
    return -1;
  }

  /**
   * The favourite child for which a free device holds itself ready: that of its last node, when it is ready, fits, and
   * would start on no device earlier. −1 when the device is free for anything.
   */
  #awaitedFavourite(device: DeviceState): number {
    const { last } = device;
    const favourite = last < 0 ? -1 : (this.#favourites?.[last] ?? -1);
    if (favourite < 0 || intAt(this.#readyAt, favourite) < 0 || !this.#admits(favourite, device)) return -1;
    const here = this.#earliestStart(favourite, device);
    const earlierElsewhere = this.#states.some(
      (other) => other !== device && this.#admits(favourite, other) && this.#earliestStart(favourite, other) < here,
    );
    return earlierElsewhere ? -1 : favourite;
  }

  /** A device that awaits its favourite first takes what is urgent: a node that could start now wherever it fits. */
  #choiceWhileAwaiting(favourite: number, device: DeviceState): number {
    const rank = this.#rank;
    let urgent = -1;
    for (const node of this.#ready) {
      if ((urgent >= 0 && intAt(rank, node) > intAt(rank, urgent)) || !this.#urgentFits(node, device)) continue;
      if (this.#latestStart(node, this.#now) <= this.#now) urgent = node;
    }
    if (urgent >= 0) return urgent;
    return this.#earliestStart(favourite, device) <= this.#now ? favourite : -1;
  }

  /** The authors' code does not ask here whether the node's group has room; where memory is set aside for it we must. */
  #urgentFits(node: number, device: DeviceState): boolean {
    return this.#groups?.reservations ? this.#admits(node, device) : this.#placeable(node, device);
  }

  /** The latest of a node's earliest starts over the devices it fits into; stops looking once above `enough`. */
  #latestStart(node: number, enough: number): number {
    let latest = -Infinity;
    for (const device of this.#states) {
      if (latest > enough) break;
      if (this.#placeable(node, device)) latest = Math.max(latest, this.#earliestStart(node, device));
    }
    return latest === -Infinity ? Infinity : latest;
  }

  /** Books the node's inputs, charges its memory and runs it. Booking can push its start past the present. */
  #commit(node: number, device: DeviceState): void {
    const { inEdges } = this.#graph;
    const { index } = device;
    let arrival = 0;
    for (let k = inEdges.begin(node), stop = inEdges.end(node); k < stop; k++) {
      const parent = intAt(this.#parents, k);
      const at = intAt(this.#deviceOf, parent);
      const end = realAt(this.#end, parent);
      arrival = Math.max(arrival, at === index ? end : this.#channels.book(inEdges.value(k), end, at, index));
    }
    const start = Math.max(device.freeAt, arrival);
    this.#deviceOf[node] = index;
    this.#start[node] = start;
    this.#end[node] = device.freeAt = start + realAt(this.#computeUs, node);
    device.last = node;
    this.#placed++;
    this.#leaveReady(node);
    if (this.#groups && !this.#groups.isBound(node)) this.#bindGroup(this.#groups, node, device);
    this.#memory.charge(node, index);
    this.#memory.releaseInputs(node, this.#released);
    if (this.#groups?.reservations) this.#unblock(device);
  }

  readonly #released = (device: number): void => this.#unblock(itemAt(this.#states, device));

  #bindGroup(groups: GroupPlacement, node: number, device: DeviceState): void {
    const aside = groups.bind(node, device.index);
    const used = addToReal(this.#memory.used, device.index, aside);
    this.#memory.peak[device.index] = Math.max(realAt(this.#memory.peak, device.index), used);
    // Members that were set aside because the group had no room are looked at again: now it has.
    for (const member of groups.colocation.members.row(intAt(groups.colocation.unitOf, node))) {
      if (intAt(this.#readyAt, member) >= 0) device.waiting.push(member, this.#dataArrival(member, device.index));
    }
  }

  #leaveReady(node: number): void {
    const place = intAt(this.#readyAt, node);
    const moved = this.#ready.pop();
    if (moved !== undefined && moved !== node) {
      this.#ready[place] = moved;
      this.#readyAt[moved] = place;
    }
    this.#readyAt[node] = -1;
  }

  /** Memory was released on a device: what fits now may be considered again. */
  #unblock(device: DeviceState): void {
    const { blocked, waiting } = device;
    while (blocked.size > 0 && blocked.firstKey <= this.#free(device)) {
      const node = blocked.pop();
      if (intAt(this.#deviceOf, node) < 0) waiting.push(node, this.#dataArrival(node, device.index));
    }
  }

  /** When something can happen next: a run ends, or a node can start on an idle device. Infinity when nothing can. */
  #nextEvent(): number {
    let next = Infinity;
    for (const device of this.#states) {
      if (device.freeAt > this.#now) {
        next = Math.min(next, device.freeAt);
        continue;
      }
      const favourite = this.#awaitedFavourite(device);
      next = Math.min(next, favourite < 0 ? this.#nextStart(device) : this.#nextStartWhileAwaiting(favourite, device));
    }
    return next;
  }

  #nextStart(device: DeviceState): number {
    const { waiting } = device;
    while (waiting.size > 0) {
      const estimated = waiting.firstKey;
      const node = waiting.first;
      const open = intAt(this.#deviceOf, node) < 0;
      const arrival = open ? this.#dataArrival(node, device.index) : Infinity;
      const fits = open && this.#admits(node, device);
      if (fits && arrival === estimated) return arrival;
      waiting.pop();
      if (fits) waiting.push(node, arrival);
      else if (open) this.#block(node, device);
    }
    return Infinity;
  }

  #nextStartWhileAwaiting(favourite: number, device: DeviceState): number {
    let next = this.#earliestStart(favourite, device);
    for (const node of this.#ready) {
      if (this.#urgentFits(node, device)) next = Math.min(next, this.#latestStart(node, next));
    }
    return next;
  }

  #deadEnd(): DeadEnd {
    const rank = this.#graph.topoRank;
    const node = this.#ready.reduce((first, other) => (intAt(rank, other) < intAt(rank, first) ? other : first));
    const need = this.#needWithGroup(node);
    const tooLarge = this.#states.every((device) => !this.#allowed(node, device) || need > device.limit);
    return {
      kind: 'dead-end',
      node,
      need,
      free: Float64Array.from(this.#states, (device) => this.#free(device)),
      placed: this.#placed,
      reason: tooLarge ? 'too-large' : 'memory-full',
    };
  }
}
