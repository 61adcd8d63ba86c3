/** A log file of lines that never grows without bound: when it is full it becomes `<name>.1` and a new one begins. */
import { appendFileSync, closeSync, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs';
import type { LogLine, LogOptions } from '../../../target.ts';

/** What of a log is asked for. */
export type LogQuery = Pick<LogOptions, 'subject' | 'since' | 'tail'>;

/** Longer lines are cut. */
const LONGEST_LINE = 8192;

export class LineLog {
  readonly #path: string;
  readonly #limit: number;
  readonly #listeners = new Set<(line: LogLine) => void>();
  #size: number;
  /** The last line has no end: the machine lost its power while it was written. */
  #torn: boolean;

  /** @param limit bytes after which the file is turned over; at most twice that is kept. */
  constructor(path: string, limit = 1 << 20) {
    this.#path = path;
    this.#limit = limit;
    this.#size = sizeOf(path);
    this.#torn = this.#size > 0 && lastByte(path, this.#size) !== 0x0a;
  }

  /** Adds a line with its time. A log that cannot be written (a full disk) must not end what it tells about: the line is lost. */
  write(line: string): void {
    const text = `${new Date().toISOString()} ${line.slice(0, LONGEST_LINE)}`;
    try {
      if (this.#size > this.#limit) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#size = 0;
      }
      appendFileSync(this.#path, `${this.#torn ? '\n' : ''}${text}\n`, { mode: 0o600 });
      this.#torn = false;
      this.#size += Buffer.byteLength(text) + 1;
    } catch {
      this.#size = sizeOf(this.#path);
    }
    for (const listener of [...this.#listeners]) listener(parsed(text, Date.now()));
  }

  /** The last lines, oldest first. */
  tail(count: number): readonly string[] {
    return count > 0 ? this.#all().slice(-count) : [];
  }

  /** The lines that are asked for, oldest first. */
  lines({ subject, since, tail }: LogQuery): readonly LogLine[] {
    let at = 0;
    const all = this.#all().map((text) => {
      const line = parsed(text, at);
      ({ at } = line);
      return line;
    });
    const found = all.filter((line) => isOf(line, subject) && (since === undefined || line.at >= since));
    return tail === undefined ? found : tail > 0 ? found.slice(-tail) : [];
  }

  /** Calls back with every line that is added, of one subject where that is given. @returns how to stop that. */
  watch(subject: string | undefined, onLine: (line: LogLine) => void): () => void {
    const listener = (line: LogLine): void => {
      if (isOf(line, subject)) onLine(line);
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #all(): string[] {
    const text = read(`${this.#path}.1`) + read(this.#path);
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }
}

/** @param before the time of the line before, for what has none of its own. */
function parsed(line: string, before: number): LogLine {
  const space = line.indexOf(' ');
  const at = Date.parse(line.slice(0, space));
  if (Number.isNaN(at)) return { at: before, subject: null, text: line };
  const said = /^([\w./-]+) \| (.*)$/s.exec(line.slice(space + 1));
  return said ? { at, subject: said[1]!, text: said[2]! } : { at, subject: null, text: line.slice(space + 1) };
}

/** A job's lines are those of all its replicas: `search` has those of `search/0`. */
function isOf({ subject }: LogLine, wanted: string | undefined): boolean {
  return wanted === undefined || subject === wanted || subject?.startsWith(`${wanted}/`) === true;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

function lastByte(path: string, size: number): number | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const byte = Buffer.alloc(1);
      return readSync(file, byte, 0, 1, size - 1) === 1 ? byte[0] : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return 0x0a; // it cannot be read, and so not be mended
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
