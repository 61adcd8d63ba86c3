import { addToInt, addToReal, intAt, realAt } from '../../numeric/at.ts';

/** Seconds that are remembered. */
const rememberedSeconds = 64;

/** Latencies of the requests that ended in the latest seconds, as a router measures them: a sum for each second. */
export class RecentLatency {
  readonly #second = new Int32Array(rememberedSeconds).fill(-1);
  readonly #sum = new Float64Array(rememberedSeconds);
  readonly #count = new Int32Array(rememberedSeconds);

  /** @param endedAt seconds from the start, as `latency` is. */
  add(endedAt: number, latency: number): void {
    const second = Math.trunc(endedAt);
    const cell = second % rememberedSeconds;
    if (this.#second[cell] !== second) {
      this.#second[cell] = second;
      this.#sum[cell] = 0;
      this.#count[cell] = 0;
    }
    addToReal(this.#sum, cell, latency);
    addToInt(this.#count, cell, 1);
  }

  /** Mean latency in seconds over the last whole seconds, at most a minute of them; null where no request ended. */
  mean(now: number, seconds: number): number | null {
    let [sum, count] = [0, 0];
    const end = Math.floor(now + 1e-9);
    for (let second = Math.max(0, end - seconds); second < end; second++) {
      const cell = second % rememberedSeconds;
      if (this.#second[cell] !== second) continue;
      sum += realAt(this.#sum, cell);
      count += intAt(this.#count, cell);
    }
    return count === 0 ? null : sum / count;
  }
}
