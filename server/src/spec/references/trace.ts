/**
 * Traces: tables with a header line of names, and below it a line a minute; each cell is the number of requests in that minute. Where a
 * column says when lines are, it is believed: lines that count seconds or hours become minutes, and what cannot be minutes is said.
 */
import { clipped } from '../text/visible.ts';
import { contentOf, type Files } from './reference.ts';
import { Delimited } from './trace/delimited.ts';
import { parquetTable } from './trace/parquet.ts';
import { asSeriesName, seriesTable } from './trace/prometheus.ts';
import { knownMinutes, minutesOf, mostOfMinute, unitOfName, type TraceUnit } from './trace/minutes.ts';
import { decimalOf, looksLikeNumber, numberOf, type DecimalMark } from './trace/number-text.ts';
import { looksLikeTime } from './trace/time-text.ts';
import { isTimeName } from './trace/time-name.ts';
import { timesOf, type Times } from './trace/times.ts';
import { MOST_MINUTES, type TraceFlaw } from './trace/trace-flaw.ts';
import type { TraceTable } from './trace/trace-table.ts';
import { zoneNamed, type Zone } from './trace/zone.ts';

export { MOST_MINUTES, type TraceFlaw } from './trace/trace-flaw.ts';
export { TRACE_UNITS, type TraceUnit } from './trace/minutes.ts';
export { span } from './trace/time-name.ts';
export { isParquet } from './trace/parquet.ts';
export { periodOf, type Period } from './trace/period.ts';
export type { Times } from './trace/times.ts';
export { COMMON_ZONES, zoneLike, zoneNamed, zoneNames, type Zone } from './trace/zone.ts';

export type TraceColumn =
  { readonly ok: true; readonly values: readonly number[] } | { readonly ok: false; readonly flaw: TraceFlaw };

/** What the lines of a column say. */
type Numbers = TraceColumn & {
  /** Rows that say nothing, in their order; the value of each is 0. */
  readonly blanks: readonly number[];
};

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
  readonly #table: TraceTable;
  readonly #zone: Zone | undefined;
  /** The same in other time zones. */
  readonly #elsewhere: Map<string, Trace>;
  readonly #read = new Map<string, TraceColumn>();
  readonly #numbers = new Map<string, Numbers>();
  #times: Times | TraceFlaw | undefined;

  constructor(content: string | TraceTable | Trace, zone?: Zone) {
    this.#zone = zone;
    this.#table =
      content instanceof Trace
        ? content.#table
        : typeof content === 'string'
          ? (seriesTable(content) ?? new Delimited(content))
          : content;
    this.columns = this.#table.columns;
    this.isPlain = content instanceof Trace ? content.isPlain : this.#isPlain();
    this.flaw = content instanceof Trace ? content.flaw : this.#flawOfFile();
    this.#elsewhere = content instanceof Trace ? content.#elsewhere : new Map<string, Trace>();
  }

  /** The trace that a file holds. @param content its text, or the bytes of one that is none. */
  static of(content: string | Uint8Array, zone?: Zone): Trace {
    return new Trace(typeof content === 'string' ? content.normalize('NFC') : parquetTable(content), zone);
  }

  /** The same trace where times that name no zone are those of one. @param zone as a spec gives it; of a name that no zone has, as it is. */
  in(zone: string | undefined): Trace {
    const found = zone === undefined ? undefined : zoneNamed(zone);
    if (!found || found.name === this.#zone?.name) return this;
    let there = this.#elsewhere.get(found.name);
    if (!there) {
      if (this.#elsewhere.size >= KEPT) this.#elsewhere.clear();
      this.#elsewhere.set(found.name, (there = new Trace(this, found)));
    }
    return there;
  }

  /** The column that a name means; of a series its labels may be in any order. */
  named(written: string): string | undefined {
    const name = written.normalize('NFC');
    if (this.columns.includes(name) || !this.#table.isData) return this.columns.find((column) => column === name);
    const series = asSeriesName(name);
    return this.columns.find((column) => column === series);
  }

  /** What stands between cells; undefined where there are no such. */
  get delimiter(): string | undefined {
    return this.#table.isData ? undefined : this.#table.delimiter;
  }

  /** What kind of file it is, in words. */
  get form(): string {
    return this.#table.form;
  }

  /** What is taken for granted of the file and its times. The times have no flaw. */
  get remarks(): readonly TraceFlaw[] {
    return [...this.#table.remarks, ...('step' in this.times ? this.times.remarks : [])];
  }

  /** One-based line of the names. */
  get headerLine(): number {
    return this.#table.headerLine;
  }

  /** Columns that can be a job's load; none of a file that is no trace. */
  get loads(): string[] {
    if (!this.isPlain) return [];
    return this.columns.filter((name, at) => !this.#saysWhen(name, at) && this.#hasNumbers(at));
  }

  /** When its lines are. The file has no flaw. */
  get times(): Times | TraceFlaw {
    return (this.#times ??= timesOf(this.#table, (cell) => this.#quoted(cell), this.#zone));
  }

  /** Minutes for which a column has values; undefined where that is all of them. The times have no flaw. */
  knownOf(name: string): readonly boolean[] | undefined {
    return 'step' in this.times ? knownMinutes(this.times, this.#numbersOf(name).blanks) : undefined;
  }

  /** What the cells of a column are, by its name. */
  unitOf(name: string): TraceUnit {
    return this.#saysWhen(name, this.columns.indexOf(name)) ? 'requests' : unitOfName(name);
  }

  /** What is taken for granted of a column. */
  remarksOf(name: string): readonly TraceFlaw[] {
    const unit = this.unitOf(name);
    const step = 'step' in this.times ? this.times.step : 60;
    // What a query asks for, counts or rates, does not stand in its answer.
    if (unit === 'requests' && this.#table.isData && !this.#saysWhen(name, this.columns.indexOf(name))) {
      const detail = `${short(name)} is taken for the requests of each line; rates need \`unit\``;
      return [{ line: this.#table.headerLine, detail }];
    }
    if (unit === 'requests' || (unit === 'requests/min' && step === 60)) return [];
    return [{ line: this.#table.headerLine, detail: `"${name}" is taken for ${UNIT_WORDS[unit]}` }];
  }

  /** What is to be doubted of a column. The column can be read. */
  notesOf(name: string): readonly TraceFlaw[] {
    const numbers = this.#numbersOf(name);
    const notes: TraceFlaw[] = [];
    const [first] = numbers.blanks;
    if (first !== undefined) {
      const detail =
        numbers.blanks.length === 1
          ? `${short(name)} has no value there, which counts no requests`
          : `${short(name)} has no value in ${numbers.blanks.length} lines, this one first, which count no requests`;
      notes.push({ line: this.#table.line(first), detail });
    }
    if (numbers.ok && RUNNING.test(name) && isRunning(numbers.values)) {
      const detail = `${short(name)} never falls, as a running total does, and is taken for the requests of each line`;
      notes.push({ line: this.#table.headerLine, detail });
    }
    return notes;
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
    return 'step' in times
      ? times.columns.includes(name)
      : this.columns.find((column, at) => isTimeName(column, at === 0)) === name;
  }

  #minutesOf(name: string, unit: TraceUnit): TraceColumn {
    if (this.flaw) return { ok: false, flaw: this.flaw };
    if (this.isTime(name)) return this.#minutesAt(name, unit, undefined);
    const { times } = this;
    return 'step' in times ? this.#minutesAt(name, unit, times) : { ok: false, flaw: times };
  }

  /** @param times undefined where every line is a minute. */
  #minutesAt(name: string, unit: TraceUnit, times: Times | undefined): TraceColumn {
    const numbers = this.#numbersOf(name);
    if (!numbers.ok) return { ok: false, flaw: numbers.flaw };
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

  #numbersOf(name: string): Numbers {
    let numbers = this.#numbers.get(name);
    if (!numbers) this.#numbers.set(name, (numbers = this.#readNumbers(name)));
    return numbers;
  }

  #readNumbers(name: string): Numbers {
    const fails = (flaw: TraceFlaw): Numbers => ({ ok: false, flaw, blanks: [] });
    if (this.flaw) return fails(this.flaw);
    const at = this.columns.indexOf(name);
    const { times } = this;
    const rows = 'step' in times ? times.rows : this.#table.rows;
    // Between commas a point is the mark of decimals, unless a cell is no number by that.
    let decimal: DecimalMark | undefined = this.#table.delimiter === ',' ? '.' : undefined;
    let sure = false;
    if (decimal === undefined) {
      const mark = this.#decimal(at, rows);
      if (typeof mark !== 'string') return fails(mark);
      [decimal, sure] = [mark, true];
    }
    const values: number[] = [];
    const blanks: number[] = [];
    for (let row = 0; row < rows; row++) {
      const cell = this.#table.cell(row, at) ?? '';
      if (cell === '' && this.#table.isData) {
        blanks.push(row);
        values.push(0);
        continue;
      }
      const value = numberOf(cell, decimal);
      if (Number.isFinite(value)) {
        values.push(value);
        continue;
      }
      if (sure) return fails(this.#flawOfCell(row, at, name));
      const mark = this.#decimal(at, rows);
      if (mark !== ',') return fails(this.#flawOfCell(row, at, name));
      [decimal, sure, row] = [mark, true, -1];
      values.length = 0;
    }
    if (blanks.length === rows) return fails({ line: this.#table.line(0), detail: `"${name}" has no value anywhere` });
    return { ok: true, values, blanks };
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
    const rows = this.#table.isData ? this.#table.rows : Math.min(SAMPLE, this.#table.rows);
    for (let row = 0; row < rows; row++) if (looksLikeNumber(this.#table.cell(row, at) ?? '')) return true;
    return false;
  }

  /** Lines as long as the header, and a column of which half and more are numbers. */
  #isPlain(): boolean {
    const rows = Math.min(SAMPLE, this.#table.rows);
    if (rows === 0) return false;
    if (this.#table.isData) return true;
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
    if (this.#table.flaw) return this.#table.flaw;
    if (this.columns.length === 0) return { line: 1, detail: 'the file is empty' };
    if (rows === 0) return { line: headerLine, detail: 'there is no minute after the header' };
    if (rows > MOST_MINUTES)
      return { line: this.#table.line(MOST_MINUTES), detail: `a trace has at most ${MOST_MINUTES} minutes` };
    const isCell = (name: string): boolean => looksLikeNumber(name) || looksLikeTime(name);
    if (
      this.columns.every((name) => name === '' || isCell(name)) ||
      this.columns.some(
        (name, at) => /:\d\d/.test(name) && looksLikeTime(name) && looksLikeTime(this.#table.cell(0, at) ?? ''),
      )
    )
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

/** The name of a column beside other words. */
function short(name: string): string {
  return `"${clipped(name, 48)}"`;
}

/** Names of what counts on and on. */
const RUNNING = /(?:^|[\s_({[])(?:total|cumulative|cumulated|accumulated)(?:$|[\s_)}\]{])|_(?:count|sum|bucket)\{/i;

/** Fewer lines do not tell a running total from traffic that grows. */
const FEWEST_RUNNING = 5;

function isRunning(values: readonly number[]): boolean {
  return (
    values.length >= FEWEST_RUNNING &&
    (values.at(-1) ?? 0) > (values[0] ?? 0) &&
    values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0))
  );
}

const UNIT_WORDS: Readonly<Record<TraceUnit, string>> = {
  requests: 'requests of a line',
  'requests/s': 'requests a second',
  'requests/min': 'requests a minute',
  'requests/h': 'requests an hour',
};

const KEPT = 16;

/** The trace at a path; undefined where there is none that can be read. */
export function traceAt(files: Files, path: string): Trace | undefined {
  const content = contentOf(files, path, 'trace');
  return content && traceOf(path, content.version, 'text' in content ? content.text : content.bytes);
}

const traces = new Map<string, Trace>();

/**
 * The trace of a file; the last few are kept, so that typing beside a long trace does not read it again. Its columns are named in NFC: who
 * looks for one brings its name in that form.
 */
export function traceOf(path: string, version: string, content: string | Uint8Array): Trace {
  const key = `${path}\n${version}`;
  const known = traces.get(key);
  const trace = known ?? Trace.of(content);
  traces.delete(key);
  traces.set(key, trace);
  if (traces.size > KEPT) traces.delete(traces.keys().next().value!);
  return trace;
}
