/**
 * The scheduler that m-ETF and m-SCT share: time runs from event to event, and at each instant the ready nodes that could
 * start now are placed one by one, lower topological index first (Baechi, TensorFlow implementation, sequential channel).
 *
 * Per device three queues hold the ready nodes: `waiting` by estimated start, `startable` by topological rank (those whose
 * estimate has come), `blocked` by the memory that they need and the device lacks. Estimates never decrease, so a stale
 * key is a lower bound and is renewed only when it reaches the head of its queue.
 */
import type { Graph } from '../graph/graph.ts';
import { Channels } from './channels.ts';
import type { Device } from './devices.ts';
import { MemoryLedger, memoryNeeds, outputLifetime } from './memory.ts';
import { NodeQueue } from './node-queue.ts';
import type { DeadEnd, PlacementResult, PlacerOptions } from './placement.ts';

interface DeviceState {
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
  return new EarliestTaskFirst(graph, devices, tensorUs, favourites, options).run();
}

class EarliestTaskFirst {
  readonly #graph: Graph;
  readonly #limits: readonly number[];
  readonly #favourites: Int32Array | undefined;
  readonly #options: PlacerOptions;
  readonly #needs: Float64Array;
  readonly #memory: MemoryLedger;
  readonly #channels: Channels;
  readonly #states: DeviceState[];
  readonly #deviceOf: Int32Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #parentsLeft: Int32Array;
  /** The ready nodes, unordered, and every node's place among them or −1. */
  readonly #ready: number[] = [];
  readonly #readyAt: Int32Array;
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
    this.#limits = devices.map((device) => device.memory);
    this.#favourites = favourites;
    this.#options = options;
    this.#needs = memoryNeeds(graph);
    this.#memory = new MemoryLedger(graph, devices.length, outputLifetime(graph));
    this.#channels = new Channels(graph, devices.length, tensorUs);
    this.#states = devices.map(() => ({
      waiting: new NodeQueue(graph.topoRank),
      startable: new NodeQueue(graph.topoRank),
      blocked: new NodeQueue(graph.topoRank),
      freeAt: 0,
      last: -1,
    }));
    this.#deviceOf = new Int32Array(n).fill(-1);
    this.#start = new Float64Array(n);
    this.#end = new Float64Array(n);
    this.#readyAt = new Int32Array(n).fill(-1);
    const { start } = graph.inEdges;
    this.#parentsLeft = Int32Array.from({ length: n }, (_, i) => start[i + 1]! - start[i]!);
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
    for (const state of this.#states) {
      if (state.freeAt === this.#now && state.last >= 0) {
        for (let k = outEdges.start[state.last]!; k < outEdges.start[state.last + 1]!; k++) {
          const child = edgeDst[outEdges.edges[k]!]!;
          if (--this.#parentsLeft[child]! === 0) this.#makeReady(child);
        }
      }
      if (state.freeAt < this.#now) state.freeAt = this.#now;
    }
  }

  #makeReady(node: number): void {
    this.#readyAt[node] = this.#ready.push(node) - 1;
    this.#states.forEach((state, d) => {
      if (this.#allowed(node, d)) state.waiting.push(node, this.#dataArrival(node, d));
    });
  }

  #allowed(node: number, d: number): boolean {
    const pin = this.#options.pins?.[node] ?? -1;
    return pin < 0 || pin === d;
  }

  #free(d: number): number {
    return this.#limits[d]! - this.#memory.used[d]!;
  }

  #placeable(node: number, d: number): boolean {
    return this.#allowed(node, d) && this.#needs[node]! <= this.#free(d);
  }

  /** Earliest time at which all inputs could be on the device; inputs are estimated one by one, as if alone. */
  #dataArrival(node: number, d: number): number {
    const { inEdges, edgeSrc } = this.#graph;
    let arrival = 0;
    for (let k = inEdges.start[node]!; k < inEdges.start[node + 1]!; k++) {
      const edge = inEdges.edges[k]!;
      const parent = edgeSrc[edge]!;
      const at = this.#deviceOf[parent]!;
      const end = this.#end[parent]!;
      const one = at === d ? end : this.#channels.arrivalEstimate(edge, end, at, d);
      if (one > arrival) arrival = one;
    }
    return arrival;
  }

  #earliestStart(node: number, d: number): number {
    return Math.max(this.#dataArrival(node, d), this.#states[d]!.freeAt);
  }

  /** Places the node that goes first at this instant, if any can start. */
  #placeNext(): boolean {
    const rank = this.#graph.topoRank;
    let best = -1;
    let bestDevice = -1;
    this.#states.forEach((state, d) => {
      if (state.freeAt > this.#now) return;
      const favourite = this.#awaitedFavourite(d);
      const node = favourite < 0 ? this.#firstStartable(d) : this.#choiceWhileAwaiting(favourite, d);
      if (node >= 0 && (best < 0 || rank[node]! < rank[best]!)) {
        best = node;
        bestDevice = d;
      }
    });
    if (best < 0) return false;
    this.#commit(best, bestDevice);
    return true;
  }

  /** The ready node of lowest rank that fits into the device and whose inputs can be there now. */
  #firstStartable(d: number): number {
    const { waiting, startable, blocked } = this.#states[d]!;
    while (waiting.size > 0 && waiting.firstKey <= this.#now) {
      const node = waiting.pop();
      if (this.#deviceOf[node]! >= 0) continue;
      const arrival = this.#dataArrival(node, d);
      if (arrival <= this.#now) startable.push(node, 0);
      else waiting.push(node, arrival);
    }
    while (startable.size > 0) {
      const node = startable.first;
      if (this.#deviceOf[node]! < 0) {
        const arrival = this.#dataArrival(node, d);
        const fits = this.#placeable(node, d);
        if (fits && arrival <= this.#now) return node;
        if (fits) waiting.push(node, arrival);
        else blocked.push(node, this.#needs[node]!);
      }
      startable.pop();
    }
    return -1;
  }

  /**
   * The favourite child for which a free device holds itself ready: that of its last node, when it is ready, fits, and
   * would start on no device earlier. −1 when the device is free for anything.
   */
  #awaitedFavourite(d: number): number {
    const { last } = this.#states[d]!;
    const favourite = last < 0 ? -1 : (this.#favourites?.[last] ?? -1);
    if (favourite < 0 || this.#readyAt[favourite]! < 0 || !this.#placeable(favourite, d)) return -1;
    const here = this.#earliestStart(favourite, d);
    const earlierElsewhere = this.#states.some(
      (_, other) => other !== d && this.#placeable(favourite, other) && this.#earliestStart(favourite, other) < here,
    );
    return earlierElsewhere ? -1 : favourite;
  }

  /** A device that awaits its favourite first takes what is urgent: a node that could start now wherever it fits. */
  #choiceWhileAwaiting(favourite: number, d: number): number {
    const rank = this.#graph.topoRank;
    let urgent = -1;
    for (const node of this.#ready) {
      if ((urgent >= 0 && rank[node]! > rank[urgent]!) || !this.#placeable(node, d)) continue;
      if (this.#latestStart(node, this.#now) <= this.#now) urgent = node;
    }
    if (urgent >= 0) return urgent;
    return this.#earliestStart(favourite, d) <= this.#now ? favourite : -1;
  }

  /** The latest of a node's earliest starts over the devices it fits into; stops looking once above `enough`. */
  #latestStart(node: number, enough: number): number {
    let latest = -Infinity;
    for (let d = 0; d < this.#states.length && latest <= enough; d++) {
      if (this.#placeable(node, d)) latest = Math.max(latest, this.#earliestStart(node, d));
    }
    return latest === -Infinity ? Infinity : latest;
  }

  /** Books the node's inputs, charges its memory and runs it. Booking can push its start past the present. */
  #commit(node: number, d: number): void {
    const { inEdges, edgeSrc, computeUs } = this.#graph;
    let arrival = 0;
    for (let k = inEdges.start[node]!; k < inEdges.start[node + 1]!; k++) {
      const edge = inEdges.edges[k]!;
      const parent = edgeSrc[edge]!;
      const at = this.#deviceOf[parent]!;
      const end = this.#end[parent]!;
      arrival = Math.max(arrival, at === d ? end : this.#channels.book(edge, end, at, d));
    }
    const state = this.#states[d]!;
    const start = Math.max(state.freeAt, arrival);
    this.#deviceOf[node] = d;
    this.#start[node] = start;
    this.#end[node] = start + computeUs[node]!;
    state.freeAt = this.#end[node]!;
    state.last = node;
    this.#placed++;
    this.#leaveReady(node);
    this.#memory.charge(node, d);
    this.#memory.releaseInputs(node, this.#deviceOf, (producer) => this.#unblock(this.#deviceOf[producer]!));
  }

  #leaveReady(node: number): void {
    const place = this.#readyAt[node]!;
    const moved = this.#ready.pop()!;
    if (moved !== node) {
      this.#ready[place] = moved;
      this.#readyAt[moved] = place;
    }
    this.#readyAt[node] = -1;
  }

  /** Memory was released on a device: what fits now may be considered again. */
  #unblock(d: number): void {
    const { blocked, waiting } = this.#states[d]!;
    while (blocked.size > 0 && blocked.firstKey <= this.#free(d)) {
      const node = blocked.pop();
      if (this.#deviceOf[node]! < 0) waiting.push(node, this.#dataArrival(node, d));
    }
  }

  /** When something can happen next: a run ends, or a node can start on an idle device. Infinity when nothing can. */
  #nextEvent(): number {
    let next = Infinity;
    this.#states.forEach((state, d) => {
      if (state.freeAt > this.#now) {
        next = Math.min(next, state.freeAt);
        return;
      }
      const favourite = this.#awaitedFavourite(d);
      next = Math.min(next, favourite < 0 ? this.#nextStart(d) : this.#nextStartWhileAwaiting(favourite, d));
    });
    return next;
  }

  #nextStart(d: number): number {
    const { waiting, blocked } = this.#states[d]!;
    while (waiting.size > 0) {
      const estimated = waiting.firstKey;
      const node = waiting.first;
      const open = this.#deviceOf[node]! < 0;
      const arrival = open ? this.#dataArrival(node, d) : Infinity;
      const fits = open && this.#placeable(node, d);
      if (fits && arrival === estimated) return arrival;
      waiting.pop();
      if (fits) waiting.push(node, arrival);
      else if (open) blocked.push(node, this.#needs[node]!);
    }
    return Infinity;
  }

  #nextStartWhileAwaiting(favourite: number, d: number): number {
    let next = this.#earliestStart(favourite, d);
    for (const node of this.#ready) {
      if (this.#placeable(node, d)) next = Math.min(next, this.#latestStart(node, next));
    }
    return next;
  }

  #deadEnd(): DeadEnd {
    const rank = this.#graph.topoRank;
    const node = this.#ready.reduce((first, other) => (rank[other]! < rank[first]! ? other : first));
    const need = this.#needs[node]!;
    const tooLarge = this.#limits.every((limit, d) => !this.#allowed(node, d) || need > limit);
    return {
      kind: 'dead-end',
      node,
      need,
      free: Float64Array.from(this.#limits, (_, d) => this.#free(d)),
      placed: this.#placed,
      reason: tooLarge ? 'too-large' : 'memory-full',
    };
  }
}
