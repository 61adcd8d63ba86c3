/** The files on disk that specs refer to: the one place where editor and command line read them. */
import { readdirSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { HEAD_BYTES } from '../graph/graph-format.ts';
import { largestGraph } from '../graph/source.ts';
import type { FileContent, Files, FileSnapshot } from '../spec/references/reference.ts';
import type { FileRole } from '../spec/schema/schema-tree.ts';
import { decode, type Decoded } from '../spec/text/decode.ts';
import { readHead, readRegular, regularFile, UnreadableFile, type ReadFile } from './regular-file.ts';

/** A text above this size is not read: it is larger than the largest trace that the engines take, and would stall every check. */
const LARGEST_TEXT_BYTES = 32 * 2 ** 20;
/** A graph may hold gigabytes: only the last few stay in memory. */
const KEPT_GRAPHS = 4;
const LISTED_FILES = 2000;
const LISTED_DEPTH = 4;
const UNLISTED_FOLDERS = new Set(['node_modules', 'dist', 'build', '__pycache__']);

/** A text, or why its bytes are none: neither is found out again before the file has changed. */
type KnownText = Decoded & { readonly version: string };

export interface DiskFilesOptions {
  readonly open?: (path: string) => FileSnapshot | undefined;
  readonly within?: () => readonly string[] | undefined;
}

/** Files read when they are asked for and again when their time or size has changed. */
export class DiskFiles implements Files {
  readonly #known = new Map<string, KnownText>();
  readonly #contents = new Map<string, ReadFile>();
  /** Texts that are open in an editor: what is typed counts, not what is saved. */
  readonly #open: ((path: string) => FileSnapshot | undefined) | undefined;
  /** The only folders whose files are read; undefined where all may be. */
  readonly #within: (() => readonly string[] | undefined) | undefined;

  constructor(options: DiskFilesOptions = {}) {
    this.#open = options.open;
    this.#within = options.within;
  }

  read(path: string): FileSnapshot | undefined {
    return this.#open?.(path) ?? orNothing(() => this.#text(path));
  }

  content(path: string): FileContent | undefined {
    return this.#open?.(path) ?? orNothing(() => this.#graph(path));
  }

  fault(path: string, role: FileRole): string | undefined {
    if (this.#open?.(path)) return undefined;
    try {
      if (role === 'graph') this.#graph(path);
      else this.#text(path);
      return undefined;
    } catch (error) {
      if (error instanceof UnreadableFile) return error.message;
      throw error;
    }
  }

  exists(path: string): boolean {
    try {
      return regularFile(path) !== undefined;
    } catch {
      return false;
    }
  }

  list(folder: string): readonly string[] {
    const found: string[] = [];
    const visit = (directory: string, depth: number): void => {
      if (found.length >= LISTED_FILES) return;
      for (const entry of entriesOf(directory)) {
        if (entry.name.startsWith('.') || UNLISTED_FOLDERS.has(entry.name)) continue;
        const path = join(directory, entry.name);
        if (entry.isFile()) found.push(relative(folder, path).split(sep).join('/'));
        else if (entry.isDirectory() && depth < LISTED_DEPTH) visit(path, depth + 1);
      }
    };
    visit(folder, 0);
    return found;
  }

  /** @throws UnreadableFile */
  #text(path: string): FileSnapshot | undefined {
    this.#refuseOutside(path);
    const found = regularFile(path);
    let known = this.#known.get(path);
    if (known === undefined || known.version !== found?.version) {
      this.#known.delete(path);
      const file = found && readRegular(path, LARGEST_TEXT_BYTES);
      if (!file) return undefined;
      known = { version: file.version, ...decode(file.bytes) };
      this.#known.set(path, known);
    }
    if ('flaw' in known) throw new UnreadableFile(known.flaw);
    return known;
  }

  /** @throws UnreadableFile */
  #graph(path: string): ReadFile | undefined {
    this.#refuseOutside(path);
    const found = regularFile(path);
    const known = this.#contents.get(path);
    this.#contents.delete(path);
    const content = known !== undefined && known.version === found?.version ? known : found && readGraphBytes(path);
    if (!content) return undefined;
    // The most recently used comes last, so that the least recently used is forgotten first.
    this.#contents.set(path, content);
    for (const oldest of this.#contents.keys()) {
      if (this.#contents.size <= KEPT_GRAPHS) break;
      this.#contents.delete(oldest);
    }
    return content;
  }

  /** @throws UnreadableFile where only files of some folders are read, and this one is in none of them, wherever links lead. */
  #refuseOutside(path: string): void {
    const folders = this.#within?.();
    if (folders === undefined) return;
    const real = orSame(path);
    if (!folders.some((folder) => isInside(real, orSame(folder)))) throw new UnreadableFile(OUTSIDE);
  }
}

const OUTSIDE = 'it lies outside of this workspace, which is not trusted; trust the workspace, or put the file into it';

/** Where a path leads; the path itself where it leads nowhere, so that a missing file is judged by its name. */
function orSame(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** A graph may be as large as its format allows, which the first bytes tell. @returns undefined where there is none. @throws UnreadableFile */
export function readGraphBytes(path: string): ReadFile | undefined {
  const head = readHead(path, HEAD_BYTES);
  return head && readRegular(path, largestGraph(path, head));
}

/** Nothing where `fault` says why not. */
function orNothing<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableFile) return undefined;
    throw error;
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function entriesOf(directory: string): import('node:fs').Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
