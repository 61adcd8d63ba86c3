import type { Admission } from './admission.ts';
import { BusyReplicas } from './busy-replicas.ts';
import type { RandomStream } from './random-stream.ts';
import { RecentLatency } from './recent-latency.ts';
import { RequestQueue } from './request-queue.ts';
import { nobody, WaitingRoom } from './waiting-room.ts';
import { intAt, realAt } from '../../numeric/at.ts';

export interface JobLaneSettings {
  /** Arrival times in seconds, ascending. */
  readonly arrivals: Float64Array;
  /** Draws the seconds that a replica works on the next request. */
  readonly serviceSeconds: () => number;
  /** Draws the seconds of one pass through the router. */
  readonly routerSeconds: () => number;
  /** For drops by chance, and the order of replicas. */
  readonly random: RandomStream;
  readonly admission: Admission;
  /** Replicas that serve at the start. */
  readonly replicas: number;
}

/**
 * One job's router and replicas as an event loop of its own (reference, sections 9 and 13).
 *
 * Every request passes the router twice, a single server in order of arrival: in, and out again, also when it is turned
 * away. What is let in waits in one queue; the router hands its head to the next replica in turn that holds fewer than
 * `concurrency` requests, and if there is none waits for one to be answered. (A replica that is added does not wake it: so
 * it is in the reference.) Each replica answers one request at a time, in order.
 *
 * Time moves by {@link advance}; between two moves replicas and admission may change.
 */
export class JobLane {
  /** Latency of every request in seconds, by arrival; Infinity for those turned away, NaN for those not yet ended. */
  readonly latencies: Float32Array;

  readonly #arrivals: Float64Array;
  readonly #serviceSeconds: () => number;
  readonly #routerSeconds: () => number;
  readonly #random: RandomStream;
  #next = 0;
  #now = 0;

  // The way in: when each request that is in the router will have passed, in a ring by its number, from the next that passes.
  #routerFreeAt = 0;
  #passedAt = new Float64Array(64);
  #passing = 0;

  readonly #room: WaitingRoom;

  // Replicas, each in a slot that is used again when it has gone and answered its last.
  readonly #held: RequestQueue[] = [];
  readonly #isServing: boolean[] = [];
  #freeSlots: number[] = [];
  /** Slots in the order in which they were added. */
  #replicas: number[] = [];
  /** The same slots in the order of their turns. */
  #turns = new Int32Array(0);
  #turn = 0;
  #outstanding = 0;
  #replicaSeconds = 0;
  #replicasSince = 0;
  /** When the latest request was over. */
  #quietSince = 0;

  readonly #busy = new BusyReplicas();

  // What the router measures.
  readonly #recent = new RecentLatency();
  #servedSeconds: number[] = [];

  constructor(settings: JobLaneSettings) {
    this.#arrivals = settings.arrivals;
    this.#serviceSeconds = settings.serviceSeconds;
    this.#routerSeconds = settings.routerSeconds;
    this.#random = settings.random;
    this.#room = new WaitingRoom(settings.arrivals, settings.admission);
    this.latencies = new Float32Array(settings.arrivals.length).fill(NaN);
    this.addReplicas(settings.replicas);
  }

  /** Replicas that requests are handed to. */
  get replicas(): number {
    return this.#replicas.length;
  }

  /** Replicas that requests are handed to, summed over the seconds up to the present. */
  get replicaSeconds(): number {
    return this.#replicaSeconds + this.#replicas.length * (this.#now - this.#replicasSince);
  }

  /** Requests that wait in the queue, the one in the router's hand included. */
  get waiting(): number {
    return this.#room.length;
  }

  /** Requests that replicas hold. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** When the next request arrives, in seconds; Infinity where none does. */
  get nextArrival(): number {
    return this.#next < this.#arrivals.length ? realAt(this.#arrivals, this.#next) : Infinity;
  }

  /** How long no request has come and none has been under way, in seconds. */
  get idleSeconds(): number {
    if (this.waiting > 0 || this.#outstanding > 0 || this.#passing < this.#next) return 0;
    return this.#now - this.#quietSince;
  }

  /** Requests that have arrived so far. */
  get arrived(): number {
    return this.#next;
  }

  set admission(admission: Admission) {
    this.#room.admission = admission;
  }

  addReplicas(count: number): void {
    this.#countReplicaSeconds();
    if (this.#replicas.length === 0) this.#room.sparedUntil = count > 0 ? this.#now : Infinity;
    for (let i = 0; i < count; i++) {
      const slot = this.#freeSlots.pop() ?? this.#held.push(new RequestQueue()) - 1;
      this.#isServing[slot] = true;
      this.#replicas.push(slot);
    }
    if (count > 0) this.#shuffleTurns();
    // Nobody is left whose answer would wake the router.
    if (this.#outstanding === 0 && this.waiting > 0) this.#handOut(this.#now);
  }

  /** Takes the latest replicas out of their turns; they still answer what they hold. */
  removeReplicas(count: number): void {
    this.#countReplicaSeconds();
    for (const slot of this.#replicas.splice(Math.max(0, this.#replicas.length - count))) {
      this.#isServing[slot] = false;
      if (this.#queueOf(slot).length === 0) this.#freeSlots.push(slot);
    }
    if (this.#replicas.length === 0) this.#room.sparedUntil = Infinity;
    if (count > 0) this.#shuffleTurns();
  }

  /** Mean latency in milliseconds of the requests that ended in the last whole seconds, those turned away included; null where none did. */
  meanLatencyMs(now: number, seconds: number): number | null {
    const mean = this.#recent.mean(now, seconds);
    return mean === null ? null : mean * 1000;
  }

  /** How long replicas worked on each request that was answered since the last call, in seconds. */
  takeServedSeconds(): readonly number[] {
    const served = this.#servedSeconds;
    this.#servedSeconds = [];
    return served;
  }

  /** Plays all that happens before `until` (seconds). */
  advance(until: number): void {
    const arrivals = this.#arrivals;
    const count = arrivals.length;
    for (;;) {
      const arrival = this.#next < count ? realAt(arrivals, this.#next) : Infinity;
      const passed =
        this.#passing === this.#next ? Infinity : realAt(this.#passedAt, this.#passing & (this.#passedAt.length - 1));
      const done = this.#busy.firstDone;
      if (arrival <= passed && arrival <= done) {
        if (arrival >= until) break;
        this.#room.count(arrival);
        this.#enterRouter(arrival);
      } else if (passed <= done) {
        if (passed >= until) break;
        this.#admit(this.#passing++, passed);
      } else {
        if (done >= until) break;
        this.#answer(done);
      }
    }
    this.#now = until;
  }

  /** Plays to the end. Requests that no replica is left to serve are turned away. */
  finish(): void {
    this.advance(Infinity);
    while (this.waiting > 0) this.latencies[this.#room.next()] = Infinity;
  }

  #countReplicaSeconds(): void {
    this.#replicaSeconds = this.replicaSeconds;
    this.#replicasSince = this.#now;
  }

  #enterRouter(now: number): void {
    if (this.#next - this.#passing === this.#passedAt.length) this.#growRouter();
    this.#routerFreeAt = (this.#routerFreeAt > now ? this.#routerFreeAt : now) + this.#routerSeconds();
    this.#passedAt[this.#next++ & (this.#passedAt.length - 1)] = this.#routerFreeAt;
  }

  #admit(request: number, now: number): void {
    const { acceptRate } = this.#room.admission;
    const isDropped = acceptRate < 1 && this.#random.uniform() >= acceptRate;
    const refused = isDropped ? request : this.#room.enter(request, now);
    if (refused !== nobody) this.#leave(refused, now, false);
    if (refused !== request && this.waiting === 1) this.#handOut(now);
  }

  /** Hands waiting requests to replicas as long as there is one that takes them. */
  #handOut(now: number): void {
    while (this.waiting > 0) {
      const shed = this.#room.shed(now);
      if (shed !== nobody) {
        this.#leave(shed, now, false);
        continue;
      }
      const slot = this.#nextInTurn();
      if (slot < 0) return;
      this.#hold(slot, this.#room.next(), now);
    }
  }

  /** The next replica in turn that can hold one more request; -1 where all are full. */
  #nextInTurn(): number {
    const turns = this.#turns;
    for (let i = 0; i < turns.length; i++) {
      if (this.#turn >= turns.length) this.#turn = 0;
      const slot = intAt(turns, this.#turn++);
      if (this.#queueOf(slot).length < this.#room.admission.concurrency) return slot;
    }
    return -1;
  }

  #hold(slot: number, request: number, now: number): void {
    const held = this.#queueOf(slot);
    held.push(request);
    this.#outstanding++;
    if (held.length === 1) this.#work(slot, now, false);
  }

  /** A replica begins with the first request that it holds. */
  #work(slot: number, now: number, atTop: boolean): void {
    const seconds = this.#serviceSeconds();
    this.#servedSeconds.push(seconds);
    if (atTop) this.#busy.replaceFirst(now + seconds, slot);
    else this.#busy.add(now + seconds, slot);
  }

  /** The replica that is done first answers. */
  #answer(now: number): void {
    const slot = this.#busy.first;
    const held = this.#queueOf(slot);
    const request = held.shift();
    this.#outstanding--;
    if (held.length > 0) this.#work(slot, now, true);
    else {
      this.#busy.removeFirst();
      if (!this.#isServing[slot]) this.#freeSlots.push(slot);
    }
    this.#leave(request, now, true);
    if (this.waiting > 0) this.#handOut(now);
  }

  /** The way out through the router. */
  #leave(request: number, now: number, isAnswered: boolean): void {
    this.#routerFreeAt = (this.#routerFreeAt > now ? this.#routerFreeAt : now) + this.#routerSeconds();
    const latency = this.#routerFreeAt - realAt(this.#arrivals, request);
    this.#quietSince = now;
    this.latencies[request] = isAnswered ? latency : Infinity;
    this.#recent.add(this.#routerFreeAt, latency);
  }

  #queueOf(slot: number): RequestQueue {
    const queue = this.#held[slot];
    if (!queue) throw new RangeError(`there is no replica in slot ${slot}`);
    return queue;
  }

  #shuffleTurns(): void {
    const turns = Int32Array.from(this.#replicas);
    for (let i = turns.length - 1; i > 0; i--) {
      const j = Math.floor(this.#random.uniform() * (i + 1));
      [turns[i], turns[j]] = [intAt(turns, j), intAt(turns, i)];
    }
    this.#turns = turns;
    this.#turn = 0;
  }

  #growRouter(): void {
    const { length } = this.#passedAt;
    const larger = new Float64Array(2 * length);
    for (let i = this.#passing; i < this.#next; i++)
      larger[i & (2 * length - 1)] = realAt(this.#passedAt, i & (length - 1));
    this.#passedAt = larger;
  }
}
