/** What spec files and graph files have in common for an editor: documents with a kind and a tree. */
import type { Range } from '../spec/problems/catalogue.ts';
import type { DocumentKind } from '../spec/schema/schema-tree.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { OpenDocument } from './document.ts';

/** One of the `---` documents of a file; a graph file has one. */
export interface Section {
  readonly index: number;
  /** The document's lines. */
  readonly range: Range;
  readonly kind: DocumentKind | undefined;
  readonly root: YamlNode | undefined;
}

export function sections(doc: OpenDocument): readonly Section[] {
  if (doc.type === 'spec') return doc.spec.documents;
  const { kind, root } = doc.graph;
  return [{ index: 0, range: { start: 0, end: doc.text.length }, kind, root }];
}

/** The document that an offset lies in, or the last one before it. */
export function sectionAt(doc: OpenDocument, offset: number): Section | undefined {
  return sections(doc).findLast((section) => section.range.start <= offset) ?? sections(doc)[0];
}
