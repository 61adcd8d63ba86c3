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
