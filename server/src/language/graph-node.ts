/** Nodes of a graph file by name, in Berth's own format and in recorded ones. */
import type { Range } from '../spec/problems/catalogue.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { GraphDocument } from './graph-document.ts';

export interface WrittenNode {
  readonly name: string;
  readonly nameRange: Range;
  readonly node: YamlNode;
}

const written = new WeakMap<GraphDocument, readonly WrittenNode[]>();

/** The nodes in the order of the text. */
export function writtenNodes(document: GraphDocument): readonly WrittenNode[] {
  let nodes = written.get(document);
  if (!nodes) written.set(document, (nodes = readNodes(document)));
  return nodes;
}

function readNodes({ root, format }: GraphDocument): WrittenNode[] {
  return (root?.get('nodes')?.value.items ?? []).flatMap((node) => {
    const name = node.get('name')?.value;
    if (name?.type === 'scalar' && !name.missing) return [{ name: String(name.scalar), nameRange: name.range, node }];
    // A recorded node without a name is called by its number.
    const id = format === 'recorded' ? node.get('id')?.value : undefined;
    return id?.type === 'scalar' ? [{ name: `n${String(id.scalar)}`, nameRange: id.range, node }] : [];
  });
}

/** One end of an edge. */
export interface WrittenEnd {
  readonly node: string;
  readonly range: Range;
}

/** Both ends of every edge of a graph in Berth's own format; recorded graphs name nodes by number. */
export function writtenEnds({ root, format }: GraphDocument): WrittenEnd[] {
  if (format === 'recorded') return [];
  return (root?.get('edges')?.value.items ?? []).flatMap((edge) =>
    ['from', 'to'].flatMap((key) => {
      const end = edge.get(key)?.value;
      return end?.type === 'scalar' && !end.missing ? [{ node: String(end.scalar), range: end.range }] : [];
    }),
  );
}
