/** Amounts as a person reads them in hovers and hints: three digits, a blank, a unit that says bytes where it means bytes. */
import { quantity } from '../preview/words.ts';

/** `6.1 GiB`. */
export function bytes(amount: number): string {
  return quantity(amount, 'size').replace(/i$/, 'iB');
}

/** `610 ms`; `∞` for a queue that grows for ever. */
export function milliseconds(time: number | null): string {
  return time !== null && Number.isFinite(time) ? quantity(time, 'duration') : '∞';
}

/** Microseconds, in the unit that suits them. */
export function microseconds(time: number): string {
  return milliseconds(time / 1000);
}
