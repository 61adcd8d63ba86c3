/** The graph file that a placement refers to, read with its ranges: once for as long as it stays the same. */
import { contentOf, folderOf, resolveReference } from '../spec/references/reference.ts';
import type { Files } from '../spec/spec-file.ts';
import { readGraphContent, type GraphDocument } from './graph-document.ts';
import type { Section } from './section.ts';

export interface GraphReference {
  /** Absolute. */
  readonly path: string;
  readonly document: GraphDocument;
}

const KEPT = 4;
const read = new Map<string, { readonly version: string; readonly document: GraphDocument }>();

/**
 * @param path of the spec file.
 * @param most letters or bytes of a file that is read for the first time: who answers in a moment does not wait for a larger one.
 * @returns undefined where `spec.graph` names no file that can be read.
 */
export function graphReference(
  path: string,
  section: Section | undefined,
  files: Files,
  most = Infinity,
): GraphReference | undefined {
  if (section?.kind !== 'TrainingPlacement') return undefined;
  const written = section.root?.at(['spec', 'graph'])?.scalar;
  const target = typeof written === 'string' ? resolveReference(written, folderOf(path)) : undefined;
  const content = target === undefined ? undefined : contentOf(files, target, 'graph');
  if (target === undefined || !content) return undefined;
  const known = read.get(target);
  const fresh = known?.version === content.version;
  if (!fresh && ('bytes' in content ? content.bytes : content.text).length > most) return undefined;
  const document = fresh ? known.document : readGraphContent({ path: target, ...content }, known?.document);
  // The most recently used comes last, so that the least recently used is forgotten first.
  read.delete(target);
  read.set(target, { version: content.version, document });
  if (read.size > KEPT) read.delete(read.keys().next().value!);
  return { path: target, document };
}
