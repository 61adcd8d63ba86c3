/**
 * Reads files that a person or a spec names: regular ones only, and no more of them than a limit. What is no file (a pipe, a device, a
 * socket, a folder) is not opened, since opening alone can wait for ever or do something. A disk can keep each of these calls waiting
 * for ever all the same, and nothing ends such a call but the end of its process: they run in one of their own (`files-process.ts`).
 */
import type { Stats } from 'node:fs';
import { constants, type open, type readdir, type realpath, type stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { formatQuantity } from '../spec/quantities/quantity.ts';

/** What is asked of the system. */
export interface FileSystem {
  readonly stat: typeof stat;
  readonly realpath: typeof realpath;
  readonly open: typeof open;
  readonly readdir: typeof readdir;
}

/** Why a file that is there is not read, in words that end `cannot be read: …`. */
export class UnreadableFile extends Error {}

/** What a file is cannot be found out now. */
export class SilentFolder extends UnreadableFile {}

export interface RegularFile {
  /** Changes whenever the content does. */
  readonly version: string;
  /** Bytes; 0 of files that the system makes up as they are read. */
  readonly size: number;
}

export interface ReadRequest {
  readonly path: string;
  /** A larger file is not read. */
  readonly most: number;
  /** Only the first bytes are wanted, `most` of them. */
  readonly head: boolean;
  /** The version that is known already: nothing is read where the file still has it. */
  readonly known: string | undefined;
  /** The only folders whose files are read, wherever links lead; undefined where all may be. */
  readonly within: readonly string[] | undefined;
}

/**
 * Gives the bytes of a file, piece by piece.
 *
 * @param onBytes is given a piece that is overwritten afterwards, and how many bytes there may be in all.
 * @returns undefined where there is no such file.
 * @throws UnreadableFile where it is not a regular file, may not be read, or is too large.
 */
export async function readRegular(
  system: FileSystem,
  { path: named, most, head, known, within }: ReadRequest,
  onBytes: (piece: Uint8Array, size: number) => Promise<void>,
): Promise<RegularFile | undefined> {
  return absentOrUnreadable(async () => {
    const path = within ? await insidePath(system, named, within) : named;
    const before = regular(await system.stat(path));
    if (before.version === known) return before;
    // Another thing may have taken its place meanwhile: nothing that waits is waited for.
    const file = await system.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
    try {
      const found = regular(await file.stat());
      if (!head && found.size > most) throw tooLarge(found.size, most);
      // A file may grow while it is read, or not know its size: one byte too many tells.
      const end = head ? most : most + 1;
      const piece = new Uint8Array(Math.min(PIECE_BYTES, end, Math.max(found.size + 1, LEAST_BYTES)));
      for (let length = 0; length < end;) {
        const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, end - length), null);
        if (bytesRead === 0) break;
        length += bytesRead;
        if (!head && length > most) throw tooLarge(length, most);
        await onBytes(piece.subarray(0, bytesRead), found.size);
      }
      return found;
    } finally {
      await file.close();
    }
  });
}

/** So much is read and handed on at once. */
const PIECE_BYTES = 2 ** 20;
const LEAST_BYTES = 4096;

export type PathKind = 'file' | 'folder' | 'other';

/** What lies at a path, links followed; undefined where nothing does. @throws UnreadableFile where it may not be looked at. */
export async function kindOfPath(system: FileSystem, path: string): Promise<PathKind | undefined> {
  return absentOrUnreadable(async () => {
    const found = await system.stat(path);
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : 'other';
  });
}

export interface FolderEntry {
  readonly name: string;
  /** Of a link, `other`: it is not followed. */
  readonly kind: PathKind;
}

/** What lies in a folder. @throws UnreadableFile where there is none, or it may not be read. */
export async function entriesOf(system: FileSystem, folder: string): Promise<FolderEntry[]> {
  try {
    const entries = await system.readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      kind: entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other',
    }));
  } catch (error) {
    throw new UnreadableFile(`${wordsFor(error)} (${folder})`, { cause: error });
  }
}

const OUTSIDE = 'it lies outside of this workspace, which is not trusted; trust the workspace, or put the file into it';

/** Where a path leads. @throws UnreadableFile where that is in none of the folders, wherever their links lead. */
async function insidePath(system: FileSystem, path: string, folders: readonly string[]): Promise<string> {
  const real = await realOf(system, path);
  for (const folder of folders) if (isInside(real, await realOf(system, folder))) return real;
  throw new UnreadableFile(OUTSIDE);
}

/** Of what is missing, as far as there is something: whether it would lie inside is judged by its folder. */
async function realOf(system: FileSystem, path: string): Promise<string> {
  try {
    return await system.realpath(path);
  } catch (error) {
    const folder = dirname(path);
    if (!isAbsence(error) || folder === path) return path;
    return join(await realOf(system, folder), basename(path));
  }
}

export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function regular(found: Stats): RegularFile {
  if (!found.isFile()) throw new UnreadableFile(`it is ${kindOf(found)}`);
  return { version: `${found.mtimeMs}-${found.size}`, size: found.size };
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe, not a file';
  if (found.isSocket()) return 'a socket, not a file';
  return found.isCharacterDevice() || found.isBlockDevice() ? 'a device, not a file' : 'no file';
}

function tooLarge(size: number, limit: number): UnreadableFile {
  const [has, may] = [formatQuantity(size, 'size'), formatQuantity(limit, 'size')];
  return new UnreadableFile(`it holds ${has === may ? 'more than that' : has}, and the limit is ${may}`);
}

async function absentOrUnreadable<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    if (isAbsence(error)) return undefined;
    throw new UnreadableFile(wordsFor(error), { cause: error });
  }
}

function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}

const FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENXIO: 'it is no file',
  EAGAIN: 'it gives nothing to read',
};

function wordsFor(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined && FAULTS[code]) || message;
}
