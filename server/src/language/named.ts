/** Names that are given in one place and used in others: what one is called, where it is called so, and what else means it. */
import type { Range } from '../spec/problems/catalogue.ts';
import type { Files } from '../spec/spec-file.ts';
import type { Path, YamlNode } from '../spec/yaml/tree.ts';
import type { OpenDocument } from './document.ts';
import type { GraphDocument } from './graph-document.ts';
import { isEnd, writtenEnds, writtenNodes } from './graph-node.ts';
import { graphReference } from './graph-reference.ts';
import { placeAt, startsWith, type Place } from './place.ts';
import { sectionAt, type Section } from './section.ts';
import { writtenDevices } from './written-device.ts';

/** A place in a file, as offsets into its text. */
export interface FilePlace {
  readonly path: string;
  readonly range: Range;
}

export interface NameUse extends FilePlace {
  /** What follows the name there: `0` in `gpu0`, which is one of the devices `gpu`. */
  readonly suffix: string;
}

export interface Named {
  readonly sort: 'document' | 'job' | 'site' | 'device' | 'node';
  /** The name that can be changed. */
  readonly name: string;
  /** The word at the cursor. */
  readonly range: Range;
  /** Where the name is given; undefined where it is given nowhere. */
  readonly definition: FilePlace | undefined;
  readonly uses: readonly NameUse[];
  /** Names of the same sort that are taken already. */
  readonly others: readonly string[];
  /** Where in its document the name stands: its schema tells what a name may look like. */
  readonly namePath: Path;
}

/** What the word at an offset names; null where it names nothing that others could mean. */
export function namedAt(doc: OpenDocument, offset: number, files: Files): Named | null {
  const section = sectionAt(doc, offset);
  const place = section && placeAt(section.root, offset);
  if (!section?.root || !place) return null;
  if (doc.type === 'graph') return inGraph(doc.path, doc.graph, place);
  const { path, on, node } = place;
  if (startsWith(path, 'spec', 'pins') && path.length === 3) {
    if (on === 'key') return pinnedNode(doc, section, place, files);
    return node.type === 'scalar' ? device(doc, section.root, String(node.scalar), node.range) : null;
  }
  if (on === 'key' || node.type !== 'scalar' || node.missing || path.at(-1) !== 'name') return null;
  const name = String(node.scalar);
  if (startsWith(path, 'spec', 'devices', '*')) {
    const first = writtenDevices(section.root).find(({ item }) => item === path[2]);
    return first ? device(doc, section.root, first.name, node.range) : null;
  }
  const sort =
    path[0] === 'metadata' ? 'document' : path[1] === 'jobs' ? 'job' : path[1] === 'sites' ? 'site' : undefined;
  if (!sort) return null;
  const list = sort === 'document' ? [] : (section.root.at(path.slice(0, 2))?.items ?? []);
  const others = list.map((item) => String(item.get('name')?.value.scalar)).filter((other) => other !== name);
  return {
    sort,
    name,
    range: node.range,
    definition: { path: doc.path, range: node.range },
    uses: [],
    others,
    namePath: path,
  };
}

function device(doc: OpenDocument, root: YamlNode, name: string, range: Range): Named | null {
  const devices = writtenDevices(root);
  const meant = devices.find((other) => other.name === name);
  if (!meant) return null;
  const siblings = devices.filter(({ item }) => item === meant.item);
  const given = String(meant.entry.get('name')?.value.scalar);
  const uses = (root.at(['spec', 'pins'])?.entries ?? []).flatMap(({ value }): NameUse[] => {
    const used = siblings.find((other) => other.name === value.scalar);
    return used ? [{ path: doc.path, range: value.range, suffix: used.name.slice(given.length) }] : [];
  });
  return {
    sort: 'device',
    name: given,
    range,
    definition: { path: doc.path, range: meant.nameRange },
    uses,
    others: devices.filter(({ item }) => item !== meant.item).map((other) => other.name),
    namePath: ['spec', 'devices', meant.item, 'name'],
  };
}

/** A pin's node: given in the graph file, used by its edges and by the pin. */
function pinnedNode(doc: OpenDocument, section: Section, { entry }: Place, files: Files): Named {
  const { key, keyRange } = entry!;
  const graph = graphReference(doc.path, section, files);
  const node = graph ? nodeOf(graph.path, graph.document, key, keyRange) : undefined;
  const pin: NameUse = { path: doc.path, range: keyRange, suffix: '' };
  const nowhere = {
    sort: 'node',
    name: key,
    range: keyRange,
    definition: undefined,
    uses: [],
    others: [],
    namePath: ['nodes', 0, 'name'],
  } as const;
  const found = node ?? nowhere;
  return { ...found, uses: [...found.uses, pin] };
}

function inGraph(path: string, graph: GraphDocument, place: Place): Named | null {
  const { node, on } = place;
  if (on === 'key' || node.type !== 'scalar' || node.missing) return null;
  const isName = startsWith(place.path, 'nodes', '*', 'name');
  return isName || isEnd(graph, place.path) ? (nodeOf(path, graph, String(node.scalar), node.range) ?? null) : null;
}

function nodeOf(path: string, graph: GraphDocument, name: string, range: Range): Named | undefined {
  const nodes = writtenNodes(graph);
  const given = nodes.find((node) => node.name === name);
  if (!given) return undefined;
  const uses = writtenEnds(graph).flatMap((end) => (end.node === name ? [{ path, range: end.range, suffix: '' }] : []));
  const others = nodes.flatMap((other) => (other === given ? [] : [other.name]));
  return {
    sort: 'node',
    name,
    range,
    definition: { path, range: given.nameRange },
    uses,
    others,
    namePath: ['nodes', 0, 'name'],
  };
}
