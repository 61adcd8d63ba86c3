/** Where a word leads: to the file that it names, or to the place where the name is given. */
import { traceAt } from '../spec/references/trace.ts';
import type { Range } from '../spec/problems/catalogue.ts';
import { folderOf, resolveReference } from '../spec/references/reference.ts';
import type { Files } from '../spec/spec-file.ts';
import type { OpenDocument } from './document.ts';
import { namedAt, type FilePlace } from './named.ts';
import { placeAt, startsWith, within } from './place.ts';
import { sectionAt } from './section.ts';

/** `range` counts in the text of the file at `path`, which may be this one. */
export interface Definition extends FilePlace {
  /** The word that leads there. */
  readonly origin: Range;
}

const START: Range = { start: 0, end: 0 };

export function definition(doc: OpenDocument, offset: number, { files }: { readonly files: Files }): Definition[] {
  if (doc.type === 'spec') {
    const reference = doc.spec.references.find(({ range }) => within(range, offset));
    if (reference?.path !== undefined) return [{ path: reference.path, range: START, origin: reference.range }];
    const column = traceColumn(doc, offset, files);
    if (column) return [column];
  }
  const named = namedAt(doc, offset, files);
  return named?.definition ? [{ ...named.definition, origin: named.range }] : [];
}

/** From a column's name to the header of the trace. */
function traceColumn(doc: OpenDocument, offset: number, files: Files): Definition | null {
  const root = sectionAt(doc, offset)?.root;
  const place = placeAt(root, offset);
  if (!place || place.on === 'key' || !startsWith(place.path, 'spec', 'jobs', '*', 'workload', 'column')) return null;
  const written = root?.at([...place.path.slice(0, -1), 'trace'])?.scalar;
  const path = typeof written === 'string' ? resolveReference(written, folderOf(doc.path)) : undefined;
  const snapshot = path === undefined ? undefined : files.read(path);
  if (path === undefined || !snapshot) return null;
  const trace = traceAt(files, path);
  const name = trace?.named(String(place.node.scalar));
  if (!trace || name === undefined) return null;
  let header = 0;
  for (let line = 1; line < trace.headerLine; line++) header = snapshot.text.indexOf('\n', header) + 1;
  const names = snapshot.text.slice(header).split('\n', 1)[0]!;
  const found = names.search(new RegExp(`(?<=^|[,;|"\\s\ufeff])${escaped(name)}(?=$|[,;|"\\s])`));
  const start = header + Math.max(0, found);
  return { path, range: { start, end: start + name.length }, origin: place.node.range };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
