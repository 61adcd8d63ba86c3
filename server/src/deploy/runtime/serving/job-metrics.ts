/**
 * What one job's router measured: totals since its start for Prometheus, and a sliding record of the last minutes, from which come
 * the figures that people watch and those that the autoscaler decides by.
 */
import type { Clock } from './clock.ts';

/** Upper bounds of the latency histogram, in seconds. */
export const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

const SLOT_MS = 1000;
/** The sliding record holds five minutes. */
const SLOTS = 300;
const MINUTES_KEPT = 60;
/** Whoever looks less often than this has not seen what came in between: a machine that slept, or a process that was stopped. */
const UNSEEN_MS = 15_000;
/** Percentiles come from a logarithmic histogram whose classes are 4 % wide, from 0.1 ms to 10 minutes. */
const CLASS_RATIO = 1.04;
const SMALLEST_MS = 0.1;
const CLASSES = Math.ceil(Math.log(600_000 / SMALLEST_MS) / Math.log(CLASS_RATIO));

export interface Answer {
  readonly code: number;
  readonly latencyMs: number;
  /** True where the router itself turned the request away. */
  readonly refused: boolean;
}

class Slot {
  arrivals = 0;
  answers = 0;
  latencySum = 0;
  violations = 0;
  /** Counts by class of latency, made at the first answer. */
  classes: Uint16Array | undefined;
}

export interface Window {
  readonly arrivalsPerSecond: number;
  readonly answers: number;
  readonly meanMs: number | null;
  readonly p99Ms: number | null;
  readonly violationRate: number | null;
}

export class JobMetrics {
  readonly #clock: Clock;
  readonly #began: number;
  readonly #slots: (Slot | undefined)[] = Array.from({ length: SLOTS });
  #lastSlot = 0;
  /** When the minutes begin, by the clock. */
  readonly #minutesFrom: number;
  /** Arrivals of each minute that has ended. */
  readonly #minutes: number[] = [];
  #minutesBegun = 1;
  #arrivedNow = 0;
  #isNowWhole = true;
  #lastSeen: number;
  /** When the last request came or was over, the job was woken, or it was begun to measure, for the first time or again. */
  #quietSince: number;
  /** Requests since the start, by status code. */
  readonly byCode = new Map<number, number>();
  /** Answers per bucket of `LATENCY_BUCKETS`, not cumulative; the last is beyond all. */
  readonly buckets: number[] = LATENCY_BUCKETS.map(() => 0).concat(0);
  latencySumSeconds = 0;
  requests = 0;
  refused = 0;
  violations = 0;
  restarts = 0;
  sloMs: number;

  /**
   * @param minutesFrom when a minute begins, by the clock: the minutes of all jobs and of the autoscaler are the same. One that had
   *   begun before is not measured.
   */
  constructor(sloMs: number, clock: Clock, minutesFrom = clock.now()) {
    this.sloMs = sloMs;
    this.#clock = clock;
    this.#began = clock.now();
    this.#minutesFrom = minutesFrom + 60_000 * Math.floor((this.#began - minutesFrom) / 60_000);
    this.#lastSeen = this.#minutesFrom;
    this.#quietSince = this.#began;
    this.seen();
  }

  /** To be called at least every few seconds: minutes in which nobody looked are not taken for minutes without requests. */
  seen(): void {
    const now = this.#clock.now();
    const wasUnseen = now - this.#lastSeen > UNSEEN_MS;
    if (wasUnseen) {
      this.#isNowWhole = false;
      this.#quietSince = now;
    }
    const minute = Math.floor((now - this.#minutesFrom) / 60_000) + 1;
    for (; this.#minutesBegun < minute; this.#minutesBegun++) {
      this.#minutes.push(this.#isNowWhole ? this.#arrivedNow : NaN);
      if (this.#minutes.length >= MINUTES_KEPT) this.#minutes.shift();
      this.#arrivedNow = 0;
      this.#isNowWhole = !wasUnseen;
    }
    this.#lastSeen = Math.max(this.#lastSeen, now);
  }

  arrived(): void {
    this.seen();
    this.#arrivedNow += 1;
    this.#quietSince = this.#clock.now();
    this.#slot().arrivals += 1;
  }

  answered(answer: Answer): void {
    const { code, latencyMs, refused } = answer;
    this.requests += 1;
    this.#quietSince = this.#clock.now();
    if (refused) this.refused += 1;
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
    const seconds = latencyMs / 1000;
    this.latencySumSeconds += seconds;
    const bucket = LATENCY_BUCKETS.findIndex((bound) => seconds <= bound);
    this.buckets[bucket < 0 ? LATENCY_BUCKETS.length : bucket]! += 1;
    const violated = refused || code >= 500 || latencyMs > this.sloMs;
    if (violated) this.violations += 1;
    const slot = this.#slot();
    slot.answers += 1;
    slot.latencySum += latencyMs;
    if (violated) slot.violations += 1;
    slot.classes ??= new Uint16Array(CLASSES);
    slot.classes[classOf(latencyMs)]! += 1;
  }

  /** A replica was asked for by whoever came while there was none. */
  woken(): void {
    this.#quietSince = this.#clock.now();
  }

  /** Seconds since a request came or was over, or the job was woken; those that nobody saw pass do not count. */
  get idleSeconds(): number {
    this.seen();
    return Math.max(0, this.#clock.now() - this.#quietSince) / 1000;
  }

  /** A request that arrived and was never whole: counted by its code, and no answer of the service, quick or slow. */
  neverWhole(code: number): void {
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
  }

  /**
   * Arrivals of each minute since the start, turned away ones too; the last entry is the minute that has not ended. NaN where not
   * all of a minute was seen. At most an hour.
   */
  arrivalsPerMinute(): readonly number[] {
    this.seen();
    return [...this.#minutes, this.#isNowWhole ? this.#arrivedNow : NaN];
  }

  /** Arrivals of the minute that has not ended, as far as they were seen. */
  get arrivedNow(): number {
    this.seen();
    return this.#arrivedNow;
  }

  /** Minutes since the start that have begun. */
  get minute(): number {
    this.seen();
    return this.#minutesBegun;
  }

  /** What happened in the last `ms` milliseconds, at most five minutes. */
  window(ms: number): Window {
    const now = this.#slotNumber();
    const count = Math.min(SLOTS, Math.max(1, Math.ceil(ms / SLOT_MS)));
    this.#clear(now);
    const slots: Slot[] = [];
    for (let number = Math.max(0, now - count + 1); number <= now; number++) {
      const slot = this.#slots[number % SLOTS];
      if (slot) slots.push(slot);
    }
    const sum = (of: (slot: Slot) => number): number => slots.reduce((total, slot) => total + of(slot), 0);
    const answers = sum((slot) => slot.answers);
    const elapsed = Math.max(SLOT_MS, Math.min(ms, this.#clock.now() - this.#began));
    return {
      arrivalsPerSecond: (sum((slot) => slot.arrivals) * 1000) / elapsed,
      answers,
      meanMs: answers === 0 ? null : sum((slot) => slot.latencySum) / answers,
      p99Ms: answers === 0 ? null : percentile(slots, answers, 0.99),
      violationRate: answers === 0 ? null : sum((slot) => slot.violations) / answers,
    };
  }

  #slotNumber(): number {
    return Math.floor((this.#clock.now() - this.#began) / SLOT_MS);
  }

  #slot(): Slot {
    const now = this.#slotNumber();
    this.#clear(now);
    return (this.#slots[now % SLOTS] ??= new Slot());
  }

  /** Forgets what the ring held five minutes ago. */
  #clear(now: number): void {
    for (let number = Math.max(this.#lastSlot + 1, now - SLOTS + 1); number <= now; number++)
      this.#slots[number % SLOTS] = undefined;
    this.#lastSlot = Math.max(this.#lastSlot, now);
  }
}

function classOf(latencyMs: number): number {
  const index = Math.ceil(Math.log(Math.max(SMALLEST_MS, latencyMs) / SMALLEST_MS) / Math.log(CLASS_RATIO));
  return Math.min(CLASSES - 1, index);
}

/** Upper bound of the class that holds the percentile: at most 4 % too high, never too low. */
function percentile(slots: readonly Slot[], answers: number, share: number): number {
  const rank = Math.ceil(share * answers);
  let seen = 0;
  for (let index = 0; index < CLASSES; index++) {
    for (const slot of slots) seen += slot.classes?.[index] ?? 0;
    if (seen >= rank) return SMALLEST_MS * CLASS_RATIO ** index;
  }
  return SMALLEST_MS * CLASS_RATIO ** (CLASSES - 1);
}
