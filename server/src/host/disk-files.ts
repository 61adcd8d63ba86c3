/** The files on disk that specs refer to: the one place where editor and command line read them. */
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  type Stats,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { HEAD_BYTES } from '../graph/graph-format.ts';
import { largestGraph } from '../graph/source.ts';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import type { FileContent, Files, FileSnapshot } from '../spec/references/reference.ts';
import type { FileRole } from '../spec/schema/schema-tree.ts';

/** A text above this size is not read: it is larger than the largest trace that the engines take, and would stall every check. */
const LARGEST_TEXT_BYTES = 32 * 2 ** 20;
/** A graph may hold gigabytes: only the last few stay in memory. */
const KEPT_GRAPHS = 4;
const LISTED_FILES = 2000;
const LISTED_DEPTH = 4;
const UNLISTED_FOLDERS = new Set(['node_modules', 'dist', 'build', '__pycache__']);

/** Files read when they are asked for and again when their time or size has changed. */
export class DiskFiles implements Files {
  readonly #known = new Map<string, FileSnapshot>();
  readonly #contents = new Map<string, Exclude<FileContent, FileSnapshot>>();
  /** Texts that are open in an editor: what is typed counts, not what is saved. */
  readonly #open: ((path: string) => FileSnapshot | undefined) | undefined;

  constructor(open?: (path: string) => FileSnapshot | undefined) {
    this.#open = open;
  }

  read(path: string): FileSnapshot | undefined {
    const open = this.#open?.(path);
    if (open) return open;
    try {
      const found = statSync(path);
      if (found.size > LARGEST_TEXT_BYTES) return undefined; // `fault` says so
      const version = versionOf(found);
      const known = this.#known.get(path);
      if (known?.version === version) return known;
      const snapshot = { text: readFileSync(path, 'utf8'), version };
      this.#known.set(path, snapshot);
      return snapshot;
    } catch {
      this.#known.delete(path); // gone, a folder, or not ours to read: there is no such file for a spec
      return undefined;
    }
  }

  content(path: string): FileContent | undefined {
    const open = this.#open?.(path);
    if (open) return open;
    try {
      const found = statSync(path);
      const version = versionOf(found);
      const known = this.#contents.get(path);
      const fresh = known?.version === version ? known : undefined;
      if (!fresh && found.size > largestOf(path, 'graph')) return undefined; // `fault` says so
      const content = fresh ?? { bytes: bytesOf(path, found.size), version };
      // The most recently used comes last, so that the least recently used is forgotten first.
      this.#contents.delete(path);
      this.#contents.set(path, content);
      for (const oldest of this.#contents.keys()) {
        if (this.#contents.size <= KEPT_GRAPHS) break;
        this.#contents.delete(oldest);
      }
      return content;
    } catch {
      this.#contents.delete(path);
      return undefined;
    }
  }

  fault(path: string, role: FileRole): string | undefined {
    if (this.#open?.(path)) return undefined;
    try {
      const found = statSync(path);
      if (found.isDirectory()) return 'it is a folder';
      accessSync(path, constants.R_OK);
      if (role === 'graph' && this.#contents.get(path)?.version === versionOf(found)) return undefined;
      const largest = largestOf(path, role);
      if (found.size > largest) {
        const [size, limit] = [found.size, largest].map((bytes) => formatQuantity(bytes, 'size'));
        return `it holds ${size}, and the limit is ${limit}`;
      }
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'you may not read it' : undefined;
    }
  }

  exists(path: string): boolean {
    try {
      return statSync(path).isFile();
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
}

function versionOf({ mtimeMs, size }: Stats): string {
  return `${mtimeMs}-${size}`;
}

/** In bytes: of a graph as its format allows, which the first bytes tell. */
function largestOf(path: string, role: FileRole): number {
  return role === 'graph' ? largestGraph(path, bytesOf(path, HEAD_BYTES)) : LARGEST_TEXT_BYTES;
}

/** The first bytes of a file, in memory that threads share: a large file is handed on without being copied. */
function bytesOf(path: string, most: number): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(most));
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < most; length += read)
      read = readSync(file, bytes, length, most - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function entriesOf(directory: string): import('node:fs').Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
