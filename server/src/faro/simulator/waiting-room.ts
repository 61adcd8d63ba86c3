import type { Admission } from './admission.ts';
import { RequestQueue } from './request-queue.ts';
import { realAt } from '../../numeric/at.ts';

/** Nobody, where a request is expected. */
export const nobody = -1;

/**
 * The requests of one job that wait for a replica, first come, first served, and who of them is turned away.
 *
 * Late is who has waited longer than `lateAfterSeconds`. A share of each minute's requests may be shed for it. With
 * `lateLast` they are set aside from the moment a newcomer finds the room full until it is empty: all others go first, and
 * they make room for newcomers. As many are turned away as without it, and more of those who are served are in time.
 */
export class WaitingRoom {
  admission: Admission;
  /** Who came earlier than this, in seconds, found no replica at all: it is waited for, and nobody of them is late. */
  sparedUntil = 0;
  readonly #arrivals: Float64Array;
  readonly #inTime = new RequestQueue();
  readonly #late = new RequestQueue();
  #isOverrun = false;

  // The minute of the latest arrival: when it ends, and how many arrived in it and were shed of it; and of the one before.
  #minuteEnds = 60;
  #arrivedNow = 0;
  #arrivedBefore = 0;
  #shedNow = 0;
  #shedBefore = 0;

  /** @param arrivals times of arrival in seconds, by request. */
  constructor(arrivals: Float64Array, admission: Admission) {
    this.#arrivals = arrivals;
    this.admission = admission;
  }

  get length(): number {
    return this.#inTime.length + this.#late.length;
  }

  /** Counts an arrival, which may enter later; in order of time. */
  count(arrival: number): void {
    if (arrival >= this.#minuteEnds) {
      const isNext = arrival < this.#minuteEnds + 60;
      this.#arrivedBefore = isNext ? this.#arrivedNow : 0;
      this.#shedBefore = isNext ? this.#shedNow : 0;
      this.#arrivedNow = 0;
      this.#shedNow = 0;
      this.#minuteEnds = 60 * (Math.floor(arrival / 60) + 1);
    }
    this.#arrivedNow++;
  }

  /** @returns who is turned away for it: itself, a late one, or nobody. */
  enter(request: number, now: number): number {
    const { queueLimit, lateLast } = this.admission;
    let refused = nobody;
    if (this.length > queueLimit + 1) {
      if (lateLast) {
        this.#isOverrun = true;
        this.#setAside(now);
      }
      if (this.#late.length === 0) return request;
      refused = this.#late.shift();
    }
    this.#inTime.push(request);
    return refused;
  }

  /** @returns who is shed before the next one is served, or nobody; there must be somebody. */
  shed(now: number): number {
    if (this.#isOverrun) {
      this.#setAside(now);
      return nobody;
    }
    const { lateAfterSeconds, shedShare, expectedPerMinute } = this.admission;
    if (lateAfterSeconds === Infinity) return nobody;
    const arrival = realAt(this.#arrivals, this.#inTime.first);
    if (arrival < this.sparedUntil || now - arrival <= lateAfterSeconds) return nobody;
    if (arrival >= this.#minuteEnds - 60) {
      if (this.#shedNow + 1 > shedShare * Math.max(this.#arrivedNow, expectedPerMinute)) return nobody;
      this.#shedNow++;
    } else {
      if (this.#shedBefore + 1 > shedShare * this.#arrivedBefore) return nobody;
      this.#shedBefore++;
    }
    return this.#inTime.shift();
  }

  /** Takes out who is served next; there must be somebody. */
  next(): number {
    const request = this.#inTime.length > 0 ? this.#inTime.shift() : this.#late.shift();
    if (this.length === 0) this.#isOverrun = false;
    return request;
  }

  #setAside(now: number): void {
    const { lateAfterSeconds } = this.admission;
    while (this.#inTime.length > 0) {
      const arrival = realAt(this.#arrivals, this.#inTime.first);
      if (arrival < this.sparedUntil || now - arrival <= lateAfterSeconds) return;
      this.#late.push(this.#inTime.shift());
    }
  }
}
