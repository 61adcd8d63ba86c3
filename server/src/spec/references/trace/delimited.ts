/**
 * Delimited text as spreadsheets and other tools write it: a header line with names, then lines of cells. What stands between cells is
 * seen from the text: a comma, a semicolon, a tab or a bar.
 */
import { looksLikeNumber } from './number-text.ts';
import { looksLikeTime } from './time-text.ts';
import type { TraceFlaw } from './trace-flaw.ts';
import type { TraceTable } from './trace-table.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Lines by which it is seen what stands between cells. */
const SAMPLE = 20;

/** Lines that one quoted cell may go on over; a quote that is not closed by then is a letter like others. */
const LONGEST_CELL = 20;

/** A line of empty cells. */
const BLANK = /^[\s,;|]*$/;

/** Lines that titles and notes may take above the header. */
const LONGEST_PREAMBLE = 30;

const BETWEEN: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

export class Delimited implements TraceTable {
  readonly form: string;
  readonly isData = false;
  readonly flaw: TraceFlaw | undefined;
  readonly remarks: readonly TraceFlaw[];
  readonly delimiter: string;
  /** Names of the header line, in their order; empty where a column has none. */
  readonly columns: readonly string[];
  /** Of the header line, from 1. */
  readonly headerLine: number;
  /** Lines of cells after the header. */
  readonly rows: number;
  readonly #lines: readonly string[];
  /** One-based line of the file where each begins; undefined where they follow the header one by one. */
  readonly #starts: readonly number[] | undefined;

  constructor(text: string) {
    let lines: string[] = text.replace(/^\ufeff/, '').split(/\r?\n/);
    let starts: number[] | undefined;
    if (text.includes('"')) ({ lines, starts } = withBrokenCells(lines));
    let first = 0;
    const said = /^"?sep=(.)"?[,;\t|]*$/i.exec(lines[0] ?? '')?.[1];
    if (said !== undefined) first++;
    // Comments of tools before the header; the last of them is the header where numbers follow it at once.
    const before = first;
    while (first < lines.length && /^\s*(?:#|$)/.test(lines[first]!)) first++;
    if (first > before && /^\s*#/.test(lines[first - 1]!) && isRow(lines[first] ?? '')) {
      first--;
      lines[first] = lines[first]!.replace(/^\s*#\s*/, '');
    }
    while (lines.length > first && BLANK.test(lines.at(-1)!)) lines.pop();
    const preamble = preambleOf(lines.slice(first, first + LONGEST_PREAMBLE + 4), said);
    first += preamble;
    if (first > 0) {
      starts = starts?.slice(first) ?? lines.slice(first).map((_, i) => first + i + 1);
      lines = lines.slice(first);
    }
    this.#lines = lines;
    this.#starts = starts;
    this.headerLine = starts?.[0] ?? 1;
    this.rows = Math.max(0, lines.length - 1);
    this.delimiter = said ?? delimiterOf(lines.slice(0, SAMPLE));
    this.form = `${BETWEEN[this.delimiter] ?? `"${this.delimiter}"`} between cells`;
    const above = preamble === 1 ? 'the line above it is' : `the ${preamble} lines above it are`;
    this.remarks = preamble > 0 ? [{ line: this.headerLine, detail: `${above} taken for a title, not for names` }] : [];
    this.columns = lines.length > 0 ? this.#split(lines[0]!).map((name) => name.trim().replace(/\s*\n\s*/g, ' ')) : [];
  }

  /** One-based line of the file. @param row from 0, after the header. */
  line(row: number): number {
    return this.#starts?.[row + 1] ?? row + 2;
  }

  /** @param at the column, from 0. @returns undefined where the line has fewer cells. */
  cell(row: number, at: number): string | undefined {
    const line = this.#lines[row + 1]!;
    if (line.includes('"')) return this.#split(line)[at]?.trim();
    let start = 0;
    for (let i = 0; i < at; i++) {
      const next = line.indexOf(this.delimiter, start);
      if (next < 0) return undefined;
      start = next + 1;
    }
    const end = line.indexOf(this.delimiter, start);
    return (end < 0 ? line.slice(start) : line.slice(start, end)).trim();
  }

  /** Cells of a line. */
  width(row: number): number {
    return this.#split(this.#lines[row + 1]!).length;
  }

  isBlank(row: number): boolean {
    return BLANK.test(this.#lines[row + 1]!);
  }

  /** The first row that has something beyond the last column of the header. */
  overfull(): number | undefined {
    const { delimiter } = this;
    const width = this.columns.length;
    for (let row = 0; row < this.rows; row++) {
      const line = this.#lines[row + 1]!;
      if (line.includes('"')) {
        if (
          this.#split(line)
            .slice(width)
            .some((cell) => cell.trim() !== '')
        )
          return row;
        continue;
      }
      let at = -1;
      for (let cell = 0; cell < width; cell++) {
        at = line.indexOf(delimiter, at + 1);
        if (at < 0) break;
      }
      if (at >= 0 && !BLANK.test(line.slice(at))) return row;
    }
    return undefined;
  }

  #split(line: string): readonly string[] {
    return cells(line, this.delimiter);
  }
}

/**
 * Lines above the header that are no part of the table, as spreadsheets and consoles write them: titles, periods, blank lines. Certain it
 * is only where a line of names has lines of numbers as wide as it is right below, and every line above it has fewer cells.
 */
function preambleOf(lines: readonly string[], said: string | undefined): number {
  const possible = (said === undefined ? DELIMITERS : [said]).flatMap((delimiter) => headerAt(lines, delimiter) ?? []);
  return possible.length > 0 ? Math.min(...possible) : 0;
}

function headerAt(lines: readonly string[], delimiter: string): number | undefined {
  const rows = lines.map((line) => cells(line, delimiter).map((cell) => cell.trim()));
  const filled = rows.map((row) => row.filter((cell) => cell !== '').length);
  for (let at = 0; at < Math.min(rows.length - 1, LONGEST_PREAMBLE + 1); at++) {
    const names = rows[at]!;
    const width = lastFilled(names) + 1;
    if (filled[at]! < 2 || names.some((name) => name !== '' && isValue(name))) continue;
    const isBelow = (row: readonly string[]): boolean =>
      lastFilled(row) < width && row.length >= width && row.some((cell) => cell !== '' && looksLikeNumber(cell));
    if (rows.slice(at + 1, at + 4).every(isBelow) && filled.slice(0, at).every((count) => count < filled[at]!))
      return at;
  }
  return undefined;
}

function lastFilled(row: readonly string[]): number {
  return row.findLastIndex((cell) => cell !== '');
}

/** Cells of a line; quoted cells may hold what else stands between cells, and doubled quotes. */
function cells(line: string, delimiter: string): readonly string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const result: string[] = [];
  for (let at = 0; ;) {
    let text = '';
    const quote = /^ *"/.exec(line.slice(at, at + 64));
    if (quote) {
      at += quote[0].length;
      for (;;) {
        const end = line.indexOf('"', at);
        if (end < 0) return line.split(delimiter);
        text += line.slice(at, end);
        at = end + 1;
        if (line[at] !== '"') break;
        text += '"';
        at++;
      }
    }
    const next = line.indexOf(delimiter, at);
    result.push(text + (next < 0 ? line.slice(at) : line.slice(at, next)).trim());
    if (next < 0) return result;
    at = next + delimiter.length;
  }
}

/** Joins the lines of quoted cells that go on over several. */
function withBrokenCells(lines: readonly string[]): { lines: string[]; starts: number[] | undefined } {
  const joined: string[] = [];
  const starts: number[] = [];
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i]!;
    starts.push(i + 1);
    if (isOpen(line)) {
      let end = i;
      let whole = line;
      while (isOpen(whole) && end - i < LONGEST_CELL && end + 1 < lines.length) whole += `\n${lines[++end]!}`;
      if (!isOpen(whole)) [line, i] = [whole, end];
    }
    joined.push(line);
  }
  return joined.length === lines.length ? { lines: joined, starts: undefined } : { lines: joined, starts };
}

function isOpen(line: string): boolean {
  let quotes = 0;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}

/**
 * What stands between cells: that by which every line has as many cells as the header, and the most of them are numbers and times. A
 * comma where none does, and where several do as well.
 */
function delimiterOf(lines: readonly string[]): string {
  const header = lines[0] ?? '';
  let best: string = ',';
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const width = cells(header, delimiter).length;
    const rows = lines.slice(1).map((line) => cells(line, delimiter));
    if (width < 2 || rows.length === 0) continue;
    const same = rows.filter((row) => row.length === width).length;
    const all = rows.flat();
    const read = all.filter((cell) => isValue(cell.trim())).length / all.length;
    const score = same / rows.length + read;
    if (score > most + 1e-9) [best, most] = [delimiter, score];
  }
  return best;
}

function isRow(line: string): boolean {
  return line !== '' && DELIMITERS.some((delimiter) => cells(line, delimiter).every((cell) => isValue(cell.trim())));
}

function isValue(cell: string): boolean {
  return cell === '' || looksLikeNumber(cell) || looksLikeTime(cell);
}
