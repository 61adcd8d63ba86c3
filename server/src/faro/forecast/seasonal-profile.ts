import { dayOf, type PastTraffic } from './past-traffic.ts';
import { toRoot } from './traffic-scale.ts';
import { addToReal, itemAt, realAt } from '../../numeric/at.ts';

/**
 * The mean course of a day, in square roots of requests, by minute of the day.
 *
 * @param leftOut    days that do not count.
 * @param halfWidth  minutes on either side over which it is smoothed, with weights that fall linearly; round the clock.
 * Minutes that were never seen take the mean of all. Its length is the minutes of a day.
 */
export function seasonalProfile(
  { stretches, minutesPerDay }: PastTraffic,
  leftOut: (day: number) => boolean,
  halfWidth: number,
): Float64Array {
  const sum = new Float64Array(minutesPerDay);
  const seen = new Float64Array(minutesPerDay);
  for (const stretch of stretches) {
    const { countsPerMinute, firstMinute } = stretch;
    for (let i = 0; i < countsPerMinute.length; i++) {
      if (leftOut(dayOf(stretch, i, minutesPerDay))) continue;
      const minute = (firstMinute + i) % minutesPerDay;
      addToReal(sum, minute, toRoot(itemAt(countsPerMinute, i)));
      addToReal(seen, minute, 1);
    }
  }
  const total = seen.reduce((a, b) => a + b, 0);
  const mean = total > 0 ? sum.reduce((a, b) => a + b, 0) / total : 0;
  return smoothed(sum, seen, mean, Math.min(halfWidth, Math.floor(minutesPerDay / 2)));
}

function smoothed(sum: Float64Array, seen: Float64Array, mean: number, halfWidth: number): Float64Array {
  const minutes = sum.length;
  return Float64Array.from({ length: minutes }, (_, minute) => {
    let [top, bottom] = [0, 0];
    for (let off = -halfWidth; off <= halfWidth; off++) {
      const at = (minute + off + minutes) % minutes;
      const weight = 1 - Math.abs(off) / (halfWidth + 1);
      top += weight * realAt(sum, at);
      bottom += weight * realAt(seen, at);
    }
    return bottom > 0 ? top / bottom : mean;
  });
}
