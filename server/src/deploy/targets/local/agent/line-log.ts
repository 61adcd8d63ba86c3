/** A log file of lines that never grows without bound: when it is full it becomes `<name>.1` and a new one begins. */
import { appendFileSync, readFileSync, renameSync, statSync } from 'node:fs';

export class LineLog {
  readonly #path: string;
  readonly #limit: number;
  #size: number;

  /** @param limit bytes after which the file is turned over; at most twice that is kept. */
  constructor(path: string, limit = 1 << 20) {
    this.#path = path;
    this.#limit = limit;
    this.#size = sizeOf(path);
  }

  /** Adds a line with its time. A log that cannot be written (a full disk) must not end what it tells about: the line is lost. */
  write(line: string): void {
    const text = `${new Date().toISOString()} ${line.slice(0, 8192)}\n`;
    try {
      if (this.#size > this.#limit) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#size = 0;
      }
      appendFileSync(this.#path, text, { mode: 0o600 });
      this.#size += Buffer.byteLength(text);
    } catch {
      this.#size = sizeOf(this.#path);
    }
  }

  /** The last lines, oldest first. */
  tail(count: number): readonly string[] {
    const text = read(`${this.#path}.1`) + read(this.#path);
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return count > 0 ? lines.slice(-count) : [];
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
