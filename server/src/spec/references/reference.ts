/** References from a spec to files: where they point to, and whether the file is there. */
import { dirname, posix, resolve, win32 } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean } from '../problems/did-you-mean.ts';
import { yamlText } from '../yaml/edit.ts';
import { problem, replaceFix } from '../problems/catalogue.ts';
import type { InText, Problem, Range } from '../problems/catalogue.ts';
import type { FileRole } from '../schema/schema-tree.ts';
import { isGraphFile } from './graph-file.ts';

/** A file as the caller last saw it; `version` changes whenever the text does. */
export interface FileSnapshot {
  readonly text: string;
  readonly version: string;
}

/** A file that need not be a text: its text where an editor holds one, else its bytes as they lie on disk. */
export type FileContent = FileSnapshot | { readonly bytes: Uint8Array; readonly version: string };

/** The files that specs may refer to, as far as they are known now. The caller reads and watches them; nothing here waits for a disk. */
export interface Files {
  /** @param path absolute. @returns undefined where there is no such file, none that can be read, or where that is not known yet. */
  read(path: string): FileSnapshot | undefined;
  /** As `read`, of a file that may be binary; `read` decides where this is left out. */
  content?(path: string): FileContent | undefined;
  /** As `read`, of a trace that may be binary; `read` decides where this is left out. */
  trace?(path: string): FileContent | undefined;
  /** Why a file that is there cannot be read in its role; undefined where it can, and where there is none. */
  fault?(path: string, role: FileRole): string | undefined;
  /** Whether a file is there; `read` decides where this is left out. */
  exists?(path: string, role: FileRole): boolean;
  /** Whether it is still being found out what a file is in its role: until then nothing is said of it. */
  pending?(path: string, role: FileRole): boolean;
  /** Files that a reference from this folder could mean, as paths relative to it: for suggestions. */
  list?(folder: string): readonly string[];
}

export const NO_FILES: Files = { read: () => undefined };

/** A graph and a trace may be binary; everything else that a spec refers to is a text. */
export function contentOf(files: Files, path: string, role: FileRole): FileContent | undefined {
  if (role === 'graph' && files.content) return files.content(path);
  return role === 'trace' && files.trace ? files.trace(path) : files.read(path);
}

export interface Reference {
  readonly role: FileRole;
  /** As it is written. */
  readonly written: string;
  /** Absolute path; undefined where the spec is in no folder or the text names no file. */
  readonly path: string | undefined;
  /** Of the value in the spec. */
  readonly range: Range;
  /** Position of the document in its file. */
  readonly document: number;
}

/** The folder of a `file:` URI or an absolute path; undefined for texts that are in no folder (untitled, virtual). */
export function folderOf(uri: string): string | undefined {
  if (uri.startsWith('file:')) {
    try {
      return dirname(fileURLToPath(uri));
    } catch {
      return undefined;
    }
  }
  return posix.isAbsolute(uri) || win32.isAbsolute(uri) ? dirname(uri) : undefined;
}

/** The absolute path that a reference names; undefined where it is no path of a file. */
export function resolveReference(written: string, folder: string | undefined): string | undefined {
  if (folder === undefined || written === '' || written.includes('\0') || /^[a-z][a-z\d+.-]+:/i.test(written))
    return undefined;
  return resolve(folder, written);
}

/** The problem of a reference that leads nowhere; none while it is still being found out where it leads. */
export function referenceProblem(
  reference: Reference,
  folder: string | undefined,
  files: Files,
): Problem<InText> | undefined {
  const { role, written, path, range } = reference;
  if (path === undefined) {
    const detail =
      folder === undefined ? 'this text is in no folder yet, save it first' : 'only files can be referred to';
    return problem('BERTH1027', { what: role, path: written, detail }, range);
  }
  if (files.pending?.(path, role)) return undefined;
  const detail = files.fault?.(path, role);
  if (detail !== undefined) return problem('BERTH1027', { what: role, path: written, detail }, range);
  const present = files.exists ? files.exists(path, role) : contentOf(files, path, role) !== undefined;
  if (present) return undefined;
  const suggestion = didYouMean(written, candidates(files, folder, role));
  return problem(
    'BERTH1011',
    { what: role, path: written, suggestion, escaped: /\p{Cc}/u.test(written) },
    range,
    suggestion === undefined ? [] : [replaceFix(`Change to "${suggestion}"`, range, yamlText(suggestion))],
  );
}

/** JSON that is no trace by its name. */
const OTHER_JSON = /(?:\.forecast|(?:^|\/)(?:package|package-lock|[tj]sconfig(?:\.[\w-]+)?))\.json$/i;

/** Whether a file could be meant in a role, by its name. */
const COULD_BE: Readonly<Record<FileRole, (path: string) => boolean>> = {
  trace: (path) =>
    /\.(?:[ct]sv|parquet)$/i.test(path) || (/\.json$/i.test(path) && !OTHER_JSON.test(path) && !isGraphFile(path)),
  graph: isGraphFile,
  forecast: (path) => /\.forecast\.json$/i.test(path),
  module: (path) => /\.(?:[cm]?[jt]s|py)$/i.test(path),
  command: () => true,
};

/** Files that could be meant in a role, as they would be written. */
export function candidates(files: Files, folder: string | undefined, role: FileRole): string[] {
  if (folder === undefined || !files.list) return [];
  return files.list(folder).filter(COULD_BE[role]);
}
