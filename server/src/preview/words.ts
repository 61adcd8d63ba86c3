/** Small words for sentences: numbers with three digits, lists, counts. */
import { formatQuantity, type QuantityKind } from '../spec/quantity.ts';

/** `610 ms`, `6.1 GiB`: a quantity with a blank before its unit. */
export function quantity(value: number, kind: QuantityKind): string {
  return formatQuantity(value, kind).replace(/^([-\d.,]+)(?=\D)/, '$1 ');
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

/** `32 replicas`, `1 replica`: always a figure. */
export function figureOf(count: number, one: string, many = `${one}s`): string {
  return `${three(count)} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listOf(names: readonly string[], most = 3): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : [...names];
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** Three significant digits. */
export function three(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}

export function percent(fraction: number): string {
  return `${three(fraction * 100)} %`;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
