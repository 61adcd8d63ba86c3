/**
 * The files on disk that specs refer to: the one place where editor and command line read them. What is known of them is there at
 * once; what is not is found out meanwhile (`file-reader.ts`), and whoever wants to know is told.
 *
 * Invariant: what was known stays known while it is found out anew, so that nothing flickers; unless it was found out under other rules.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { HEAD_BYTES } from '../graph/graph-format.ts';
import { largestGraph } from '../graph/source.ts';
import type { FileContent, Files, FileSnapshot } from '../spec/references/reference.ts';
import { isParquet } from '../spec/references/trace.ts';
import type { FileRole } from '../spec/schema/schema-tree.ts';
import { atOneMoment } from '../spec/spec-file.ts';
import { decode } from '../spec/text/decode.ts';
import { FileReader, type ReadFile, type ReadOptions } from './file-reader.ts';
import { UnreadableFile } from './regular-file.ts';

/** A text above this size is not read: it is larger than the largest trace that the engines take, and would stall every check. */
const LARGEST_TEXT_BYTES = 32 * 2 ** 20;
/** A graph may hold gigabytes: only the last few stay in memory. */
const KEPT_GRAPHS = 4;
const LISTED = { depth: 4, most: 2000, without: ['node_modules', 'dist', 'build', '__pycache__'], everything: false };
/** What was found out longer ago is looked at again when it is asked for: not every change is told. Milliseconds. */
const FRESH_MS = 500;
/** Who can do with what is known waits so long for what is being found out. Milliseconds. */
const SOON_MS = 250;

/** How a path is looked at. */
type Look = 'text' | 'graph' | 'presence' | 'list';

const LOOKS: Readonly<Record<FileRole, Look>> = {
  trace: 'text',
  forecast: 'text',
  graph: 'graph',
  module: 'presence',
  command: 'presence',
};

/** What was found out about a path. Two with the same `version` are the same. */
interface Found {
  readonly version: string;
  readonly isThere: boolean;
  readonly fault?: string;
  readonly text?: FileSnapshot;
  /** Of a file that is no text, and can be a trace all the same; `fault` says what it is for who wants a text. */
  readonly binary?: Uint8Array;
  /** Left out of a graph that has not been used for a while. */
  readonly graph?: ReadFile;
  readonly names?: readonly string[];
}

const ABSENT: Found = { version: 'absent', isThere: false };

interface Known {
  readonly look: Look;
  readonly path: string;
  found: Found | undefined;
  /** When that was, by `performance.now()`. */
  at: number;
  /** The folders that it was kept within. */
  rules: string | undefined;
  looking: Looking | undefined;
  /** It may have changed since that look began. */
  again: boolean;
}

/** A look in progress. */
interface Looking {
  /** By `performance.now()`. */
  readonly begun: number;
  /** Who listens is told of changes before it is resolved. */
  readonly ended: Promise<void>;
}

export interface DiskFilesOptions {
  readonly reader?: FileReader;
  /** Texts that are open in an editor: what is typed counts, not what is saved. */
  readonly open?: (path: string) => FileSnapshot | undefined;
  /** The only folders whose files are read; undefined where all may be. */
  readonly within?: () => readonly string[] | undefined;
  /** Something else is known of a path, or of the files in a folder, than before. */
  readonly onChange?: (path: string) => void;
}

export class DiskFiles implements Files {
  readonly reader: FileReader;
  readonly #options: DiskFilesOptions;
  readonly #known = new Map<string, Known>();
  /** The graphs whose bytes are here, the most recently used last. */
  readonly #graphs = new Set<Known>();
  /** What was asked for and is not known, of who is asking now. */
  #missing: Looking[] | undefined;
  /** Of who waits until all is known: graphs stay until then. */
  #gathering = 0;

  constructor(options: DiskFilesOptions = {}) {
    this.#options = options;
    this.reader = options.reader ?? new FileReader();
  }

  read(path: string): FileSnapshot | undefined {
    return this.#options.open?.(path) ?? this.#ask('text', path).found?.text;
  }

  content(path: string): FileContent | undefined {
    return this.#options.open?.(path) ?? this.#graph(path);
  }

  trace(path: string): FileContent | undefined {
    const open = this.#options.open?.(path);
    if (open) return open;
    const { found } = this.#ask('text', path);
    return found?.binary ? { version: found.version, bytes: found.binary } : found?.text;
  }

  fault(path: string, role: FileRole): string | undefined {
    if (this.#options.open?.(path)) return undefined;
    const { found } = this.#ask(LOOKS[role], path);
    return role === 'trace' && found?.binary ? undefined : found?.fault;
  }

  exists(path: string, role: FileRole): boolean {
    if (role !== 'module' && role !== 'command' && this.#options.open?.(path)) return true;
    return this.#ask(LOOKS[role], path).found?.isThere ?? false;
  }

  pending(path: string, role: FileRole): boolean {
    return !this.#options.open?.(path) && this.#ask(LOOKS[role], path).found === undefined;
  }

  list(folder: string): readonly string[] {
    return this.#ask('list', folder).found?.names ?? [];
  }

  /** Files may have changed: whatever is known is found out anew. */
  recheck(): void {
    for (const known of this.#known.values()) {
      if (known.looking) known.again = true;
      else this.#look(known);
    }
  }

  /**
   * Asks until all is known that is asked for: each file answers in time, if only with why it cannot be read.
   *
   * @param ask is called again whenever more is known, and given files that are as they are at one moment, which can be kept.
   * @throws the signal's reason when it fires.
   */
  async settled<T>(ask: (files: Files) => T, signal?: AbortSignal): Promise<T> {
    this.#gathering++;
    try {
      for (;;) {
        const { answer, missing } = this.#asked(ask);
        if (missing.length === 0) return answer;
        await untilAborted(Promise.all(missing.map(({ ended }) => ended)), signal);
      }
    } finally {
      this.#gathering--;
      this.#forgetGraphs();
    }
  }

  /** As `settled`, for who is better served with what is known than with waiting: what takes longer than a moment is left out. */
  async soon<T>(ask: (files: Files) => T): Promise<T> {
    for (let waited = 0; ;) {
      const { answer, missing } = this.#asked(ask);
      const now = performance.now();
      const young = missing.filter(({ begun }) => now - begun < SOON_MS);
      if (young.length === 0 || waited >= SOON_MS) return answer;
      const left = SOON_MS - Math.max(waited, now - Math.max(...young.map(({ begun }) => begun)));
      const enough = new AbortController();
      await Promise.race([
        Promise.all(young.map(({ ended }) => ended)),
        delay(left, undefined, { signal: enough.signal }).catch(() => {}),
      ]);
      enough.abort();
      waited += performance.now() - now;
    }
  }

  /** So that the first file does not wait for the process that reads it. */
  warmUp(): void {
    this.reader.warmUp();
  }

  /** Nothing is found out any more. */
  dispose(): void {
    this.reader.dispose();
  }

  #asked<T>(ask: (files: Files) => T): { answer: T; missing: readonly Looking[] } {
    const missing: Looking[] = [];
    const before = this.#missing;
    this.#missing = missing;
    try {
      return { answer: ask(atOneMoment(this)), missing };
    } finally {
      this.#missing = before;
    }
  }

  #ask(look: Look, path: string): Known {
    const key = `${look} ${path}`;
    let known = this.#known.get(key);
    if (!known) {
      known = { look, path, found: undefined, at: 0, rules: undefined, looking: undefined, again: false };
      this.#known.set(key, known);
    }
    const rules = this.#options.within?.()?.join('\0');
    if (known.found && known.rules !== rules) {
      known.found = undefined;
      known.again = known.looking !== undefined;
    }
    if (!known.found) this.#misses(known.looking ?? this.#look(known));
    else if (!known.looking && performance.now() - known.at > FRESH_MS) this.#look(known);
    return known;
  }

  #graph(path: string): ReadFile | undefined {
    const known = this.#ask('graph', path);
    const { found } = known;
    if (!found?.isThere || found.fault !== undefined) return undefined;
    if (found.graph) {
      this.#graphs.delete(known);
      this.#graphs.add(known);
      return found.graph;
    }
    this.#misses(known.looking ?? this.#look(known, true));
    return undefined;
  }

  #misses(looking: Looking): void {
    this.#missing?.push(looking);
  }

  /** @param whole also where it is known: its bytes are wanted. */
  #look(known: Known, whole = false): Looking {
    const within = this.#options.within?.();
    const rules = within?.join('\0');
    const look = async (): Promise<void> => {
      const found = await this.#find(known, within, whole).catch(unreadable);
      known.looking = undefined;
      known.at = performance.now();
      // Where the rules are others now, it is not known under them.
      const isOther = known.found?.version !== found.version;
      known.found = found;
      known.rules = rules;
      this.#keep(known);
      if (known.again) {
        known.again = false;
        this.#look(known);
      }
      if (isOther) this.#options.onChange?.(known.path);
    };
    known.looking = { begun: performance.now(), ended: look() };
    return known.looking;
  }

  async #find({ look, path, found }: Known, within: readonly string[] | undefined, whole: boolean): Promise<Found> {
    switch (look) {
      case 'text': {
        const version = found?.isThere ? found.version : undefined;
        const file = await this.reader.read(path, { most: LARGEST_TEXT_BYTES, known: version, within });
        if (file === 'as known') return found ?? ABSENT;
        return file ? textFound(file) : ABSENT;
      }
      case 'graph': {
        const version = whole || !found?.isThere ? undefined : found.version;
        const graph = await readGraph(this.reader, path, { known: version, within });
        if (graph === 'as known') return found ?? ABSENT;
        return graph ? { version: graph.version, isThere: true, graph } : ABSENT;
      }
      case 'presence':
        return (await this.reader.kind(path)) === 'file' ? { version: 'there', isThere: true } : ABSENT;
      case 'list': {
        const names = await this.reader.list(path, LISTED);
        return { version: names.join('\n'), isThere: true, names };
      }
    }
  }

  #keep(known: Known): void {
    this.#graphs.delete(known);
    if (known.found?.graph) this.#graphs.add(known);
    this.#forgetGraphs();
  }

  #forgetGraphs(): void {
    for (const oldest of this.#graphs) {
      if (this.#graphs.size <= KEPT_GRAPHS || this.#gathering > 0) return;
      this.#graphs.delete(oldest);
      if (oldest.found) oldest.found = { version: oldest.found.version, isThere: true };
    }
  }
}

/** A graph may be as large as its format allows, which the first bytes tell. @throws UnreadableFile */
export async function readGraph(
  reader: FileReader,
  path: string,
  { known, within }: Pick<ReadOptions, 'known' | 'within'> = {},
): Promise<ReadFile | 'as known' | undefined> {
  const head = await reader.read(path, { most: HEAD_BYTES, head: true, known, within });
  if (head === undefined || head === 'as known') return head;
  return reader.read(path, { most: largestGraph(path, head.bytes), within });
}

function textFound(file: ReadFile): Found {
  const { version } = file;
  const read = decode(file.bytes);
  return 'flaw' in read
    ? { version, isThere: true, fault: read.flaw, ...(isParquet(file.bytes) ? { binary: file.bytes } : {}) }
    : { version, isThere: true, text: { ...read, version } };
}

function unreadable(error: unknown): Found {
  if (!(error instanceof UnreadableFile)) throw error;
  return { version: `unreadable: ${error.message}`, isThere: true, fault: error.message };
}

/** What `promise` gives, or what the signal says as soon as it fires. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const settled = new AbortController();
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: settled.signal });
      }),
    ]);
  } finally {
    settled.abort();
  }
}
