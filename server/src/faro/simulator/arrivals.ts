import type { RandomStream } from './random-stream.ts';
import { realAt } from '../../numeric/at.ts';

/** Arrival times of one job's requests. */
export interface Arrivals {
  /** Seconds from the start, ascending. */
  readonly times: Float64Array;
  /** Index of each minute's first request in `times`, and their number at the end; what the last minute spills is its own. */
  readonly minuteStarts: Int32Array;
}

/**
 * The load of Faro's experiments (reference, section 9): each minute of the trace releases exactly as many requests as it
 * counts, the first at once and each after an exponential gap of mean 60 s / count. The last of them may spill over.
 *
 * A fraction of a request is carried over to the next minute; a count that is no positive number is no request.
 */
export function minuteArrivals(countsPerMinute: readonly number[], random: RandomStream): Arrivals {
  const counts = wholeCounts(countsPerMinute);
  const minutes = counts.length;
  const times = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let filled = 0;
  counts.forEach((count, minute) => {
    const gap = 60 / count;
    let at = 60 * minute;
    for (let i = 0; i < count; i++) {
      // What the minute before spilled comes later.
      let place = filled++;
      for (; place > 0 && realAt(times, place - 1) > at; place--) times[place] = realAt(times, place - 1);
      times[place] = at;
      at += gap * random.exponential();
    }
  });
  const minuteStarts = new Int32Array(minutes + 1).fill(times.length);
  for (let minute = 0, i = 0; minute < minutes; minute++) {
    minuteStarts[minute] = i;
    while (i < times.length && realAt(times, i) < 60 * (minute + 1)) i++;
  }
  return { times, minuteStarts };
}

function wholeCounts(countsPerMinute: readonly number[]): number[] {
  let owed = 0;
  return countsPerMinute.map((count) => {
    owed += count > 0 && Number.isFinite(count) ? count : 0;
    // The slack keeps sums such as ten times 0.1 whole.
    const whole = Math.floor(owed + 1e-9);
    owed = Math.max(0, owed - whole);
    return whole;
  });
}
