/** A typed spec as text that is the same for the same meaning, and its hash: what plans are compared by. */
import { createHash } from 'node:crypto';
import type { Spec } from './types.ts';

/** JSON with keys in alphabetical order and no blanks; `undefined` is left out. Numbers must be finite. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError('a number that is not finite has no JSON');
  if (value === undefined || value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}

/** SHA-256 of the canonical JSON, in hexadecimal. Comments, order of keys and spelling of units do not change it. */
export function hashOf(value: Spec | object): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
