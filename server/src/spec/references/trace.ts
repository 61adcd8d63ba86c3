/**
 * Traces: tables with a header line of names, and below it a line a minute; each cell is the number of requests in that minute. Where a
 * column says when lines are, it is believed: lines that count seconds or hours become minutes, and what cannot be minutes is said.
 */
import { Delimited } from './trace/delimited.ts';
import { knownMinutes, minutesOf, mostOfMinute, unitOfName, type TraceUnit } from './trace/minutes.ts';
import { decimalOf, looksLikeNumber, numberOf, type DecimalMark } from './trace/number-text.ts';
import { looksLikeTime } from './trace/time-text.ts';
import { isTimeName } from './trace/time-name.ts';
import { timesOf, type Times } from './trace/times.ts';
import { MOST_MINUTES, type TraceFlaw } from './trace/trace-flaw.ts';

export { MOST_MINUTES, type TraceFlaw } from './trace/trace-flaw.ts';
export { TRACE_UNITS, type TraceUnit } from './trace/minutes.ts';
export { span } from './trace/time-name.ts';
export type { Times } from './trace/times.ts';

export type TraceColumn =
  { readonly ok: true; readonly values: readonly number[] } | { readonly ok: false; readonly flaw: TraceFlaw };

/** Requests that a minute of a job may have: as many as a replay may have in all. */
export const MOST_REQUESTS = 100_000_000;

/** Lines by which it is seen whether a file is a trace at all. */
const SAMPLE = 20;

export class Trace {
  /** Names of the header line, in their order. */
  readonly columns: readonly string[];
  /** What is wrong with the file as a whole. */
  readonly flaw: TraceFlaw | undefined;
  /** Whether it is a table of numbers under names: only then may a message show of it what nobody asked for. */
  readonly isPlain: boolean;
  readonly #isJson: boolean;
  readonly #table: Delimited;
  readonly #read = new Map<string, TraceColumn>();
  readonly #numbers = new Map<string, TraceColumn>();
  #times: Times | TraceFlaw | undefined;

  constructor(text: string) {
    this.#isJson = /^\s*(?:\{\s*["}]|\[\s*[[{"\d\]-])/.test(text.slice(0, 1000));
    this.#table = new Delimited(text);
    this.columns = this.#table.columns;
    this.isPlain = this.#isPlain();
    this.flaw = this.#flawOfFile();
  }

  /** One-based line of the names. */
  get headerLine(): number {
    return this.#table.headerLine;
  }

  /** What stands between cells. */
  get delimiter(): string {
    return this.#table.delimiter;
  }

  /** Columns that can be a job's load; none of a file that is no trace. */
  get loads(): string[] {
    if (!this.isPlain) return [];
    return this.columns.filter((name, at) => !this.#saysWhen(name, at) && this.#hasNumbers(at));
  }

  /** When its lines are. The file has no flaw. */
  get times(): Times | TraceFlaw {
    return (this.#times ??= timesOf(this.#table, (cell) => this.#quoted(cell)));
  }

  /** Minutes for which there are lines; undefined where that is all of them. The times have no flaw. */
  get known(): readonly boolean[] | undefined {
    return 'step' in this.times ? knownMinutes(this.times) : undefined;
  }

  /** What the cells of a column are, by its name. */
  unitOf(name: string): TraceUnit {
    return this.#saysWhen(name, this.columns.indexOf(name)) ? 'requests' : unitOfName(name);
  }

  /** What is taken for granted of a column. */
  remarksOf(name: string): readonly TraceFlaw[] {
    const unit = this.unitOf(name);
    const isMinute = 'step' in this.times && this.times.step === 60;
    if (unit === 'requests' || (unit === 'requests/min' && isMinute)) return [];
    return [{ line: this.#table.headerLine, detail: `"${name}" is taken for ${UNIT_WORDS[unit]}` }];
  }

  /**
   * Requests per minute, minute by minute. The column must exist.
   *
   * @param unit what its cells are; what its name says by default.
   */
  column(name: string, unit = this.unitOf(name)): TraceColumn {
    const key = `${unit} ${name}`;
    let column = this.#read.get(key);
    if (!column) this.#read.set(key, (column = this.#minutesOf(name, unit)));
    return column;
  }

  /** The same as if every line were a minute, whatever its time: for who knows better. */
  lines(name: string): TraceColumn {
    return this.#minutesAt(name, this.unitOf(name), undefined);
  }

  /** Whether a column is one of those that say when: it can be read as counts all the same. The file has no flaw. */
  isTime(name: string): boolean {
    const { times } = this;
    return 'step' in times ? times.columns.includes(name) : isTimeName(name, this.columns[0] === name);
  }

  #minutesOf(name: string, unit: TraceUnit): TraceColumn {
    if (this.flaw) return { ok: false, flaw: this.flaw };
    if (this.isTime(name)) return this.#minutesAt(name, unit, undefined);
    const { times } = this;
    return 'step' in times ? this.#minutesAt(name, unit, times) : { ok: false, flaw: times };
  }

  /** @param times undefined where every line is a minute. */
  #minutesAt(name: string, unit: TraceUnit, times: Times | undefined): TraceColumn {
    let numbers = this.#numbers.get(name);
    if (!numbers) this.#numbers.set(name, (numbers = this.#readNumbers(name)));
    if (!numbers.ok) return numbers;
    const steps = times ?? { step: 60, slots: numbers.values.length, slotOf: undefined };
    const row = numbers.values.findIndex((value) => mostOfMinute(value, steps.step, unit) > MOST_REQUESTS);
    if (row >= 0) {
      const cell = this.#quoted(this.#table.cell(row, this.columns.indexOf(name)) ?? '');
      const detail = `${cell} is more than 100 million requests, the most that a minute may have`;
      return { ok: false, flaw: { line: this.#table.line(row), detail } };
    }
    const values = minutesOf(numbers.values, steps, unit);
    const minute = steps.step < 60 ? values.findIndex((value) => value > MOST_REQUESTS) : -1;
    if (minute < 0) return { ok: true, values };
    const first = Math.max(
      0,
      numbers.values.findIndex((_, i) => (steps.slotOf?.[i] ?? i) * steps.step >= minute * 60),
    );
    const detail = 'with the lines after it, its minute has more than 100 million requests, the most that one may have';
    return { ok: false, flaw: { line: this.#table.line(first), detail } };
  }

  #readNumbers(name: string): TraceColumn {
    if (this.flaw) return { ok: false, flaw: this.flaw };
    const at = this.columns.indexOf(name);
    const { times } = this;
    const rows = 'step' in times ? times.rows : this.#table.rows;
    // Between commas a point is the mark of decimals, unless a cell is no number by that.
    let decimal: DecimalMark | undefined = this.#table.delimiter === ',' ? '.' : undefined;
    let sure = false;
    if (decimal === undefined) {
      const mark = this.#decimal(at, rows);
      if (typeof mark !== 'string') return { ok: false, flaw: mark };
      [decimal, sure] = [mark, true];
    }
    const values: number[] = [];
    for (let row = 0; row < rows; row++) {
      const value = numberOf(this.#table.cell(row, at) ?? '', decimal);
      if (Number.isFinite(value)) {
        values.push(value);
        continue;
      }
      if (sure) return { ok: false, flaw: this.#flawOfCell(row, at, name) };
      const mark = this.#decimal(at, rows);
      if (mark !== ',') return { ok: false, flaw: this.#flawOfCell(row, at, name) };
      [decimal, sure, row] = [mark, true, -1];
      values.length = 0;
    }
    return { ok: true, values };
  }

  /** The mark of decimals: that of the column, or of any other where it leaves that open. */
  #decimal(at: number, rows: number): DecimalMark | TraceFlaw {
    const { delimiter, columns } = this.#table;
    const own = decimalOf(rows, (row) => this.#table.cell(row, at) ?? '', delimiter);
    if (typeof own === 'string') return own;
    for (const [other, name] of columns.entries()) {
      if (other === at) continue;
      const mark = decimalOf(rows, (row) => this.#table.cell(row, other) ?? '', delimiter);
      // A running number that is in step was read with a mark of thousands.
      if (typeof mark !== 'string') {
        if ('step' in this.times && this.times.form === 'count' && this.isTime(name)) return mark.other;
      } else if (!this.#saysWhen(name, other) && this.#hasMark(other, rows)) return mark;
    }
    const cell = this.#table.cell(own.open, at) ?? '';
    const detail = `${this.#quoted(cell)} may have three decimals or stand for thousands, and no other number tells`;
    return { line: this.#table.line(own.open), detail };
  }

  #hasMark(at: number, rows: number): boolean {
    for (let row = 0; row < rows; row++) if (/[.,]/.test(this.#table.cell(row, at) ?? '')) return true;
    return false;
  }

  #flawOfCell(row: number, at: number, name: string): TraceFlaw {
    const line = this.#table.line(row);
    const cell = this.#table.cell(row, at);
    if (this.#table.isBlank(row)) return { line, detail: 'it is empty' };
    if (cell === undefined) {
      const width = this.#table.width(row);
      return { line, detail: `it has ${width} ${width === 1 ? 'cell' : 'cells'}, and "${name}" is cell ${at + 1}` };
    }
    return { line, detail: `${this.#quoted(cell)} is not a count of requests` };
  }

  /** A cell as a message may show it: of a file that is no trace only what was meant as a number. */
  #quoted(cell: string): string {
    const short = cell.slice(0, 40).replace(/\s+/g, ' ');
    const isNumber =
      cell.length <= 16 && /^[+-]?(?:|[\d.,]+(?:e[+-]?\d+)?|0x[\da-f]+|nan|inf(?:inity)?|n\/a)$/i.test(cell);
    return this.isPlain || isNumber ? `"${short}"` : 'what stands there';
  }

  #saysWhen(name: string, at: number): boolean {
    return isTimeName(name, at === 0) || looksLikeTime(this.#table.rows > 0 ? (this.#table.cell(0, at) ?? '') : '');
  }

  #hasNumbers(at: number): boolean {
    const rows = Math.min(SAMPLE, this.#table.rows);
    for (let row = 0; row < rows; row++) if (looksLikeNumber(this.#table.cell(row, at) ?? '')) return true;
    return false;
  }

  /** Lines as long as the header, and a column of which half and more are numbers. */
  #isPlain(): boolean {
    const rows = Math.min(SAMPLE, this.#table.rows);
    if (rows === 0) return false;
    const width = this.columns.length;
    let whole = 0;
    for (let row = 0; row < rows; row++) if (this.#table.width(row) >= width) whole++;
    if (whole * 2 < rows || this.columns.some((name) => name.length > 200)) return false;
    return this.columns.some((name, at) => {
      if (isTimeName(name, at === 0) && width > 1) return false;
      let numbers = 0;
      for (let row = 0; row < rows; row++) if (looksLikeNumber(this.#table.cell(row, at) ?? '')) numbers++;
      return numbers * 2 >= rows;
    });
  }

  #flawOfFile(): TraceFlaw | undefined {
    const { headerLine, rows } = this.#table;
    if (this.#isJson) return { line: headerLine, detail: 'it is JSON, and a trace is a table of cells' };
    if (this.columns.length === 0) return { line: 1, detail: 'the file is empty' };
    if (rows === 0) return { line: headerLine, detail: 'there is no minute after the header' };
    if (rows > MOST_MINUTES)
      return { line: this.#table.line(MOST_MINUTES), detail: `a trace has at most ${MOST_MINUTES} minutes` };
    if (this.columns.every((name) => name === '' || looksLikeNumber(name) || looksLikeTime(name)))
      return { line: headerLine, detail: 'the header line with names is missing' };
    const twice = this.columns.find((name, i) => name !== '' && this.columns.indexOf(name) < i);
    if (twice === undefined) {
      const row = this.#table.overfull();
      if (row === undefined) return undefined;
      const detail = `it has ${this.#table.width(row)} cells, and the header has ${this.columns.length}`;
      return { line: this.#table.line(row), detail };
    }
    return {
      line: headerLine,
      detail: this.isPlain ? `two columns are called "${twice}"` : 'two columns have one name',
    };
  }
}

const UNIT_WORDS: Readonly<Record<TraceUnit, string>> = {
  requests: 'requests of a line',
  'requests/s': 'requests a second',
  'requests/min': 'requests a minute',
  'requests/h': 'requests an hour',
};

const KEPT = 16;
const traces = new Map<string, Trace>();

/**
 * The trace of a file; the last few are kept, so that typing beside a long trace does not read it again. Its columns are named in NFC: who
 * looks for one brings its name in that form.
 */
export function traceOf(path: string, version: string, text: string): Trace {
  const key = `${path}\n${version}`;
  const known = traces.get(key);
  const trace = known ?? new Trace(text.normalize('NFC'));
  traces.delete(key);
  traces.set(key, trace);
  if (traces.size > KEPT) traces.delete(traces.keys().next().value!);
  return trace;
}
