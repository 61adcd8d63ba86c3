/** What stands at an offset of a tree: the path to it, and whether the offset is in the key or in the value. */
import type { Range } from '../spec/problems/catalogue.ts';
import type { Path, YamlEntry, YamlNode } from '../spec/yaml/tree.ts';

export interface Place {
  readonly path: Path;
  readonly on: 'key' | 'value';
  /** The value at the path. */
  readonly node: YamlNode;
  /** The entry that the path ends in; none for items of lists. */
  readonly entry?: YamlEntry;
}

/** The innermost entry or item at an offset; ends of ranges belong to them, as a cursor stands between characters. */
export function placeAt(root: YamlNode | undefined, offset: number): Place | undefined {
  return placesAt(root, offset).at(-1);
}

/** Every entry and item around an offset, outermost first. */
export function placesAt(root: YamlNode | undefined, offset: number): Place[] {
  const places: Place[] = [];
  let node = root;
  let path: Path = [];
  while (node) {
    const inner: Place | undefined = node.type === 'mapping' ? entryAt(node, path, offset) : itemAt(node, path, offset);
    if (!inner) break;
    places.push(inner);
    if (inner.on === 'key') break;
    node = inner.node;
    path = inner.path;
  }
  return places;
}

function entryAt(mapping: YamlNode, path: Path, offset: number): Place | undefined {
  const entry = mapping.entryAtPlace(mapping.entryAround(offset));
  return (
    entry && {
      path: [...path, entry.key],
      node: entry.value,
      entry,
      on: offset <= entry.keyRange.end ? 'key' : 'value',
    }
  );
}

function itemAt(list: YamlNode, path: Path, offset: number): Place | undefined {
  const i = list.itemAround(offset);
  const node = list.item(i);
  return node && { path: [...path, i], on: 'value', node };
}

export function within(range: Range, offset: number): boolean {
  return range.start <= offset && offset <= range.end;
}

/** Whether a path starts with these steps; `*` stands for any index. */
export function startsWith(path: Path, ...steps: readonly (string | number)[]): boolean {
  return (
    steps.length <= path.length &&
    steps.every((step, i) => step === path[i] || (step === '*' && typeof path[i] === 'number'))
  );
}
