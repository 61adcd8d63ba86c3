/** What every form of trace is read as: lines of cells under names. */
import type { TraceFlaw } from './trace-flaw.ts';

export interface TraceTable {
  /** What it is in words: `commas between cells`, `a range query of Prometheus`. */
  readonly form: string;
  /** Names in their order; empty where a column has none. */
  readonly columns: readonly string[];
  /** Where the names stand, from 1. */
  readonly headerLine: number;
  /** Lines of cells. */
  readonly rows: number;
  /** What stands between cells, by which marks of decimals are told: a comma where the form itself says that they are points. */
  readonly delimiter: string;
  /** Whether it is data of a known form rather than a text: its names may be shown, and a line need not have a value in each column. */
  readonly isData: boolean;
  /** What is to be told of the file itself. */
  readonly remarks: readonly TraceFlaw[];
  /** Why it is no trace, whatever its lines hold. */
  readonly flaw: TraceFlaw | undefined;
  /** One-based. @param row from 0. */
  line(row: number): number;
  /** @param at the column, from 0. @returns undefined where the line has fewer cells. */
  cell(row: number, at: number): string | undefined;
  /** Cells of a line. */
  width(row: number): number;
  /** Whether all cells of a line are empty. */
  isBlank(row: number): boolean;
  /** The first row that has something beyond the last column. */
  overfull(): number | undefined;
}

/** A table of which not a text but its form says where the cells are: every line has all columns, those without a value an empty cell. */
export abstract class DataTable implements TraceTable {
  abstract readonly form: string;
  abstract readonly columns: readonly string[];
  abstract readonly rows: number;
  readonly headerLine = 1;
  readonly delimiter = ',';
  readonly isData = true;
  readonly remarks = [];
  readonly flaw: TraceFlaw | undefined;

  /** @param flaw why it is no trace; it has no lines to point at, so that it stands in the first. */
  constructor(flaw?: string) {
    this.flaw = flaw === undefined ? undefined : { line: 1, detail: flaw };
  }

  abstract cell(row: number, at: number): string;

  line(row: number): number {
    return row + 1;
  }

  width(): number {
    return this.columns.length;
  }

  isBlank(): boolean {
    return false;
  }

  overfull(): undefined {
    return undefined;
  }
}
