/**
 * The one reader of files that a person or a spec names: in a process of its own, with a limit on bytes and on silence. A disk that does
 * not answer keeps the thread that asked it, and a process with such a thread cannot even exit; so the thread is in another process,
 * which is killed.
 *
 * Invariant: what does not answer keeps only those waiting who ask for it. Who has waited a moment in vain has the process for itself,
 * others go on in a new one; what else lies in that folder is not asked for until the folder answers.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { itemAt } from '../numeric/at.ts';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import { entryUrl } from './entry.ts';
import type { FileAnswer, FileRequest, FromReader, ToReader } from './file-answering.ts';
import {
  isInside,
  SilentFolder,
  UnreadableFile,
  type FolderEntry,
  type PathKind,
  type RegularFile,
} from './regular-file.ts';

export interface ReadFile extends RegularFile {
  /** In memory that threads share, so that a large file is handed on without being copied. */
  readonly bytes: Uint8Array;
}

export interface ReadOptions {
  /** Bytes; a larger file is not read. */
  readonly most: number;
  /** Only the first `most` bytes are wanted. */
  readonly head?: boolean;
  /** The version that is known already: nothing is read where the file still has it. */
  readonly known?: string | undefined;
  /** The only folders whose files are read, wherever links lead; undefined where all may be. */
  readonly within?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  /** Folders within folders; 0 for the folder itself. */
  readonly depth: number;
  readonly most: number;
  /** Names that are left out. */
  readonly without: readonly string[];
  /** Names that begin with a dot and links count too, and a folder that cannot be read is an error. */
  readonly everything: boolean;
}

export interface FileReaderOptions {
  /** Milliseconds that limits are counted in. */
  readonly tick?: number;
  /** The module that the process runs. */
  readonly entry?: URL;
}

/** Limits are counted in ticks of this process: while it is busy itself, or asleep, nobody else has kept it waiting. Milliseconds. */
const TICK = 250;
/** Ticks without an answer after which nobody else waits behind this one: a second. */
const MOMENT = 4;
/** Ticks without an answer after which none is expected, ten seconds: a disk that has to spin up first takes less. */
const SILENCE = 40;
/** Ticks that one file may take in all: a minute. */
const LONGEST = 240;
/** Ticks without work after which the process is not kept: half a minute. */
const IDLE = 120;
/** Requests in work at once, each with a thread of the process. */
const AT_ONCE = 8;
const LISTED_AT_ONCE = 64;

export class FileReader {
  readonly #tick: number;
  readonly #entry: URL | undefined;
  #process: ReadingProcess | undefined;
  readonly #all = new Set<ReadingProcess>();
  /** Waits for room, or for a folder to answer. */
  readonly #waiting = new Set<Task>();
  /** Folders that are asked whether they answer: what lies in them is not asked for until then. */
  readonly #asked = new Set<string>();
  /** Paths that did not answer, and after how many more ticks they and what lies in them are asked for again. */
  readonly #silent = new Map<string, number>();
  #clock: NodeJS.Timeout | undefined;
  #idle = 0;
  #ids = 0;

  constructor({ tick = TICK, entry }: FileReaderOptions = {}) {
    this.#tick = tick;
    this.#entry = entry;
  }

  /**
   * @returns undefined where there is none; no bytes where it is of the version that is known.
   * @throws UnreadableFile where it is not a regular file, may not be read, is too large, or where its folder does not answer.
   */
  async read(path: string, options: ReadOptions): Promise<ReadFile | 'as known' | undefined> {
    const { most, head = false, known, within, signal } = options;
    const bytes = new GrowingBytes(head ? most : most + 1);
    const request: FileRequest = { ask: 'read', path, most, head, known, within };
    const answer = await this.#ask(request, signal, (piece) => {
      if ('bytes' in piece) bytes.add(piece.bytes, piece.size);
    });
    if (answer.found !== 'file') return undefined;
    return answer.file.version === known ? 'as known' : { ...answer.file, bytes: bytes.taken };
  }

  /** What lies at a path, links followed. @throws UnreadableFile where that cannot be found out. */
  async kind(path: string, signal?: AbortSignal): Promise<PathKind | undefined> {
    const answer = await this.#ask({ ask: 'kind', path }, signal);
    return answer.found === 'kind' ? answer.kind : undefined;
  }

  /**
   * Paths of the files below a folder, relative to it and with `/`, the nearest first; no link is followed.
   *
   * @throws UnreadableFile where all are wanted, and a folder cannot be read.
   */
  async list(folder: string, { depth, most, without, everything }: ListOptions): Promise<readonly string[]> {
    const files: string[] = [];
    let level = [''];
    for (let below = 0; below <= depth && level.length > 0; below++) {
      const next: string[] = [];
      for (let i = 0; i < level.length && files.length < most; i += LISTED_AT_ONCE) {
        const parents = level.slice(i, i + LISTED_AT_ONCE);
        const found = await Promise.all(parents.map((parent) => this.#entries(join(folder, parent), everything)));
        for (const [k, entries] of found.entries()) {
          for (const { name, kind } of entries) {
            if ((!everything && name.startsWith('.')) || without.includes(name)) continue;
            const path = `${itemAt(parents, k)}${name}`;
            if (kind === 'folder') next.push(`${path}/`);
            else if (kind === 'file' || everything) files.push(path);
          }
        }
      }
      level = next;
    }
    return files.slice(0, most);
  }

  async #entries(path: string, mustBeRead: boolean): Promise<readonly FolderEntry[]> {
    try {
      const answer = await this.#ask({ ask: 'entries', path });
      return answer.found === 'entries' ? answer.entries : [];
    } catch (error) {
      if (mustBeRead || !(error instanceof UnreadableFile)) throw error;
      return [];
    }
  }

  /** Starts the process, so that the first file does not wait for it. */
  warmUp(): void {
    this.#current();
  }

  /** Nothing is read any more; who waits is told so. */
  dispose(): void {
    for (const task of this.#waiting) task.fail(new UnreadableFile(ENDED));
    this.#waiting.clear();
    this.#silent.clear();
    this.#rest();
  }

  #ask(request: FileRequest, signal?: AbortSignal, onPiece: Task['onPiece'] = () => {}): Promise<FileAnswer> {
    signal?.throwIfAborted();
    return new Promise<FileAnswer>((resolve, reject) => {
      const cancel = (): void => {
        this.#waiting.delete(task);
        for (const process of this.#all) process.cancel(task);
        task.fail(signal?.reason as Error);
      };
      const done = (): void => {
        signal?.removeEventListener('abort', cancel);
        queueMicrotask(() => this.#begin()); // not within the loop that may have ended it
      };
      const task: Task = {
        id: this.#ids++,
        request,
        onPiece,
        ticks: 0,
        silence: 0,
        succeed: (answer) => {
          resolve(answer);
          done();
        },
        fail: (error) => {
          reject(error);
          done();
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#waiting.add(task);
      this.#begin();
    });
  }

  /** Begins what need not wait. */
  #begin(): void {
    for (const task of this.#waiting) {
      const { path } = task.request;
      if (covers(this.#silent.keys(), path)) {
        this.#waiting.delete(task);
        task.fail(this.#silence());
      } else if (this.#asked.has(path) || !covers(this.#asked, path)) {
        const process = this.#current();
        if (process.tasks.size >= AT_ONCE) break;
        this.#waiting.delete(task);
        process.begin(task);
      }
    }
    // Only who waits keeps this process alive.
    if (this.#isIdle) {
      this.#clock?.unref();
    } else {
      this.#clock ??= setInterval(() => this.#count(), this.#tick);
      this.#clock.ref();
    }
  }

  get #isIdle(): boolean {
    return this.#waiting.size === 0 && [...this.#all].every(({ tasks }) => tasks.size === 0);
  }

  #current(): ReadingProcess {
    if (!this.#process?.takesMore) {
      this.#process = new ReadingProcess(this.#entry ?? entryUrl('files-process'), (ended) => this.#all.delete(ended));
      this.#all.add(this.#process);
    }
    return this.#process;
  }

  /** Is it the folder that does not answer, or only what this path in it links to? Who wants what lies in it waits to know. */
  async #askFolderOf(path: string): Promise<void> {
    const folder = dirname(path);
    if (folder === path || covers(this.#asked, folder) || covers(this.#silent.keys(), folder)) return;
    this.#asked.add(folder);
    await this.#ask({ ask: 'kind', path: folder }).catch(() => {}); // whoever asks for what lies in it is told
    this.#asked.delete(folder);
    this.#begin();
  }

  #count(): void {
    for (const [path, ticks] of this.#silent) {
      if (ticks > 0) this.#silent.set(path, ticks - 1);
      else this.#silent.delete(path);
    }
    for (const process of this.#all) {
      for (const task of process.count()) {
        const { path } = task.request;
        const isSilent = task.silence > SILENCE;
        if (!isSilent && task.ticks <= LONGEST) {
          void this.#askFolderOf(path);
          continue;
        }
        process.cancel(task);
        if (isSilent) this.#silent.set(path, SILENCE);
        task.fail(isSilent ? this.#silence() : this.#slowness());
      }
      process.endIfLeft();
    }
    this.#begin();
    this.#idle = this.#isIdle ? this.#idle + 1 : 0;
    if (this.#idle > IDLE) this.#rest();
  }

  #rest(): void {
    this.#idle = 0;
    for (const process of this.#all) process.end();
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  #silence(): SilentFolder {
    return new SilentFolder(
      `its disk or network did not answer within ${this.#words(SILENCE)}; see whether it is there, or copy the file to a disk that is`,
    );
  }

  #slowness(): UnreadableFile {
    return new UnreadableFile(`it could not be read within ${this.#words(LONGEST)}; copy it to a disk that is quicker`);
  }

  #words(ticks: number): string {
    return formatQuantity(ticks * this.#tick, 'duration');
  }
}

/** A request on its way. */
interface Task {
  readonly id: number;
  readonly request: FileRequest;
  readonly onPiece: (piece: Extract<FromReader, { id: number }>) => void;
  readonly succeed: (answer: FileAnswer) => void;
  readonly fail: (error: Error) => void;
  /** Since it was begun. */
  ticks: number;
  /** Since it was last heard of. */
  silence: number;
}

const ENDED = 'what reads files has ended before it was read';

/** One process, and what it is at work on. */
class ReadingProcess {
  readonly tasks = new Map<number, Task>();
  readonly #child: ChildProcess;
  #isReady = false;
  #isLeft = false;
  #hasEnded = false;

  constructor(entry: URL, onEnd: (ended: ReadingProcess) => void) {
    this.#child = fork(fileURLToPath(entry), [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, UV_THREADPOOL_SIZE: String(AT_ONCE) },
    });
    const ended = (why: string): void => {
      this.#hasEnded = true;
      onEnd(this);
      for (const task of [...this.tasks.values()]) {
        this.tasks.delete(task.id);
        task.fail(new UnreadableFile(why));
      }
    };
    this.#child.on('message', (message: FromReader) => this.#heard(message));
    this.#child.once('exit', () => ended(ENDED));
    this.#child.once('error', (error) => ended(`what reads files cannot be started (${error.message})`));
    // Not waited for at the end of this process: with it they end too.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  get takesMore(): boolean {
    return !this.#isLeft && !this.#hasEnded;
  }

  begin(task: Task): void {
    this.tasks.set(task.id, task);
    this.#send({ id: task.id, request: task.request });
  }

  cancel(task: Task): void {
    if (!this.tasks.delete(task.id)) return;
    this.#send({ cancelled: task.id });
  }

  /** One tick more. @returns what has been silent for a moment by now, and what has taken too long. */
  count(): Task[] {
    if (!this.#isReady) return [];
    for (const task of this.tasks.values()) {
      task.ticks++;
      task.silence++;
      if (task.silence > MOMENT) this.#isLeft = true;
    }
    return [...this.tasks.values()].filter(
      ({ silence, ticks }) => silence === MOMENT + 1 || silence > SILENCE || ticks > LONGEST,
    );
  }

  /** Where others no longer wait behind a task, the process ends with its last one. */
  endIfLeft(): void {
    if (this.#isLeft && this.tasks.size === 0) this.end();
  }

  end(): void {
    this.#hasEnded = true;
    this.#child.kill('SIGKILL');
  }

  #heard(message: FromReader): void {
    if ('ready' in message) {
      this.#isReady = true;
      return;
    }
    const task = this.tasks.get(message.id);
    if (!task) return; // it was cancelled meanwhile
    task.silence = 0;
    if (!('answer' in message)) {
      task.onPiece(message);
      return;
    }
    const { answer } = message;
    this.tasks.delete(task.id);
    if (answer.found === 'unreadable') task.fail(new UnreadableFile(answer.why));
    else task.succeed(answer);
  }

  #send(message: ToReader): void {
    // Where it cannot be sent the process has ended, of which its tasks are told.
    if (this.#child.connected) this.#child.send(message, undefined, undefined, () => {});
  }
}

/** Whether a path lies in one of the folders. */
function covers(folders: Iterable<string>, path: string): boolean {
  for (const folder of folders) if (isInside(path, folder)) return true;
  return false;
}

/** Bytes that come in pieces, in one block of shared memory. */
class GrowingBytes {
  readonly #most: number;
  #bytes = shared(0);
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @param expected how many there may be in all; more make it slower, not wrong. */
  add(piece: Uint8Array, expected: number): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const more = shared(Math.min(this.#most, Math.max(needed, expected, 4 * this.#bytes.length)));
      more.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = more;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  get taken(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
