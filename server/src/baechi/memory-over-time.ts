import { lastOf } from '../numeric/at.ts';

/** Memory in use on one device as steps: `bytes[i]` from `timeUs[i]` until `timeUs[i + 1]`. */
export interface MemoryOverTime {
  readonly timeUs: Float64Array;
  readonly bytes: Float64Array;
}

/**
 * Turns the simulator's accounting, which happens in the order of scheduling, into steps over time: a node's bytes come
 * at its start, its temporary bytes go at its end, and outputs go at the start of their last consumer, though never
 * before what was already drawn. The largest step is the peak of the accounting.
 */
export class MemoryCurve {
  readonly #timeUs: number[] = [0];
  readonly #bytes: number[] = [0];
  #temporary = 0;
  #temporaryUntil = 0;
  #held = 0;

  /** A node runs: `held` bytes are in use from its start on, and `temporary` more until its end. */
  run(start: number, end: number, held: number, temporary: number): void {
    this.#dropTemporary(start);
    this.#held = held;
    this.#temporary = temporary;
    this.#temporaryUntil = end;
    this.#step(start);
  }

  /** Outputs went: `held` bytes are in use from here on. */
  change(at: number, held: number): void {
    this.#dropTemporary(at);
    this.#held = held;
    this.#step(at);
  }

  finish(makespanUs: number): MemoryOverTime {
    this.#dropTemporary(makespanUs);
    return { timeUs: Float64Array.from(this.#timeUs), bytes: Float64Array.from(this.#bytes) };
  }

  #dropTemporary(now: number): void {
    if (this.#temporary === 0 || now < this.#temporaryUntil) return;
    this.#temporary = 0;
    this.#step(this.#temporaryUntil);
  }

  #step(at: number): void {
    const time = Math.max(at, lastOf(this.#timeUs));
    const bytes = this.#held + this.#temporary;
    if (bytes === this.#bytes.at(-1)) return;
    this.#timeUs.push(time);
    this.#bytes.push(bytes);
  }
}
