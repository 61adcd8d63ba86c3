/** The outline: documents, and in them jobs, devices, sites, nodes by name. */
import type { Range } from '../spec/problems/catalogue.ts';
import { yamlText } from '../spec/yaml/edit.ts';
import { visible } from '../spec/text/visible.ts';
import type { YamlEntry, YamlNode } from '../spec/yaml/tree.ts';
import type { OpenDocument } from './document.ts';
import { sections, type Section } from './section.ts';

export type SymbolSort = 'document' | 'group' | 'value' | 'job' | 'device' | 'site' | 'node' | 'edge' | 'pin';

export interface OutlineSymbol {
  readonly name: string;
  readonly detail: string;
  readonly sort: SymbolSort;
  /** The whole of it. */
  readonly range: Range;
  /** What is shown when it is chosen; inside `range`. */
  readonly selection: Range;
  readonly children: readonly OutlineSymbol[];
}

/** Entries of one list that are listed; no one scrolls further. */
const MOST_ITEMS = 5000;

const ITEM_SORTS: Readonly<Record<string, SymbolSort>> = {
  jobs: 'job',
  devices: 'device',
  sites: 'site',
  nodes: 'node',
  edges: 'edge',
};

/** @returns names as they are seen, whatever characters they hold. */
export function symbols(doc: OpenDocument): OutlineSymbol[] {
  return documents(doc).map(seen);
}

function seen(symbol: OutlineSymbol): OutlineSymbol {
  const { name, detail, children } = symbol;
  return { ...symbol, name: visible(name), detail: visible(detail), children: children.map(seen) };
}

function documents(doc: OpenDocument): OutlineSymbol[] {
  return sections(doc).flatMap((section): OutlineSymbol[] => {
    const { root } = section;
    if (root?.type !== 'mapping') return [];
    const name = root.at(['metadata', 'name']);
    const start = root.entries[0]?.keyRange.start ?? root.range.start;
    const range = { start, end: Math.max(root.range.end, start) };
    const selection =
      name?.type === 'scalar' && !name.missing ? name.range : (root.entries[0]?.keyRange ?? { start, end: start });
    const title = name?.type === 'scalar' && !name.missing ? String(name.scalar) : (section.kind ?? 'document');
    return [
      { name: title, detail: section.kind ?? '', sort: 'document', range, selection, children: members(section, root) },
    ];
  });
}

/** What stands under `spec`, or at the top of a graph file. */
function members({ kind }: Section, root: YamlNode): OutlineSymbol[] {
  const entries = kind === undefined || kind === 'Graph' ? root.entries : (root.get('spec')?.value.entries ?? []);
  const skipped = new Set(['apiVersion', 'kind', 'metadata']);
  return entries.filter(({ key, colon }) => colon && !skipped.has(key)).map(member);
}

function member(entry: YamlEntry): OutlineSymbol {
  const { key, keyRange, value } = entry;
  const range = { start: keyRange.start, end: Math.max(keyRange.end, value.range.end) };
  const sort = ITEM_SORTS[key];
  const base = { name: key === '' ? '""' : key, range, selection: keyRange };
  if (sort && value.type === 'sequence') {
    const items = value.items.slice(0, MOST_ITEMS).map((item, i) => itemSymbol(item, i, sort));
    return { ...base, detail: `${value.items.length}`, sort: 'group', children: items };
  }
  if (key === 'pins')
    return { ...base, detail: `${value.entries.length}`, sort: 'group', children: value.entries.map(pin) };
  return { ...base, detail: short(value), sort: 'value', children: [] };
}

function itemSymbol(item: YamlNode, index: number, sort: SymbolSort): OutlineSymbol {
  const name = item.get('name')?.value;
  const named = name?.type === 'scalar' && !name.missing;
  const ends =
    sort === 'edge'
      ? (['from', 'src'] as const)
          .map((key, i) => [item.get(key)?.value, item.get(i === 0 ? 'to' : 'dst')?.value])
          .find(([from]) => from)
      : undefined;
  const title = ends ? `${text(ends[0])} → ${text(ends[1])}` : named ? String(name.scalar) : `[${index}]`;
  const first = item.entries[0]?.keyRange ?? { start: item.range.start, end: item.range.start };
  return {
    name: title === '' ? `[${index}]` : title,
    detail: detailOf(item, sort),
    sort,
    range: item.range,
    selection: named ? name.range : first,
    children: [],
  };
}

function detailOf(item: YamlNode, sort: SymbolSort): string {
  const shown: Partial<Record<SymbolSort, readonly (readonly string[])[]>> = {
    job: [['slo', 'latency']],
    device: [['count'], ['memory']],
    site: [['samples']],
    node: [['compute'], ['compute_us']],
  };
  return (shown[sort] ?? [])
    .map((path) => text(item.at(path)))
    .filter((part) => part !== '')
    .join(' × ');
}

function pin({ key, keyRange, value }: YamlEntry): OutlineSymbol {
  const range = { start: keyRange.start, end: Math.max(keyRange.end, value.range.end) };
  return { name: key === '' ? '""' : key, detail: text(value), sort: 'pin', range, selection: keyRange, children: [] };
}

function text(node: YamlNode | undefined): string {
  return node?.type === 'scalar' && node.scalar !== null ? String(node.scalar) : '';
}

/** A value in a few letters. */
function short(value: YamlNode): string {
  if (value.type === 'scalar') return text(value).slice(0, 60);
  const entries = value.entries
    .filter((entry) => entry.value.type === 'scalar')
    .map((entry) => `${entry.key}: ${text(entry.value)}`);
  const written = value.type === 'mapping' ? entries.join(', ') : yamlText(value.items.map(text));
  return written.length > 60 ? `${written.slice(0, 59)}…` : written;
}
