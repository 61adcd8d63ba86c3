/**
 * The tree that everything above reads: nodes with absolute ranges, laid lazily over the green nodes. An alias shows the value of
 * its anchor at the range of the alias; below it, nodes show where the anchored text stands.
 */
import type { Range } from '../problems/catalogue.ts';
import { entryPlace, isMerge, mergedEntries, mergedEntry } from './green.ts';
import type { Green, GreenEntry, ScalarValue } from './green.ts';

export type Path = readonly (string | number)[];

export interface YamlEntry {
  readonly key: string;
  readonly keyRange: Range;
  /** False where the key is only half typed. */
  readonly colon: boolean;
  readonly value: YamlNode;
}

export class YamlNode {
  readonly green: Exclude<Green, { type: 'alias' }>;
  readonly range: Range;
  private readonly base: number;

  constructor(green: Green, base: number, range?: Range) {
    this.range = range ?? { start: green.start + base, end: green.end + base };
    let target = green;
    while (target.type === 'alias') target = target.target;
    this.green = target;
    this.base = base;
  }

  get type(): 'scalar' | 'mapping' | 'sequence' {
    return this.green.type;
  }

  /** The value of a scalar; undefined for a mapping or a sequence. */
  get scalar(): ScalarValue | undefined {
    return this.green.type === 'scalar' ? this.green.value : undefined;
  }

  /** Nothing is written here (`key:` alone). */
  get missing(): boolean {
    return this.green.type === 'scalar' && this.green.start === this.green.end;
  }

  /** Written with brackets or braces. */
  get flow(): boolean {
    return this.green.type !== 'scalar' && this.green.flow;
  }

  /** Entries of a mapping in the order of the text, as they are written there; none for other nodes. */
  get entries(): YamlEntry[] {
    return this.green.type === 'mapping' ? this.green.entries.map((entry, i) => this.entry(entry, this.shift(i))) : [];
  }

  /** How many entries or items there are. */
  get size(): number {
    if (this.green.type === 'scalar') return 0;
    return this.green.type === 'mapping' ? this.green.entries.length : this.green.items.length;
  }

  /** The place of a key among the entries of this mapping, as they are written there; -1 where there is none. */
  place(key: string): number {
    return this.green.type === 'mapping' ? entryPlace(this.green, key) : -1;
  }

  /** The entry at a place. */
  entryAtPlace(i: number): YamlEntry | undefined {
    const green = this.green.type === 'mapping' ? this.green.entries[i] : undefined;
    return green && this.entry(green, this.shift(i));
  }

  /** The place of the first item around an offset; -1 where there is none. Ends of ranges belong to them. */
  itemAround(offset: number): number {
    if (this.green.type !== 'sequence') return -1;
    return this.green.items.findIndex(({ start, end }, i) => {
      const base = this.base + this.shift(i);
      return start + base <= offset && offset <= end + base;
    });
  }

  /** The place of the last entry of which the key or the value is around an offset; -1 where there is none. */
  entryAround(offset: number): number {
    if (this.green.type !== 'mapping') return -1;
    let found = -1;
    for (const [i, { keyStart, keyEnd, value }] of this.green.entries.entries()) {
      const at = offset - this.base - this.shift(i);
      if (keyStart > at) break;
      if (at <= keyEnd || (value.start <= at && at <= value.end)) found = i;
    }
    return found;
  }

  /** Entries that a merge key takes over from other mappings, at their places there. */
  get merged(): YamlEntry[] {
    return this.green.type === 'mapping'
      ? mergedEntries(this.green).map(({ entry, shift }) => this.entry(entry, shift))
      : [];
  }

  /** Entries as the mapping means them: its own, and in place of its merge keys what these take over. */
  get meant(): YamlEntry[] {
    if (this.green.type !== 'mapping') return [];
    const own = this.green.entries.flatMap((entry, i) => (isMerge(entry) ? [] : [this.entry(entry, this.shift(i))]));
    return [...own, ...this.merged];
  }

  /** Items of a sequence; none for other nodes. */
  get items(): YamlNode[] {
    return this.green.type === 'sequence'
      ? this.green.items.map((item, i) => new YamlNode(item, this.base + this.shift(i)))
      : [];
  }

  /** The first entry with this key, or the one that a merge key takes over: it stands where it is written. */
  get(key: string): YamlEntry | undefined {
    if (this.green.type !== 'mapping') return undefined;
    const own = this.entryAtPlace(this.place(key));
    if (own) return own;
    const merged = mergedEntry(this.green, key);
    return merged && this.entry(merged.entry, merged.shift);
  }

  /** The item at an index. */
  item(index: number): YamlNode | undefined {
    const green = this.green.type === 'sequence' ? this.green.items[index] : undefined;
    return green && new YamlNode(green, this.base + this.shift(index));
  }

  /** The node at a path of keys and indices. */
  at(path: Path): YamlNode | undefined {
    return path.reduce<YamlNode | undefined>(
      (node, step) => (typeof step === 'number' ? node?.item(step) : node?.get(step)?.value),
      this,
    );
  }

  /** The entry that a path ends in: its key's range and its value. */
  entryAt(path: Path): YamlEntry | undefined {
    const key = path.at(-1);
    return typeof key === 'string' ? this.at(path.slice(0, -1))?.get(key) : undefined;
  }

  /**
   * The same value as plain data, aliases followed. Data of pieces that did not change is the same object as before:
   * treat it as frozen.
   */
  plain(): unknown {
    return toPlain(this.green);
  }

  private entry(entry: GreenEntry, shift: number): YamlEntry {
    const base = this.base + shift;
    return {
      key: entry.key,
      keyRange: { start: entry.keyStart + base, end: entry.keyEnd + base },
      colon: entry.colon,
      value: new YamlNode(entry.value, base),
    };
  }

  private shift(i: number): number {
    return (this.green.type === 'scalar' ? undefined : this.green.shifts?.[i]) ?? 0;
  }
}

const plainData = new WeakMap<Green, unknown>();

function toPlain(green: Green): unknown {
  if (green.type === 'scalar') return green.value;
  if (green.type === 'alias') return toPlain(green.target);
  const known = plainData.get(green);
  if (known !== undefined) return known;
  let value: unknown;
  if (green.type === 'sequence') value = green.items.map(toPlain);
  else {
    const object: Record<string, unknown> = {};
    const merged = mergedEntries(green);
    const all = merged.length > 0 ? [...green.entries, ...merged.map(({ entry }) => entry)] : green.entries;
    for (const entry of all) {
      if (Object.hasOwn(object, entry.key) || isMerge(entry)) continue;
      // A plain assignment to `__proto__` would change the object instead of adding a key.
      if (entry.key === '__proto__')
        Object.defineProperty(object, entry.key, { value: toPlain(entry.value), enumerable: true });
      else object[entry.key] = toPlain(entry.value);
    }
    value = object;
  }
  plainData.set(green, value);
  return value;
}

/**
 * The range to show for a path: the scalar there; for a mapping or a list, its key; for an item, its name. Where the path is not in
 * the text, the nearest part of it that is.
 */
export function rangeAt(root: YamlNode, path: Path): Range {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const node = root.at(part);
    if (!node) continue;
    const key = root.entryAt(part)?.keyRange;
    if (node.type === 'scalar' && !node.missing) return node.range;
    if (key) return key;
    const name = node.get('name')?.value;
    if (name?.type === 'scalar' && !name.missing) return name.range;
    const { start, end } = node.range;
    return node.entries[0]?.keyRange ?? { start, end: Math.min(start + 1, end) };
  }
  return root.entries[0]?.keyRange ?? { start: root.range.start, end: root.range.start };
}
