/** Two desired states → what would change, in the words of the spec. */
import { differencesOf } from './difference.ts';
import { inDeployment } from '../kinds.ts';
import { isSameOwner, originText } from './origin.ts';
import { written } from './spec-words.ts';
import { targetKey } from '../target-ref.ts';
import type { Kind } from '../../spec/types.ts';
import type { Wanted } from '../live.ts';
import type { Change, Desired } from '../types.ts';

export interface Diff {
  readonly changes: readonly Change[];
  /** Differences that mean the same: counted, not listed. */
  readonly unchanged: number;
}

/** @param before and after must be of one kind; undefined before it was deployed. */
export function diff(before: Desired | undefined, after: Desired): Diff {
  if (!before) return { changes: created(after), unchanged: 0 };
  if (before.kind !== after.kind) throw new Error(`${before.kind} cannot become ${after.kind}`);
  const { changes, meaningless } = inDeployment<Kind>(after.kind).changes(before, after);
  return { changes, unchanged: meaningless };
}

/** What changes in whose a deployment is and where it is run from, beside its desired state. */
export function diffHome(before: Omit<Wanted, 'desired'>, after: Omit<Wanted, 'desired'>): readonly Change[] {
  const owner = { before: originText(before.origin), after: originText(after.origin) };
  const moved = differencesOf(before.particulars, after.particulars).differences.map(({ path, ...values }): Change => {
    const words = { before: written(undefined, values.before), after: written(undefined, values.after) };
    const text = PARTICULAR_WORDS[path[0]!]?.(words) ?? `${path.join('.')}: ${words.before} → ${words.after}`;
    return { action: 'update', path: path.join('.'), ...words, text };
  });
  if (isSameOwner(before, after)) return moved;
  return [{ action: 'update', path: OWNER_PATH, ...owner, text: `owner: ${owner.before} → ${owner.after}` }, ...moved];
}

/** The path of the change that says that another file takes a deployment over. */
export const OWNER_PATH = 'source';

const PARTICULAR_WORDS: Readonly<Record<string, (words: { before: string; after: string }) => string>> = {
  folder: ({ before, after }) => `commands run in ${after}, no longer in ${before}`,
  python: ({ before, after }) => `the Python that trains: ${before} → ${after}`,
};

function created(desired: Desired): readonly Change[] {
  const text = `+ ${desired.kind} ${desired.name} on ${targetKey(desired.target)}`;
  return [{ action: 'create', path: '', text }, ...inDeployment<Kind>(desired.kind).created(desired)];
}
