// Takes the place of @vscode/spdlog in the code-server that Berth installs. The original is a native module which needs a compiler;
// without it the extension host writes no logs, and output channels stay empty. This writes the same files with node:fs alone.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, extname } from 'node:path';

export const version = 1;
/** Lines are written at once, so there is no level from which to flush on. */
export function setFlushOn() {}

let commonLevel = 0;
/** @param {number} level for loggers made from now on */
export function setLevel(level) {
  commonLevel = level;
}

const words = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

export class Logger {
  #file;
  #limit;
  #kept;
  #level = commonLevel;
  #raw = false;
  /** @type {number | undefined} */
  #descriptor;

  /** @param {string} _type @param {string} _name @param {string} file @param {number} limit in bytes @param {number} kept older files */
  constructor(_type, _name, file, limit, kept) {
    this.#file = file;
    this.#limit = limit;
    this.#kept = kept;
    this.#open();
  }

  /** @param {string} message */
  trace = (message) => this.#write(0, message);
  /** @param {string} message */
  debug = (message) => this.#write(1, message);
  /** @param {string} message */
  info = (message) => this.#write(2, message);
  /** @param {string} message */
  warn = (message) => this.#write(3, message);
  /** @param {string} message */
  error = (message) => this.#write(4, message);
  /** @param {string} message */
  critical = (message) => this.#write(5, message);

  getLevel() {
    return this.#level;
  }
  /** @param {number} level */
  setLevel(level) {
    this.#level = level;
  }
  /** Messages then come with their own line ends: the text of a plain output channel. */
  clearFormatters() {
    this.#raw = true;
  }
  /** VS Code asks for one pattern only, which is the one written. */
  setPattern() {
    this.#raw = false;
  }
  flush() {}
  drop() {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open() {
    mkdirSync(dirname(this.#file), { recursive: true });
    this.#descriptor = openSync(this.#file, 'a');
  }

  /** @param {number} level @param {string} message */
  #write(level, message) {
    if (level < this.#level || this.#descriptor === undefined) return;
    try {
      if (fstatSync(this.#descriptor).size > this.#limit) this.#rotate();
      writeSync(this.#descriptor, this.#raw ? message : `${stamp(new Date())} [${words[level]}] ${message}\n`);
    } catch {
      // a full disk must not take the extension host down with it
    }
  }

  #rotate() {
    this.drop();
    const end = extname(this.#file);
    const stem = this.#file.slice(0, this.#file.length - end.length);
    rmSync(`${stem}.${this.#kept}${end}`, { force: true });
    for (let i = this.#kept - 1; i >= 0; i--) {
      try {
        renameSync(i === 0 ? this.#file : `${stem}.${i}${end}`, `${stem}.${i + 1}${end}`);
      } catch {
        // fewer than that were kept so far
      }
    }
    this.#open();
  }
}

/** @param {Date} time local, as the original writes it */
function stamp(time) {
  /** @param {number} value @param {number} width */
  const digits = (value, width) => String(value).padStart(width, '0');
  const day = `${time.getFullYear()}-${digits(time.getMonth() + 1, 2)}-${digits(time.getDate(), 2)}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((value) => digits(value, 2)).join(':');
  return `${day} ${clock}.${digits(time.getMilliseconds(), 3)}`;
}

/** @param {string} name @param {string} file @param {number} limit @param {number} kept */
export async function createRotatingLogger(name, file, limit, kept) {
  return new Logger('rotating', name, file, limit, kept);
}
export const createAsyncRotatingLogger = createRotatingLogger;
