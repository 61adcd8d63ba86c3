/** Numbers for people: three significant digits, a unit, the same in every command. */
import { formatQuantity } from '../../spec/quantity.ts';

/** `610 ms`, `1.2 s`, `24 min`. */
export function milliseconds(value: number): string {
  if (!Number.isFinite(value)) return '∞';
  return spaced(formatQuantity(value, 'duration'));
}

/** Microseconds in the unit that suits them. */
export function microseconds(value: number): string {
  return milliseconds(value / 1000);
}

export function bytes(value: number): string {
  return spaced(formatQuantity(value, 'size'));
}

export function percent(fraction: number): string {
  return `${significant(fraction * 100)} %`;
}

/** Three significant digits, without an exponent for everyday sizes and without trailing zeros. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return value.toExponential(2);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return `${Number(value.toPrecision(3))}`;
}

/**
 * `3.14 ± 0.08`: three significant digits of the mean, or up to two more where the deviation would not show.
 *
 * @param deviation null where there is none to tell.
 */
export function plusMinus(mean: number, deviation: number | null): string {
  const size = Math.abs(mean);
  const three = size === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size) + 1e-12));
  const shows = deviation ? Math.max(0, -Math.floor(Math.log10(deviation) + 1e-12)) : 0;
  const places = Math.min(4, Math.max(three, Math.min(three + 2, shows)));
  return deviation === null ? mean.toFixed(places) : `${mean.toFixed(places)} ± ${deviation.toFixed(places)}`;
}

function spaced(quantity: string): string {
  return quantity.replace(/^([-\d.,]+)(\D)/, '$1 $2');
}
