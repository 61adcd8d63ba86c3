/** Everywhere a name is meant, in this file and in the graph file that a placement names. */
import type { Files } from '../spec/spec-file.ts';
import type { OpenDocument } from './document.ts';
import { namedAt, type FilePlace } from './named.ts';

export function references(
  doc: OpenDocument,
  offset: number,
  { files }: { readonly files: Files },
  includeDefinition: boolean,
): FilePlace[] {
  const named = namedAt(doc, offset, files);
  if (!named) return [];
  const given = includeDefinition && named.definition ? [named.definition] : [];
  return [...given, ...named.uses.map(({ path, range }) => ({ path, range }))];
}
