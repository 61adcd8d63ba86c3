/** Small words for sentences: numbers with three digits, lists, counts. */
import { threeDigits } from './figures.ts';
import { formatQuantity, type QuantityKind } from '../spec/quantities/quantity.ts';

/** `610 ms`, `13.9 min`, `6.1 Gi`: a quantity with a blank before its unit. Minutes that the spec writes as `m` would read as metres. */
export function quantity(value: number, kind: QuantityKind, digits = 3): string {
  const spaced = formatQuantity(value, kind, { digits }).replace(/^([-\d.,]+)(?=\D)/, '$1 ');
  return kind === 'duration' ? spaced.replace(/ m$/, ' min').replace(/ us$/, ' µs') : spaced;
}

const SMALL = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** `ten`, `32`: words up to twelve, figures above. */
export function word(count: number): string {
  return SMALL[count] ?? `${count}`;
}

/** `ten SLOs`, `one SLO`, `32 replicas`: words up to twelve, figures above. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${word(count)} ${count === 1 ? one : many}`;
}

/** `32 replicas`, `1 replica`: always a figure, and every digit of it. */
export function figureOf(count: number, one: string, many = `${one}s`): string {
  return `${Number.isInteger(count) ? count : three(count)} ${count === 1 ? one : many}`;
}

/** `asleep; wakes in 35.0 s`: what stands beside a job's 0 replicas. */
export function asleep(wakesInMs: number): string {
  return `asleep; wakes in ${quantity(wakesInMs, 'duration')}`;
}

/** What stands beside the replicas of a job that has none: nothing for one that has some, or is not meant to have none. */
export function sleepOf({
  replicas,
  sleep,
}: {
  readonly replicas: number;
  readonly sleep?: { readonly wakesInMs: number };
}): string | undefined {
  return replicas === 0 && sleep ? asleep(sleep.wakesInMs) : undefined;
}

/**
 * An amount and its limit as texts in which the larger one can be told from the smaller: three digits each, and more where
 * these would be the same.
 */
export function distinctly(
  amount: number,
  limit: number,
  text: (value: number, digits: number) => string,
): readonly [string, string] {
  for (let digits = 3; digits < 15; digits += 2) {
    const pair = [text(amount, digits), text(limit, digits)] as const;
    if (pair[0] !== pair[1]) return pair;
  }
  return [text(amount, 15), text(limit, 15)];
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listOf(names: readonly string[], most = 3): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : [...names];
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** Three significant digits: `0.0691`, `−1.29`, `33,200`. */
export function three(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const text = Math.abs(rounded) >= 1000 && Math.abs(rounded) < 1e15 ? rounded.toLocaleString('en-US') : `${rounded}`;
  return text.replace(/^-/, '−');
}

/** `3.6 billion`. */
export function largeNumber(value: number, digits = 3): string {
  return value.toLocaleString('en-US', {
    notation: 'compact',
    compactDisplay: 'long',
    maximumSignificantDigits: digits,
  });
}

/** `24.9 %`; what is next to nothing is not told in more zeros. */
export function percent(fraction: number): string {
  if (fraction > 0 && fraction < 1e-4) return 'under 0.01 %';
  return `${three(fraction * 100)} %`;
}

/** `+0.490`, `−1.29`: what a change does; `±0` where it is next to nothing. */
export function signed(change: number): string {
  if (Math.abs(change) < 5e-4) return '±0';
  return change > 0 ? `+${threeDigits(change)}` : `−${threeDigits(-change)}`;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
