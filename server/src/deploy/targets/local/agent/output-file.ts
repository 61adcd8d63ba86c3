/**
 * The output of a process that survives the agent: the process appends to a file, the agent reads what is new.
 * A pipe would break when the agent dies, and most programs end on a broken pipe.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** Beyond this the file is emptied once it was read; the process appends, so it goes on at the new end. */
const EMPTY_BEYOND_BYTES = 1 << 20;
const POLL_MS = 250;

export class OutputFile {
  readonly #file: number;
  readonly #onLine: (line: string) => void;
  readonly #timer: NodeJS.Timeout;
  #decoder = new StringDecoder('utf8');
  #offset: number;
  #partial = '';
  #closed = false;

  /** @param from where to begin to read: the end for a process that is adopted. */
  constructor(path: string, onLine: (line: string) => void, from: 'start' | 'end' = 'start') {
    this.#file = openSync(path, 'a+', 0o600);
    this.#offset = from === 'end' ? fstatSync(this.#file).size : 0;
    this.#onLine = onLine;
    this.#timer = setInterval(() => this.read(), POLL_MS);
    this.#timer.unref();
  }

  /** Reports every line that was completed since the last time. */
  read(): void {
    if (this.#closed) return;
    const buffer = Buffer.allocUnsafe(64 * 1024);
    for (;;) {
      const length = readSync(this.#file, buffer, 0, buffer.length, this.#offset);
      if (length === 0) break;
      this.#offset += length;
      const lines = (this.#partial + this.#decoder.write(buffer.subarray(0, length))).split('\n');
      this.#partial = lines.pop()!.slice(-8192);
      for (const line of lines) this.#onLine(line.replace(/\r$/, ''));
    }
    if (this.#offset > EMPTY_BEYOND_BYTES) {
      ftruncateSync(this.#file, 0);
      this.#offset = 0;
    }
  }

  /** Reads the rest, the last line without an end too. */
  close(): void {
    if (this.#closed) return;
    clearInterval(this.#timer);
    this.read();
    if (this.#partial !== '') this.#onLine(this.#partial);
    this.#closed = true;
    closeSync(this.#file);
  }
}
