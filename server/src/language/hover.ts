/** What is known of the word under the pointer: what it does, what it means, and what its value would do. */
import type { Graph } from '../graph/graph.ts';
import type { Preview } from '../preview/model.ts';
import { isSpecKind } from '../spec/kinds.ts';
import type { Range } from '../spec/problems/catalogue.ts';
import { schemaAt, type SchemaNode } from '../spec/schema/schema-tree.ts';
import type { Kind } from '../spec/types.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { Knowledge, OpenDocument } from './document.ts';
import { isEnd, isNameOfNode, writtenNodes } from './graph-node.ts';
import { graphReference } from './graph-reference.ts';
import { documentation } from './hover/documentation.ts';
import { nodeHover } from './hover/node.ts';
import { otherUnits } from './hover/other-units.ts';
import { traceHover } from './hover/trace.ts';
import { inEditor } from './kinds.ts';
import { code, paragraphs } from './markdown.ts';
import { placeAt, startsWith, type Place } from './place.ts';
import { sectionAt, type Section } from './section.ts';

export interface Hover {
  readonly range: Range;
  /** With `command:` links, which a client must trust. */
  readonly markdown: string;
}

export function hover(doc: OpenDocument, offset: number, knowledge: Knowledge): Hover | null {
  const section = sectionAt(doc, offset);
  const place = section && placeAt(section.root, offset);
  if (!section?.root || !place || (place.on === 'value' && (place.node.type !== 'scalar' || place.node.missing)))
    return null;
  const preview = knowledge.outcome(section.index)?.preview ?? undefined;
  const consequences =
    doc.type === 'graph'
      ? nodeOfGraph(doc, place, preview, knowledge)
      : consequence(doc, section, place, preview, knowledge);
  const markdown = paragraphs([
    consequences,
    consequences && preview ? '[Open the preview](command:berth.preview)' : undefined,
    consequences ? '---' : undefined,
    traceHover(doc.path, section, place, knowledge.files),
    section.kind ? about(section, place, doc.text) : undefined,
  ]).replace(/\n\n---$/, '');
  const range = place.on === 'key' ? place.entry!.keyRange : place.node.range;
  return markdown === '' ? null : { range, markdown };
}

/** What the schema says of the key or the value. */
function about(section: Section, place: Place, text: string): string {
  const schema = schemaAt(place.path, section.kind!);
  if (!schema) return '';
  const key = place.entry?.key;
  const parent = schemaAt(place.path.slice(0, -1), section.kind!);
  // A key that the writer chose (the node of a pin) is explained by the mapping that it is in.
  if (place.on === 'key' && parent && !Object.hasOwn(parent.properties ?? {}, key!))
    return documentation(parent, undefined, false);
  const documented = documentation(schema, key, key !== undefined && (parent?.required ?? []).includes(key));
  return place.on === 'key' ? documented : paragraphs([meaning(schema, place.node, text), documented]);
}

/** What a value means: a choice in words, a quantity in another unit. */
function meaning(schema: SchemaNode, node: YamlNode, text: string): string {
  const i = (schema.enum ?? []).findIndex((value) => value === node.scalar);
  const choice = schema['x-berth-enum-descriptions']?.[i];
  if (choice !== undefined) return `${code(String(node.scalar))} – ${choice}`;
  const unit = schema['x-berth-unit'];
  const written = typeof node.scalar === 'string' ? node.scalar : text.slice(node.range.start, node.range.end);
  const others = unit ? otherUnits(written, unit) : '';
  return others === '' ? '' : `${code(written)} ${others}`;
}

/** What the engines say of the place, if it is one that they say something of. */
function consequence(
  doc: OpenDocument,
  section: Section,
  place: Place,
  preview: Preview | undefined,
  knowledge: Knowledge,
): string | undefined {
  const { kind, root } = section;
  if (!isSpecKind(kind) || !root) return undefined;
  const graph = (): Graph | undefined =>
    graphReference(doc.path, section, knowledge.files, QUICK_GRAPH)?.document.graph;
  return inEditor<Kind>(kind).hover(place, root, preview?.kind === kind ? preview : undefined, graph, knowledge.node);
}

/** Letters of a graph file that are read within a frame or two. */
const QUICK_GRAPH = 100_000;

/** In a graph file: the node that an entry or an edge's end names. */
function nodeOfGraph(
  doc: Extract<OpenDocument, { type: 'graph' }>,
  { path, node, on }: Place,
  preview: Preview | undefined,
  knowledge: Knowledge,
): string | undefined {
  const placed = preview?.kind === 'TrainingPlacement' ? preview : undefined;
  const graph = doc.graph.graph ?? doc.graph.lastGood;
  const tell = (name: string): string | undefined =>
    graph?.names.includes(name) ? nodeHover(name, graph, placed, placed && knowledge.node?.(name)) : undefined;
  if (startsWith(path, 'nodes', '*')) {
    // Of a key that stands twice the tree gives the first; the cursor may be in the other.
    const item = doc.graph.root!.at(path.slice(0, 2));
    const written = writtenNodes(doc.graph).find((other) => other.node.range.start === item?.range.start);
    return written && isNameOfNode(doc.graph, path) ? tell(written.name) : undefined;
  }
  return isEnd(doc.graph, path) && on === 'value' ? tell(String(node.scalar)) : undefined;
}
