/** What every command is given: where to write, how wide, in which format, and how to be interrupted. */
import { relative, resolve } from 'node:path';
import { DiskFiles, readGraph } from '../host/disk-files.ts';
import { FileReader, type ReadFile } from '../host/file-reader.ts';
import { UnreadableFile } from '../host/regular-file.ts';
import { textIn } from '../graph/source.ts';
import { didYouMean } from '../spec/problems/did-you-mean.ts';
import { isParquet } from '../spec/references/trace.ts';
import { decode } from '../spec/text/decode.ts';
import { isGraphFile } from '../spec/references/graph-file.ts';
import { EXIT } from './exit-code.ts';
import { problemText } from './formats/problem-text.ts';
import { printable, printableLine } from './text/printable.ts';
import { paintFor, widthOf, type Paint } from './terminal.ts';
import { ProblemError, problemError } from '../spec/problems/problem-error.ts';
import type { InFile, Problem } from '../spec/problems/problem.ts';

export const FORMATS = ['text', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** A file with errors: nothing is planned, applied or replayed then. */
export function invalidSpec(problems: readonly Problem<InFile>[]): ProblemError {
  return problemError(
    'BERTH5013',
    { errors: problems.length, first: problems[0]?.message ?? 'it is empty' },
    { problems },
  );
}

export class Session {
  readonly out = process.stdout;
  readonly err = process.stderr;
  readonly paint: Paint = paintFor(process.stdout);
  readonly errPaint: Paint = paintFor(process.stderr);
  readonly width: number = widthOf(process.stdout);
  readonly reader = new FileReader();
  readonly files = new DiskFiles({ reader: this.reader });
  #abort: AbortController | undefined;
  readonly #reported = new Set<string>();
  format: Format = 'text';

  /**
   * Fires at the first Ctrl-C, for what must end in a state that can be gone on from; a second one does not wait for it.
   * A command that never asks for it is ended by the system at once, also in the middle of a long computation.
   */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      process.on('SIGINT', () => {
        if (abort.signal.aborted) process.exit(EXIT.interrupted);
        abort.abort();
      });
      process.on('SIGTERM', () => abort.abort());
    }
    return this.#abort.signal;
  }

  get interrupted(): boolean {
    return this.#abort?.signal.aborted ?? false;
  }

  /** Something that went wrong on the way, on standard error; once, however often it is met. */
  warn({ code, message, hint }: Problem): void {
    if (this.#reported.has(`${code} ${message}`)) return;
    this.#reported.add(`${code} ${message}`);
    this.err.write(`${this.errPaint.yellow('!')} ${code} ${printable(message)}\n  ${printable(hint)}\n`);
  }

  print(lines: readonly string[]): void {
    this.out.write(`${lines.map(printableLine).join('\n')}\n`);
  }

  json(value: unknown): void {
    this.out.write(`${JSON.stringify(value, null, this.out.isTTY ? 2 : 0)}\n`);
  }

  /** Says what ended the command. */
  complain(error: unknown): number {
    if (error instanceof ProblemError) {
      const { problem, problems, exitCode } = error;
      const { code, message, hint } = problem;
      if (this.format === 'json')
        this.json({ error: { code, message, hint }, ...(problems.length > 0 ? { problems } : {}) });
      else {
        if (problems.length > 0) this.err.write(`${problemText(problems, this.errPaint).join('\n')}\n`);
        if (!this.#reported.has(`${code} ${message}`))
          this.err.write(`${this.errPaint.red('error')} ${code} ${printable(message)}\n  ${printable(hint)}\n`);
      }
      return exitCode;
    }
    throw error;
  }
}

interface FoundFile {
  /** Absolute path. */
  readonly path: string;
  /** As it is shown: relative to the working folder where that is shorter. */
  readonly shown: string;
}

export interface ReadText extends FoundFile {
  readonly text: string;
}

/** A trace: its text, or the bytes of one that is none. */
export interface ReadTrace extends FoundFile {
  readonly content: string | Uint8Array;
}

/** A graph that is no text. */
export interface ReadBytes extends FoundFile {
  readonly bytes: Uint8Array;
}

/** Whoever reads the text says what is too large for it; this is what no memory should hold. */
const LARGEST_INPUT_BYTES = 512 * 2 ** 20;

/** What reads the files that a command names. */
type Readers = Pick<Session, 'reader' | 'files'>;

/** @throws ProblemError where the file is not there or cannot be read. */
export async function readText(readers: Readers, file: string): Promise<ReadText> {
  return reading(readers, file, async (path) => {
    const found = whole(await readers.reader.read(path, { most: LARGEST_INPUT_BYTES }));
    return found && { text: inputText(found.bytes) };
  });
}

/** A trace, which need not be a text. @throws ProblemError where the file is not there or cannot be read. */
export async function readTrace(readers: Readers, file: string): Promise<ReadTrace> {
  return reading(readers, file, async (path) => {
    const found = whole(await readers.reader.read(path, { most: LARGEST_INPUT_BYTES }));
    return found && { content: isParquet(found.bytes) ? found.bytes : inputText(found.bytes) };
  });
}

/** @param found of a file of which nothing was known. */
function whole(found: ReadFile | 'as known' | undefined): ReadFile | undefined {
  if (found === 'as known') throw new Error('nothing was known of it');
  return found;
}

/** What is told what it is instead of a text is not read; of what is merely damaged the checks say where. @throws UnreadableFile */
function inputText(bytes: Uint8Array): string {
  const decoded = decode(bytes);
  if ('text' in decoded) return decoded.text;
  if (decoded.recognised) throw new UnreadableFile(decoded.flaw);
  return new TextDecoder().decode(bytes);
}

/** A spec or graph file to read. @throws ProblemError where the file is neither, is not there or cannot be read. */
export async function readSpecOrGraph(readers: Readers, file: string): Promise<ReadText | ReadBytes> {
  if (isGraphFile(file)) {
    return reading(readers, file, async (path) => {
      const found = whole(await readGraph(readers.reader, path));
      const text = found && textIn(path, found.bytes);
      return text === undefined ? found && { bytes: found.bytes } : { text };
    });
  }
  const read = await readText(readers, file);
  if (!isSpecOrGraph(read.path)) throw problemError('BERTH1032', { path: read.shown }, { exitCode: EXIT.usage });
  return read;
}

async function reading<Content extends object>(
  { files }: Readers,
  file: string,
  read: (path: string) => Promise<Content | undefined>,
): Promise<FoundFile & Content> {
  const path = resolve(file);
  const shown = shownPath(path);
  try {
    const found = await read(path);
    if (found) return { path, shown, ...found };
  } catch (error) {
    throw unreadableInput(shown, error);
  }
  const beside = await files.settled((known) => known.list?.(process.cwd()) ?? []);
  const suggestion = didYouMean(file, beside.filter(isSpecOrGraph));
  throw problemError('BERTH1011', { what: 'input', path: shown, suggestion }, { exitCode: EXIT.usage });
}

/** @returns what a person is told of an `UnreadableFile`; anything else as it is. */
export function unreadableInput(shown: string, error: unknown): unknown {
  if (!(error instanceof UnreadableFile)) return error;
  return problemError('BERTH1027', { what: 'input', path: shown, detail: error.message }, { exitCode: EXIT.usage });
}

/** By its name, as in an editor. */
export function isSpecOrGraph(path: string): boolean {
  return /\.berth\.ya?ml$/.test(path) || isGraphFile(path);
}

/** A path as a person would write it from the working folder. */
export function shownPath(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}
