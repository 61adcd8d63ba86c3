/** Between what is selected in a picture and its place in the text: `job:search-images`, `device:gpu0`, `node:conv1` … */
import type { Range } from '../spec/problems/catalogue.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { OpenDocument } from './document.ts';
import { isEnd, writtenNodes } from './graph-node.ts';
import type { GraphDocument } from './graph-document.ts';
import { placesAt, startsWith, type Place } from './place.ts';
import { sectionAt, sections } from './section.ts';
import { writtenDevices } from './written-device.ts';

/** The place of a selection in this text; null where the text has none. */
export function rangeOfSelection(doc: OpenDocument, document: number, selection: string): Range | null {
  const [, sort, name] = /^(\w+):(.*)$/s.exec(selection) ?? [];
  if (sort === undefined || name === undefined) return null;
  if (doc.type === 'graph') return inGraph(doc.graph, sort, name);
  const section = sections(doc)[document];
  const root = section?.root;
  if (!section || !root) return null;
  switch (sort) {
    case 'job':
      return namedItem(root, ['spec', 'jobs'], name);
    case 'site':
      return namedItem(root, ['spec', 'sites'], name);
    case 'device':
      return writtenDevices(root).find((device) => device.name === name)?.nameRange ?? null;
    case 'node':
      return root.entryAt(['spec', 'pins', name])?.keyRange ?? rangeOf(root, ['spec', 'graph']);
    case 'folded':
      return rangeOf(root, ['spec', 'graph']);
    case 'iteration':
      return rangeOf(root, ['spec', 'pattern', 'iterations']) ?? rangeOf(root, ['spec', 'pattern']);
    default:
      return null;
  }
}

/** What a cursor selects in the picture of its document. */
export function selectionAt(
  doc: OpenDocument,
  offset: number,
): { readonly document: number; readonly selection: string } | null {
  const section = sectionAt(doc, offset);
  const root = section?.root;
  if (!root) return null;
  const place = placesAt(root, offset).at(-1);
  const selection = place && (doc.type === 'graph' ? inNode(doc.graph, place) : inSpec(root, place));
  return selection === undefined ? null : { document: section.index, selection };
}

function inSpec(root: YamlNode, { path, on, node }: Place): string | undefined {
  const item = root.at(path.slice(0, 3));
  const name = item?.get('name')?.value.scalar;
  if (startsWith(path, 'spec', 'jobs', '*')) return typeof name === 'string' ? `job:${name}` : undefined;
  if (startsWith(path, 'spec', 'sites', '*')) return typeof name === 'string' ? `site:${name}` : undefined;
  if (startsWith(path, 'spec', 'devices', '*')) {
    const device = writtenDevices(root).find((other) => other.item === path[2]);
    return device && `device:${device.name}`;
  }
  if (startsWith(path, 'spec', 'pins') && path.length === 3) {
    return on === 'key' || node.missing ? `node:${String(path[2])}` : `device:${String(node.scalar)}`;
  }
  return startsWith(path, 'spec', 'pattern') ? 'iteration:1' : undefined;
}

function inNode(graph: GraphDocument, { path, on, node }: Place): string | undefined {
  if (startsWith(path, 'nodes', '*')) {
    const item = graph.root?.at(path.slice(0, 2));
    const found = writtenNodes(graph).find((other) => other.node.range.start === item?.range.start);
    return found && `node:${found.name}`;
  }
  return isEnd(graph, path) && on === 'value' && node.type === 'scalar' ? `node:${String(node.scalar)}` : undefined;
}

function inGraph(graph: GraphDocument, sort: string, name: string): Range | null {
  const nodes = writtenNodes(graph);
  if (sort === 'node') return nodes.find((node) => node.name === name)?.nameRange ?? null;
  if (sort !== 'folded') return null;
  // A band by depth is called by its first node, behind the layer that it belongs to.
  const [layer = '', first] = name.split('~');
  if (first !== undefined) return nodes.find((node) => node.name === first)?.nameRange ?? null;
  return (
    nodes.find((node) => layer === '' || `${layerOf(node.name, node.node)}/`.startsWith(`${layer}/`))?.nameRange ?? null
  );
}

function layerOf(name: string, node: YamlNode): string {
  const written = node.get('layer')?.value.scalar;
  return typeof written === 'string' ? written : name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

function namedItem(root: YamlNode, list: readonly string[], name: string): Range | null {
  const found = root.at(list)?.items.find((item) => item.get('name')?.value.scalar === name);
  return found?.get('name')?.value.range ?? null;
}

function rangeOf(root: YamlNode, path: readonly string[]): Range | null {
  const entry = root.entryAt(path);
  if (!entry) return null;
  return entry.value.type === 'scalar' && !entry.value.missing ? entry.value.range : entry.keyRange;
}
