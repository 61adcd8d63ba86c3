/** Paths in a spec that lead to files. */
import type { Range } from '../spec/problems/catalogue.ts';
import type { OpenDocument } from './document.ts';

export interface DocumentLink {
  readonly range: Range;
  /** Absolute. */
  readonly path: string;
  readonly tooltip: string;
}

export function documentLinks(doc: OpenDocument): DocumentLink[] {
  if (doc.type === 'graph') return [];
  return doc.spec.references.flatMap(({ range, path, role }) =>
    path === undefined ? [] : [{ range, path, tooltip: `Open the ${role === 'command' ? 'program' : role}` }],
  );
}
