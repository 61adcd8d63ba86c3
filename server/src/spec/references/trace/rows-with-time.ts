/** The lines of a table that have a time, and their numbers. */
import { decimalOf, numberOf, type DecimalMark } from './number-text.ts';
import type { TraceFlaw } from './trace-flaw.ts';
import type { TraceTable } from './trace-table.ts';

/** Lines at the end that sum up what stands above them. */
const SUMMARY =
  /^(?:grand[ -]?|sub[ -]?)?(?:totals?|sum|mean|average|avg|min(?:imum)?|max(?:imum)?|count|median|std(?:dev)?|gesamt|gesamtsumme|gesamtergebnis|summe|insgesamt|mittelwert|durchschnitt|somme|moyenne|totale|somma|suma)(?: [\w ]{0,20})?:?$/i;

/**
 * The rows that have a time: all but those that sum up at the end.
 *
 * @param text what a row's columns of time hold. @param hasTime whether that is a time.
 */
export function rowsWithTime(
  table: TraceTable,
  quoted: (cell: string) => string,
  columns: readonly { readonly at: number }[],
  text: (row: number) => string,
  hasTime: (row: number) => boolean,
): { readonly rows: number; readonly notes: readonly TraceFlaw[] } | TraceFlaw {
  let { rows } = table;
  const label = (row: number): boolean =>
    columns.some(({ at }) => SUMMARY.test(cellAt(table, row, at))) || SUMMARY.test(cellAt(table, row, 0));
  while (rows > 1 && !hasTime(rows - 1) && label(rows - 1)) rows--;
  if (rows < table.rows) while (rows > 1 && table.isBlank(rows - 1)) rows--;
  if (rows === table.rows && rows > 2 && text(rows - 1) === '' && isSum(table, rows - 1, columns)) rows--;
  for (let row = 0; row < rows; row++) {
    if (hasTime(row)) continue;
    const line = table.line(row);
    if (table.isBlank(row)) return { line, detail: 'it is empty' };
    if (text(row) === '') return { line, detail: 'it has no time' };
    return { line, detail: `${quoted(text(row))} is not read as a time, and those of other lines are` };
  }
  let first = rows;
  while (first < table.rows && table.isBlank(first)) first++;
  const out = table.rows - first;
  if (out === 0) return { rows, notes: [] };
  const detail =
    out === 1
      ? 'it sums up other lines, and is left out'
      : `it and those after it sum up other lines, and are left out`;
  return { rows, notes: [{ line: table.line(first), detail }] };
}

/** Whether every number of a row is the sum of those above it. */
function isSum(table: TraceTable, row: number, without: readonly { readonly at: number }[]): boolean {
  let sums = 0;
  for (const [at] of table.columns.entries()) {
    if (without.some((column) => column.at === at) || cellAt(table, row, at) === '') continue;
    const numbers = numbersAt(table, at);
    const sum = numbers.subarray(0, row).reduce((total, one) => total + one, 0);
    if (!(Math.abs(numbers[row]! - sum) <= 1e-6 * Math.max(1, sum))) return false;
    sums++;
  }
  return sums > 0;
}

/** The numbers of a column; NaN where a cell is none. */
export function numbersAt(table: TraceTable, at: number): Float64Array {
  const { rows, delimiter } = table;
  const mark = decimalOf(rows, (row) => cellAt(table, row, at), delimiter);
  // A running number whose points or commas could be either is a whole one.
  const decimal = typeof mark === 'string' ? mark : mark.other;
  return Float64Array.from({ length: rows }, (_, row) => signed(cellAt(table, row, at), decimal));
}

/** Whether a cell is a number, whichever its mark of decimals. */
export function isNumber(cell: string): boolean {
  return !Number.isNaN(signed(cell, '.')) || !Number.isNaN(signed(cell, ','));
}

/** A number that may be below zero, as time before an event is. */
function signed(cell: string, decimal: DecimalMark): number {
  const number = cell.startsWith('-') ? -numberOf(cell.slice(1), decimal) : numberOf(cell, decimal);
  return Math.abs(number) <= LARGEST_TIME ? number : Number.NaN;
}

function cellAt(table: TraceTable, row: number, at: number): string {
  return table.cell(row, at) ?? '';
}

/** Nanoseconds since 1970 are below it; what is beyond is no time in any unit. */
const LARGEST_TIME = 1e20;
