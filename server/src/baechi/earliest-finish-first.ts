/**
 * m-ETF and m-SCT on devices that are not equally fast: there the device on which a task can start first may end it last, so that a task
 * goes to the device on which it ends first (as in HEFT; Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002), and of all ready tasks the one that
 * starts first on its device is placed, lower topological index first. Memory and channels are those of `earliest-task-first.ts`.
 */
import type { Graph } from '../graph/graph.ts';
import { addToInt, addToReal, intAt, itemAt, lastOf, realAt } from '../numeric/at.ts';
import { ledgerOf, TENSORFLOW } from './accounting.ts';
import { Channels } from './channels.ts';
import type { Device } from './devices.ts';
import { GroupPlacement } from './grouping/group-placement.ts';
import type { MemoryLedger } from './memory.ts';
import { ParallelChannels } from './parallel-channels.ts';
import type { DeadEnd, PlacementResult, PlacerOptions } from './placement.ts';
import type { UnlikeDevices } from './unlike-devices.ts';

/**
 * @param tensorUs transfer times of the common link, µs.
 * @param favourites favourite child of every node or −1 (m-SCT): a device waits for the favourite of its last node, once that is ready and
 *   would end nowhere sooner; undefined for m-ETF.
 * @returns device, start and end of every node, or the node at which no device had room. Deterministic. Cost: O(n · r · d) estimates, r nodes ready at once.
 */
export function scheduleEarliestFinishFirst(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  favourites: Int32Array | undefined,
  unlike: UnlikeDevices,
  options: Omit<PlacerOptions, 'unlike'> = {},
): PlacementResult {
  return new EarliestFinishFirst(graph, devices, tensorUs, favourites, unlike, options).run();
}

/** Where a node would run, and when. */
interface Run {
  readonly node: number;
  readonly device: number;
  readonly start: number;
  readonly end: number;
}

class EarliestFinishFirst {
  readonly #graph: Graph;
  readonly #devices: readonly Device[];
  readonly #favourites: Int32Array | undefined;
  readonly #unlike: UnlikeDevices;
  readonly #options: Omit<PlacerOptions, 'unlike'>;
  readonly #memory: MemoryLedger;
  readonly #channels: Channels | ParallelChannels;
  readonly #groups: GroupPlacement | undefined;
  /** By node: the only device that it may run on, −1 where it may go anywhere. */
  readonly #home: Int32Array | undefined;
  readonly #freeAt: Float64Array;
  /** By device: the node it ran last, or −1. */
  readonly #last: Int32Array;
  readonly #deviceOf: Int32Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #parentsLeft: Int32Array;
  readonly #ready: number[] = [];
  #placed = 0;

  constructor(
    graph: Graph,
    devices: readonly Device[],
    tensorUs: Float64Array,
    favourites: Int32Array | undefined,
    unlike: UnlikeDevices,
    options: Omit<PlacerOptions, 'unlike'>,
  ) {
    const n = graph.nodeCount;
    this.#graph = graph;
    this.#devices = devices;
    this.#favourites = favourites;
    this.#unlike = unlike;
    this.#options = options;
    const { channel, memory = TENSORFLOW, groups, pins } = options;
    this.#deviceOf = new Int32Array(n).fill(-1);
    this.#groups = groups && new GroupPlacement(graph, groups, memory, pins);
    this.#home = this.#groups?.home ?? pins;
    this.#memory = ledgerOf(memory, graph, devices.length, this.#deviceOf, false, this.#groups?.reservations);
    this.#channels =
      channel === 'parallel'
        ? new ParallelChannels(graph, tensorUs, unlike)
        : new Channels(graph, devices.length, tensorUs, unlike);
    this.#freeAt = new Float64Array(devices.length);
    this.#last = new Int32Array(devices.length).fill(-1);
    this.#start = new Float64Array(n);
    this.#end = new Float64Array(n);
    this.#parentsLeft = graph.inEdges.lengths();
  }

  run(): PlacementResult {
    for (let i = 0; i < this.#graph.nodeCount; i++) if (this.#parentsLeft[i] === 0) this.#ready.push(i);
    while (this.#ready.length > 0) {
      if (this.#options.shouldStop?.()) return { kind: 'cancelled' };
      const next = this.#next();
      if (!next) return this.#deadEnd();
      this.#commit(next);
    }
    const estimateUs = this.#end.reduce((latest, end) => Math.max(latest, end), 0);
    const times = { device: this.#deviceOf, start: this.#start, end: this.#end, estimateUs };
    return { kind: 'placement', ...times, peakBytes: this.#memory.peak };
  }

  /** Of the ready nodes, each on the device where it ends first, the one that starts first. Undefined where none fits. */
  #next(): Run | undefined {
    const rank = this.#graph.topoRank;
    const awaited = this.#favourites ? this.#awaited() : undefined;
    let first: Run | undefined;
    for (const node of this.#ready) {
      const run = this.#earliestEnd(node, awaited);
      if (!run) continue;
      const sooner = !first || run.start < first.start;
      if (sooner || (first && run.start === first.start && intAt(rank, node) < intAt(rank, first.node))) first = run;
    }
    return first;
  }

  /** By device: the favourite that it waits for, and when that would end. */
  #awaited(): readonly (Run | undefined)[] {
    return Array.from(this.#last, (last, device) => {
      const favourite = last < 0 ? -1 : (this.#favourites?.[last] ?? -1);
      if (favourite < 0 || intAt(this.#deviceOf, favourite) >= 0 || intAt(this.#parentsLeft, favourite) > 0)
        return undefined;
      const best = this.#earliestEnd(favourite);
      return best?.device === device ? best : undefined;
    });
  }

  #earliestEnd(node: number, awaited?: readonly (Run | undefined)[]): Run | undefined {
    let best: Run | undefined;
    for (let device = 0; device < this.#devices.length; device++) {
      if (!this.#placeable(node, device)) continue;
      const waits = awaited?.[device];
      const freeAt = waits && waits.node !== node ? waits.end : realAt(this.#freeAt, device);
      const start = Math.max(this.#arrival(node, device), freeAt);
      const end = start + this.#unlike.timeOn(node, device);
      if (!best || end < best.end) best = { node, device, start, end };
    }
    return best;
  }

  #placeable(node: number, device: number): boolean {
    const home = this.#home?.[node] ?? -1;
    if (home >= 0 && home !== device) return false;
    if (!this.#memory.fits(node, device, itemAt(this.#devices, device).memory)) return false;
    if (!this.#groups || this.#groups.isBound(node)) return true;
    return this.#groups.required(node) + this.#memory.incoming(node, device) <= this.#free(device);
  }

  #free(device: number): number {
    return itemAt(this.#devices, device).memory - realAt(this.#memory.used, device);
  }

  /** When all inputs could be on the device, each estimated as if alone. */
  #arrival(node: number, device: number): number {
    const { inEdges, edgeSrc } = this.#graph;
    let arrival = 0;
    for (let k = inEdges.begin(node), stop = inEdges.end(node); k < stop; k++) {
      const edge = inEdges.value(k);
      const parent = intAt(edgeSrc, edge);
      const at = intAt(this.#deviceOf, parent);
      const end = realAt(this.#end, parent);
      arrival = Math.max(arrival, at === device ? end : this.#channels.arrivalEstimate(edge, end, at, device));
    }
    return arrival;
  }

  #commit({ node, device }: Run): void {
    const { inEdges, outEdges, edgeSrc, edgeDst } = this.#graph;
    let arrival = 0;
    for (const edge of inEdges.row(node)) {
      const parent = intAt(edgeSrc, edge);
      const at = intAt(this.#deviceOf, parent);
      const end = realAt(this.#end, parent);
      arrival = Math.max(arrival, at === device ? end : this.#channels.book(edge, end, at, device));
    }
    const start = Math.max(realAt(this.#freeAt, device), arrival);
    this.#deviceOf[node] = device;
    this.#start[node] = start;
    this.#end[node] = this.#freeAt[device] = start + this.#unlike.timeOn(node, device);
    this.#last[device] = node;
    this.#placed++;
    if (this.#groups && !this.#groups.isBound(node)) {
      const used = addToReal(this.#memory.used, device, this.#groups.bind(node, device));
      this.#memory.peak[device] = Math.max(realAt(this.#memory.peak, device), used);
    }
    this.#memory.charge(node, device);
    this.#memory.releaseInputs(node, () => undefined);
    const place = this.#ready.indexOf(node);
    this.#ready[place] = lastOf(this.#ready);
    this.#ready.pop();
    for (const edge of outEdges.row(node)) {
      const child = intAt(edgeDst, edge);
      if (addToInt(this.#parentsLeft, child, -1) === 0) this.#ready.push(child);
    }
  }

  #deadEnd(): DeadEnd {
    const rank = this.#graph.topoRank;
    const node = this.#ready.reduce((first, other) => (intAt(rank, other) < intAt(rank, first) ? other : first));
    const need = Math.max(this.#memory.leastNeed(node), this.#groups?.required(node) ?? 0);
    const pin = this.#home?.[node] ?? -1;
    const tooLarge = this.#devices.every(({ memory }, d) => (pin >= 0 && pin !== d) || need > memory);
    return {
      kind: 'dead-end',
      node,
      need,
      free: Float64Array.from(this.#devices, (_, d) => this.#free(d)),
      placed: this.#placed,
      reason: tooLarge ? 'too-large' : 'memory-full',
    };
  }
}
