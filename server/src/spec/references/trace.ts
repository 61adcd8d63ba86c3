/** Traces: CSV files with a header line and one line a minute; each cell is the number of requests in that minute. */

export interface TraceFlaw {
  /** One-based line of the CSV file. */
  readonly line: number;
  readonly detail: string;
}

export type TraceColumn =
  { readonly ok: true; readonly values: readonly number[] } | { readonly ok: false; readonly flaw: TraceFlaw };

/** Minutes that a trace may have: ten weeks. A longer one is no trace of a cluster's day but a mistaken file. */
export const MOST_MINUTES = 100_000;

/** Requests that a minute of a job may have: as many as a replay may have in all. */
export const MOST_REQUESTS = 100_000_000;

/** A count as people and programs write it; no hexadecimal number, no name of one. */
const COUNT = /^\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Columns that count lines rather than requests, by the names that trace files give them. */
const INDEX_COLUMNS = /^(?:minute|day|sample|time|timestamp|date|hour|index|t)$/i;

export class Trace {
  /** Names of the header line, in their order. */
  readonly columns: readonly string[];
  /** What is wrong with the file as a whole. */
  readonly flaw: TraceFlaw | undefined;
  private readonly lines: readonly string[];
  private readonly read = new Map<string, TraceColumn>();

  constructor(text: string) {
    const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
    while (lines.length > 0 && lines.at(-1)!.trim() === '') lines.pop();
    this.lines = lines;
    this.columns = lines.length > 0 ? cells(lines[0]!).map((name) => name.trim()) : [];
    this.flaw = this.flawOfFile();
  }

  /** Columns that can be a job's load. */
  get loads(): string[] {
    return this.columns.filter((name) => name !== '' && !INDEX_COLUMNS.test(name));
  }

  /** Requests per minute, minute by minute. The column must exist. */
  column(name: string): TraceColumn {
    let column = this.read.get(name);
    if (!column) this.read.set(name, (column = this.readColumn(name)));
    return column;
  }

  private readColumn(name: string): TraceColumn {
    if (this.flaw) return { ok: false, flaw: this.flaw };
    const at = this.columns.indexOf(name);
    const values: number[] = [];
    for (let i = 1; i < this.lines.length; i++) {
      const line = cells(this.lines[i]!);
      const cell = line[at]?.trim() ?? '';
      const value = COUNT.test(cell) ? Number(cell) : NaN;
      if (!Number.isFinite(value)) {
        const detail =
          this.lines[i]!.trim() === ''
            ? 'it is empty'
            : line.length <= at
              ? `it has ${line.length} ${line.length === 1 ? 'cell' : 'cells'}, and "${name}" is cell ${at + 1}`
              : `"${cell.slice(0, 40)}" is not a count of requests`;
        return { ok: false, flaw: { line: i + 1, detail } };
      }
      if (value > MOST_REQUESTS) {
        const detail = `"${cell.slice(0, 40)}" is more than 100 million requests, the most that a minute may have`;
        return { ok: false, flaw: { line: i + 1, detail } };
      }
      values.push(value);
    }
    return { ok: true, values };
  }

  private flawOfFile(): TraceFlaw | undefined {
    if (this.lines.length === 0) return { line: 1, detail: 'the file is empty' };
    if (this.lines.length === 1) return { line: 1, detail: 'there is no minute after the header' };
    if (this.lines.length - 1 > MOST_MINUTES)
      return { line: MOST_MINUTES + 2, detail: `a trace has at most ${MOST_MINUTES} minutes` };
    if (this.columns.every((name) => name !== '' && Number.isFinite(Number(name))))
      return { line: 1, detail: 'the header line with names is missing' };
    const other = /[;\t|]/.exec(this.lines[0]!)?.[0];
    if (this.columns.length === 1 && other !== undefined)
      return { line: 1, detail: `its cells are separated by ${other === '\t' ? 'tabs' : `"${other}"`}, not by commas` };
    const twice = this.columns.find((name, i) => name !== '' && this.columns.indexOf(name) < i);
    return twice === undefined ? undefined : { line: 1, detail: `two columns are called "${twice}"` };
  }
}

/** Cells of a line; quoted cells may hold commas and doubled quotes. */
function cells(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const result: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/gy;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (!match) return line.split(',');
    result.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  }
  if (line.endsWith(',')) result.push('');
  return result;
}

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
