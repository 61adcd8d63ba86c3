/**
 * Reads files that a person or a spec names: regular ones only, and no more of them than a limit. What is no file (a pipe, a device, a
 * socket, a folder) is not opened, since opening alone can wait for ever or do something.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { formatQuantity } from '../spec/quantities/quantity.ts';

/** Why a file that is there is not read, in words that end `cannot be read: …`. */
export class UnreadableFile extends Error {}

export interface RegularFile {
  /** Changes whenever the content does. */
  readonly version: string;
  /** Bytes; 0 of files that the system makes up as they are read. */
  readonly size: number;
}

export interface ReadFile extends RegularFile {
  readonly bytes: Uint8Array;
}

/** @returns undefined where there is none. @throws UnreadableFile where it is not a regular file, or not to be looked at. */
export function regularFile(path: string): RegularFile | undefined {
  try {
    return regular(statSync(path));
  } catch (error) {
    return absentOrUnreadable(error);
  }
}

/**
 * The bytes of a file, in memory that threads share, so that a large one is handed on without being copied.
 *
 * @param most a larger file is not read.
 * @returns undefined where there is none.
 * @throws UnreadableFile where it is not a regular file, may not be read, or is too large.
 */
export function readRegular(path: string, most: number): ReadFile | undefined {
  return reading(path, (file, found) => {
    if (found.size > most) throw tooLarge(found.size, most);
    // A file may grow while it is read, or not know its size: one byte too many tells.
    const bytes = firstBytes(file, most + 1, found.size + 1);
    if (bytes.length > most) throw tooLarge(bytes.length, most);
    return { ...found, bytes };
  });
}

/** The first bytes of a file, `most` at the most. */
export function readHead(path: string, most: number): Uint8Array | undefined {
  return reading(path, (file) => firstBytes(file, most, most));
}

function reading<T>(path: string, read: (file: number, found: RegularFile) => T): T | undefined {
  try {
    regular(statSync(path));
    // Another thing may have taken its place meanwhile: nothing that waits is waited for.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
    try {
      return read(file, regular(fstatSync(file)));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return absentOrUnreadable(error);
  }
}

/** @param expected how many there may be; more make it slower, not wrong. */
function firstBytes(file: number, most: number, expected: number): Uint8Array {
  let bytes = shared(Math.min(most, Math.max(expected, FIRST_BYTES)));
  let length = 0;
  for (;;) {
    const read = readSync(file, bytes, length, bytes.length - length, null);
    length += read;
    if (read === 0 || length === most) return bytes.subarray(0, length);
    if (length < bytes.length) continue;
    const more = shared(Math.min(most, 4 * bytes.length));
    more.set(bytes);
    bytes = more;
  }
}

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

const FIRST_BYTES = 4096;

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

const FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENXIO: 'it is no file',
  EAGAIN: 'it gives nothing to read',
};

function absentOrUnreadable(error: unknown): undefined {
  if (error instanceof UnreadableFile) throw error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
  throw new UnreadableFile((code !== undefined && FAULTS[code]) || message, { cause: error });
}
