import type { RandomStream } from './random-stream.ts';

/** Arrival times of one job's requests. */
export interface Arrivals {
  /** Seconds from the start, ascending. */
  readonly times: Float64Array;
  /** Index of each minute's first request in `times`; one more entry than minutes. */
  readonly minuteStarts: Int32Array;
}

/**
 * A Poisson process that has exactly the given number of requests in each minute.
 *
 * Gaps are exponential and scaled to the minute, which is how a Poisson process is distributed when its count is known.
 * A fraction of a request is carried over to the next minute; a count that is no positive number is no request.
 */
export function poissonArrivals(countsPerMinute: readonly number[], random: RandomStream): Arrivals {
  const minuteStarts = new Int32Array(countsPerMinute.length + 1);
  let owed = 0;
  countsPerMinute.forEach((count, minute) => {
    owed += count > 0 && Number.isFinite(count) ? count : 0;
    // The slack keeps sums such as ten times 0.1 whole.
    const whole = Math.floor(owed + 1e-9);
    owed = Math.max(0, owed - whole);
    minuteStarts[minute + 1] = minuteStarts[minute]! + whole;
  });
  const times = new Float64Array(minuteStarts[countsPerMinute.length]!);
  for (let minute = 0; minute < countsPerMinute.length; minute++) {
    const [from, to] = [minuteStarts[minute]!, minuteStarts[minute + 1]!];
    let at = 0;
    for (let i = from; i < to; i++) times[i] = at += random.exponential();
    const scale = 60 / (at + random.exponential());
    for (let i = from; i < to; i++) times[i] = 60 * minute + times[i]! * scale;
  }
  return { times, minuteStarts };
}
