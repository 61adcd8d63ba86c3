/** Nodes of a graph file by name, in whichever format it is written. */
import { WRITTEN_FORMAT } from '../graph/source.ts';
import type { WrittenForm } from '../graph/graph-format.ts';
import type { Path } from '../spec/yaml/tree.ts';
import { startsWith } from './place.ts';
import type { Range } from '../spec/problems/catalogue.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { GraphDocument } from './graph-document.ts';

export interface WrittenNode {
  readonly name: string;
  readonly nameRange: Range;
  readonly node: YamlNode;
}

const written = new WeakMap<GraphDocument, readonly WrittenNode[]>();

/** The names of the nodes, also where no tree gives them: of a binary file, and of a notation. */
export function nodeNames(document: GraphDocument): readonly string[] {
  return document.format.type !== 'text' || document.text === undefined
    ? (document.graph?.names ?? [])
    : writtenNodes(document).map(({ name }) => name);
}

/** The nodes in the order of the text. */
export function writtenNodes(document: GraphDocument): readonly WrittenNode[] {
  let nodes = written.get(document);
  if (!nodes) written.set(document, (nodes = readNodes(document)));
  return nodes;
}

function readNodes(document: GraphDocument): WrittenNode[] {
  const { unnamed } = writtenForm(document);
  return (document.root?.get('nodes')?.value.items ?? []).flatMap((node) => {
    const name = node.get('name')?.value;
    if (name?.type === 'scalar' && !name.missing) return [{ name: String(name.scalar), nameRange: name.range, node }];
    const instead = unnamed && node.get(unnamed.key)?.value;
    return instead?.type === 'scalar'
      ? [{ name: unnamed!.nameOf(instead.scalar), nameRange: instead.range, node }]
      : [];
  });
}

/** One end of an edge. */
export interface WrittenEnd {
  readonly node: string;
  readonly range: Range;
}

/** The ends of every edge that name nodes. */
export function writtenEnds(document: GraphDocument): WrittenEnd[] {
  const { ends } = writtenForm(document);
  if (ends.length === 0) return [];
  return (document.root?.get('edges')?.value.items ?? []).flatMap((edge) =>
    ends.flatMap((key) => {
      const end = edge.get(key)?.value;
      return end?.type === 'scalar' && !end.missing ? [{ node: String(end.scalar), range: end.range }] : [];
    }),
  );
}

/** Whether a path leads to an end of an edge that names a node. */
export function isEnd(document: GraphDocument, path: Path): boolean {
  return startsWith(path, 'edges', '*') && writtenForm(document).ends.includes(String(path[2]));
}

/** Whether a path leads to what a node is called by. */
export function isNameOfNode(document: GraphDocument, path: Path): boolean {
  return startsWith(path, 'nodes', '*') && ['name', writtenForm(document).unnamed?.key].includes(String(path[2]));
}

function writtenForm({ format }: GraphDocument): WrittenForm {
  return format.type === 'text' ? format.written : WRITTEN_FORMAT.written;
}
