/**
 * Green nodes: the parsed text of one chunk, with offsets that count from the start of the chunk. They are immutable and know
 * neither their parent nor where they stand, so that a chunk whose text did not change is used again wherever it has moved to.
 * `yaml-tree.ts` lays nodes with absolute ranges over them.
 */

export type ScalarValue = string | number | boolean | null;

export interface GreenScalar {
  readonly type: 'scalar';
  readonly start: number;
  /** Equal to `start` where nothing is written (`key:`). */
  readonly end: number;
  readonly value: ScalarValue;
  readonly style: 'plain' | 'quoted' | 'block';
}

export interface GreenEntry {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** False for a key that is only half typed: no colon follows it. */
  readonly colon: boolean;
  readonly value: Green;
}

export interface GreenMapping {
  readonly type: 'mapping';
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
  readonly entries: readonly GreenEntry[];
  /** Where entries come from chunks of their own: what to add to each entry's offsets. */
  readonly shifts?: readonly number[];
}

export interface GreenSequence {
  readonly type: 'sequence';
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
  readonly items: readonly Green[];
  readonly shifts?: readonly number[];
}

/** `*name`. Anchors and aliases are only read within one chunk, so the target's offsets count from the same start. */
export interface GreenAlias {
  readonly type: 'alias';
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly target: Green;
}

export type Green = GreenScalar | GreenMapping | GreenSequence | GreenAlias;

/** Something wrong with the YAML itself, with offsets from the start of the chunk. */
export interface Slip {
  readonly type: 'syntax' | 'tab' | 'duplicate' | 'unsupported' | 'alias';
  readonly start: number;
  readonly end: number;
  /** syntax: what is wrong; duplicate: the key; unsupported: what it is. */
  readonly detail: string;
  /** duplicate: where the first one starts. */
  readonly first?: number;
}

export interface Chunk {
  /** What the chunk's text means as a document of its own; undefined where it holds only comments. */
  readonly root: Green | undefined;
  readonly slips: readonly Slip[];
}

/** Values behind a node once aliases are followed; stops counting above `limit`. A node inside its own alias is endless. */
export function expandedSize(root: Green, limit: number): number {
  const sizes = new Map<Green, number>();
  const open = new Set<Green>();
  const size = (node: Green): number => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (open.has(node)) return Infinity;
    open.add(node);
    let sum = 1;
    if (node.type === 'alias') sum += size(node.target);
    else if (node.type === 'mapping') for (const entry of node.entries) sum += size(entry.value);
    else if (node.type === 'sequence') for (const item of node.items) sum += size(item);
    open.delete(node);
    const capped = sum > limit ? Infinity : sum;
    sizes.set(node, capped);
    return capped;
  };
  return size(root);
}

/** An entry that a mapping takes over from another, with what to add to its offsets. */
export interface MergedEntry {
  readonly entry: GreenEntry;
  readonly shift: number;
}

const NOTHING_MERGED: readonly MergedEntry[] = [];
const merged = new WeakMap<GreenMapping, readonly MergedEntry[]>();

/**
 * What a mapping takes over with a merge key (`<<: *shared`, `<<: [*one, *other]`), as YAML 1.1 means it: its own keys come before those of
 * others, and the first of several mappings before the next. As many as `expandedSize` counts at most.
 */
export function mergedEntries(mapping: GreenMapping): readonly MergedEntry[] {
  const known = merged.get(mapping);
  if (known) return known;
  if (!mapping.entries.some(isMerge)) return NOTHING_MERGED;
  const taken = new Set(mapping.entries.map(({ key }) => key));
  const found: MergedEntry[] = [];
  mapping.entries.forEach((entry, i) => {
    if (!isMerge(entry)) return;
    const shift = mapping.shifts?.[i] ?? 0;
    for (const source of mergeSources(entry.value)) {
      const own = source.entries.map((inner, j): MergedEntry => ({ entry: inner, shift: source.shifts?.[j] ?? 0 }));
      for (const { entry: inner, shift: further } of [...own, ...mergedEntries(source)]) {
        if (isMerge(inner) || taken.has(inner.key)) continue;
        taken.add(inner.key);
        found.push({ entry: inner, shift: shift + further });
      }
    }
  });
  merged.set(mapping, found);
  return found;
}

/** Entries of a mapping, or of what it takes over, that are looked through before they are numbered by their keys. */
const LOOKED_THROUGH = 16;
const places = new WeakMap<readonly unknown[], ReadonlyMap<string, number>>();

/**
 * The place of the first entry with a key among entries; -1 where there is none. Of a long list the keys are numbered once, so that asking for
 * each of them costs no more than the list is long.
 */
function placeOf<T>(entries: readonly T[], key: string, keyOf: (entry: T) => string): number {
  const few = Math.min(entries.length, LOOKED_THROUGH);
  for (let i = 0; i < few; i++) if (keyOf(entries[i]!) === key) return i;
  if (few === entries.length) return -1;
  let known = places.get(entries);
  if (!known) {
    const numbered = new Map<string, number>();
    entries.forEach((entry, i) => {
      const other = keyOf(entry);
      if (!numbered.has(other)) numbered.set(other, i);
    });
    places.set(entries, (known = numbered));
  }
  return known.get(key) ?? -1;
}

/** The place of the first entry with a key; -1 where there is none. */
export function entryPlace(mapping: GreenMapping, key: string): number {
  return placeOf(mapping.entries, key, (entry) => entry.key);
}

/** What a mapping takes over under a key that it does not have itself. */
export function mergedEntry(mapping: GreenMapping, key: string): MergedEntry | undefined {
  const all = mergedEntries(mapping);
  return all[placeOf(all, key, ({ entry }) => entry.key)];
}

/** `<<` without quotes, with mappings as its value; anything else is a key like others. */
export function isMerge({ key, keyStart, keyEnd, value }: GreenEntry): boolean {
  return key === '<<' && keyEnd - keyStart === 2 && mergeSources(value).length > 0;
}

/** The mappings that the value of a merge key stands for; none where it is, or has, anything else. */
function mergeSources(value: Green): readonly GreenMapping[] {
  const target = aliased(value);
  const sources = target.type === 'sequence' ? target.items.map(aliased) : [target];
  return sources.every((source) => source.type === 'mapping') ? sources : [];
}

function aliased(node: Green): Exclude<Green, GreenAlias> {
  let target = node;
  while (target.type === 'alias') target = target.target;
  return target;
}

/** Keys that a mapping gives twice. Offsets are those of `mapping`'s chunk. */
export function duplicateKeys(mapping: GreenMapping): Slip[] {
  const seen = new Map<string, number>();
  const slips: Slip[] = [];
  mapping.entries.forEach((entry, i) => {
    const shift = mapping.shifts?.[i] ?? 0;
    const first = seen.get(entry.key);
    if (first === undefined) seen.set(entry.key, entry.keyStart + shift);
    else
      slips.push({
        type: 'duplicate',
        start: entry.keyStart + shift,
        end: entry.keyEnd + shift,
        detail: entry.key,
        first,
      });
  });
  return slips;
}
