/** A change of one value of the spec, in the spec's own words. */
import type { Difference } from './difference.ts';
import { written } from './spec-words.ts';
import type { Change } from '../types.ts';

/** What makes the words of one kind. */
export interface Narration {
  readonly changes: readonly Change[];
  readonly meaningless: number;
}

/** `slo.latency 720ms → 500ms`, `+ pins.conv1 gpu0`, with the owner in front where there is one. */
export function plainChange(difference: Difference, path: readonly string[], owner?: string): Change {
  const key = path.at(-1);
  const name = (owner === undefined ? path : path.slice(2)).join('.');
  const front = owner === undefined ? '' : `${owner}: `;
  const { before, after } = difference;
  const change = {
    path: path.join('.'),
    ...(before !== undefined && { before: written(key, before) }),
    ...(after !== undefined && { after: written(key, after) }),
  };
  if (before === undefined) return { action: 'create', ...change, text: `${front}+ ${name} ${change.after}` };
  if (after === undefined) return { action: 'delete', ...change, text: `${front}- ${name} ${change.before}` };
  return { action: 'update', ...change, text: `${front}${name} ${change.before} → ${change.after}` };
}
