/**
 * Numbers for people: three significant digits, a unit, the same in every command. What stands in a column has its zeros too
 * (`threeDigits`, `measuredPercent`, times and sizes); in a sentence idle zeros are left out (`significant`, `percent`).
 */
import { duration } from '../../preview/figures.ts';

export {
  amount,
  bareAmount,
  bytes,
  count,
  duration as milliseconds,
  measuredPercent,
  threeDigits,
} from '../../preview/figures.ts';

/** Microseconds in the unit that suits them. */
export function microseconds(value: number): string {
  return duration(value / 1000);
}

/** `24.9 %`, `−3,630 %`. */
export function percent(fraction: number): string {
  const share = fraction * 100;
  return `${significant(Number.isFinite(share) ? Number(share.toPrecision(3)) : share)} %`;
}

/** Three significant digits, without an exponent for everyday sizes and without trailing zeros. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : '–';
  if (value < 0) return `−${significant(-value)}`;
  if (value !== 0 && (value < 1e-3 || value >= 1e9)) return value.toExponential(2);
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return `${Number(value.toPrecision(3))}`;
}

/**
 * `3.14 ± 0.08`: three significant digits of the mean, or up to two more where the deviation would not show; one that would not
 * show even then is nothing to be exact about.
 *
 * @param deviation null where there is none to tell.
 */
export function plusMinus(mean: number, deviation: number | null): string {
  const size = Math.abs(mean);
  const three = size === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size) + 1e-12));
  const shows = deviation ? Math.max(0, -Math.floor(Math.log10(deviation) + 1e-12)) : 0;
  const places = Math.min(4, shows > Math.min(4, three + 2) ? three : Math.max(three, shows));
  return deviation === null ? mean.toFixed(places) : `${mean.toFixed(places)} ± ${deviation.toFixed(places)}`;
}
