/**
 * Bodies that somebody is slow to send or to take: the first of them lie in memory, the rest in a file that has no name, so that it is gone with
 * the process. What one router keeps so is bounded; where it has no more room, the largest body that can be given up is.
 */
import { randomUUID } from 'node:crypto';
import { open, readdir, rm, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes of one body that may lie in memory, of all bodies of a router there, and of all on disk. */
export interface SpoolLimits {
  readonly memoryEach: number;
  readonly memory: number;
  readonly disk: number;
}

export const SPOOL_LIMITS: SpoolLimits = { memoryEach: 2 ** 18, memory: 2 ** 25, disk: 2 ** 31 };

const READ_BYTES = 2 ** 16;
const SPOOLED = /^berth-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What all bodies of one router share. */
export class SpoolRoom {
  limits: SpoolLimits;
  readonly folder: string;
  readonly #spools = new Set<Spool>();
  #memory = 0;
  #disk = 0;

  constructor(limits: SpoolLimits = SPOOL_LIMITS, folder: string = tmpdir()) {
    this.limits = limits;
    this.folder = folder;
  }

  /** Bytes that lie here now. */
  get held(): { readonly memory: number; readonly disk: number } {
    return { memory: this.#memory, disk: this.#disk };
  }

  /** @param onLost called at most once, when the body is given up: for want of room, or because the disk failed. */
  spool(onLost: () => void): Spool {
    const spool = new Spool(this, onLost);
    this.#spools.add(spool);
    return spool;
  }

  takeMemory(bytes: number): boolean {
    if (this.#memory + bytes > this.limits.memory) return false;
    this.#memory += bytes;
    return true;
  }

  /** @returns whether there is room for it; others may have lost theirs. */
  takeDisk(spool: Spool, bytes: number): boolean {
    while (this.#disk + bytes > this.limits.disk) {
      let largest: Spool = spool;
      for (const other of this.#spools) if (other.mayBeLost && other.length > largest.length) largest = other;
      if (largest === spool) return false;
      largest.lose();
    }
    this.#disk += bytes;
    return true;
  }

  giveBack(spool: Spool, memory: number, disk: number): void {
    this.#spools.delete(spool);
    this.#memory -= memory;
    this.#disk -= disk;
  }

  movedToDisk(memory: number): void {
    this.#memory -= memory;
  }
}

export class Spool {
  readonly #room: SpoolRoom;
  readonly #onLost: () => void;
  /** What came so far, while there is no file. */
  #chunks: Buffer[] = [];
  #file: Promise<FileHandle> | undefined;
  /** Settles when everything that was appended lies in the file. */
  #written: Promise<unknown> = Promise.resolve();
  #length = 0;
  #isReleased = false;
  /** False for a body that is promised to a replica. */
  mayBeLost = true;

  constructor(room: SpoolRoom, onLost: () => void) {
    this.#room = room;
    this.#onLost = onLost;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns undefined where more may come at once, else what to wait for before. */
  append(chunk: Buffer): Promise<unknown> | undefined {
    if (this.#isReleased) return undefined;
    const length = this.#length + chunk.length;
    if (!this.#file && length <= this.#room.limits.memoryEach && this.#room.takeMemory(chunk.length)) {
      this.#chunks.push(chunk);
      this.#length = length;
      return undefined;
    }
    if (!this.#room.takeDisk(this, this.#file ? chunk.length : length)) {
      this.lose();
      return undefined;
    }
    const before = this.#file ? [] : this.#chunks.splice(0);
    if (!this.#file) this.#room.movedToDisk(this.#length);
    const position = this.#file ? this.#length : 0;
    this.#file ??= nameless(this.#room.folder);
    this.#length = length;
    const file = this.#file;
    return (this.#written = this.#written
      .then(async () => writeAll(await file, [...before, chunk], position))
      .catch(() => this.lose()));
  }

  /** The whole body where it lies in memory. */
  get inMemory(): readonly Buffer[] | undefined {
    return this.#file ? undefined : this.#chunks;
  }

  /** At most 64 KiB from a place that is before `length`. @throws where the body was released or lost meanwhile. */
  async read(position: number): Promise<Buffer> {
    if (!this.#file) return Buffer.concat(this.#chunks).subarray(position);
    await this.#written;
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#length - position));
    const { bytesRead } = await (await this.#file).read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw new Error('a body has vanished from the disk');
    return buffer.subarray(0, bytesRead);
  }

  /** All of it, from its beginning; what is appended meanwhile is not waited for. */
  async *chunks(): AsyncGenerator<Buffer> {
    for (let position = 0; position < this.#length;) {
      const chunk = await this.read(position);
      position += chunk.length;
      yield chunk;
    }
  }

  lose(): void {
    if (this.#isReleased) return;
    this.release();
    this.#onLost();
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const [memory, disk] = this.#file ? [0, this.#length] : [this.#length, 0];
    this.#room.giveBack(this, memory, disk);
    this.#chunks = [];
    const file = this.#file;
    // Whether it could be closed interests nobody any more.
    if (file) void this.#written.then(async () => (await file).close()).catch(() => {});
  }
}

/** Removes files whose names were left when the process before ended too soon, from a folder in which no other process keeps bodies. */
export async function clearSpools(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (SPOOLED.test(name)) await rm(join(folder, name), { force: true });
}

/** A file for this process alone, which has no name any more. */
async function nameless(folder: string): Promise<FileHandle> {
  const path = join(folder, `berth-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

async function writeAll(file: FileHandle, chunks: readonly Buffer[], from: number): Promise<void> {
  let position = from;
  for (const chunk of chunks)
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
}
