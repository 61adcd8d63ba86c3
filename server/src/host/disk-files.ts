/** The files on disk that specs refer to: the one place where editor and command line read them. */
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import type { Files, FileSnapshot } from '../spec/references/reference.ts';

/** A trace or graph above this size is not read: it is larger than the largest that the engines take, and would stall every check. */
const LARGEST_BYTES = 32 * 2 ** 20;
const LISTED_FILES = 2000;
const LISTED_DEPTH = 4;
const UNLISTED_FOLDERS = new Set(['node_modules', 'dist', 'build', '__pycache__']);

/** Files read when they are asked for and again when their time or size has changed. */
export class DiskFiles implements Files {
  readonly #known = new Map<string, FileSnapshot>();
  /** Texts that are open in an editor: what is typed counts, not what is saved. */
  readonly #open: ((path: string) => FileSnapshot | undefined) | undefined;

  constructor(open?: (path: string) => FileSnapshot | undefined) {
    this.#open = open;
  }

  read(path: string): FileSnapshot | undefined {
    const open = this.#open?.(path);
    if (open) return open;
    try {
      const { mtimeMs, size } = statSync(path);
      if (size > LARGEST_BYTES) return undefined; // `fault` says so
      const version = `${mtimeMs}-${size}`;
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

  fault(path: string): string | undefined {
    if (this.#open?.(path)) return undefined;
    try {
      const found = statSync(path);
      if (found.isDirectory()) return 'it is a folder';
      if (found.size > LARGEST_BYTES) {
        const [size, limit] = [found.size, LARGEST_BYTES].map((bytes) => formatQuantity(bytes, 'size'));
        return `it holds ${size}, and the limit is ${limit}`;
      }
      accessSync(path, constants.R_OK);
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

function entriesOf(directory: string): import('node:fs').Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
