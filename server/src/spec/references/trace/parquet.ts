/**
 * Parquet files as tables: their columns of numbers, times and texts. The reader of the format is the package `hyparquet`, of which only what
 * needs no waiting is used; what a file says of its sizes is looked at before anything is unpacked.
 */
import { readColumn } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { parquetMetadata, parquetSchema } from 'hyparquet/src/metadata.js';
import { getTreePath } from 'hyparquet/src/schema.js';
import type { FileMetaData, ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet';
import { COMPRESSORS, NotRead, PageCheck } from './parquet-pages.ts';
import { MOST_MINUTES } from './trace-flaw.ts';
import { DataTable, type TraceTable } from './trace-table.ts';

/** Cells that are unpacked: a trace has as many minutes as its lines, and a handful of columns. */
const MOST_CELLS = 20_000_000;

type Values = ArrayLike<unknown>;

/** Whether a file is Parquet, by its first bytes. */
export function isParquet(bytes: Uint8Array): boolean {
  return [0x50, 0x41, 0x52].every((byte, i) => bytes[i] === byte) && (bytes[3] === 0x31 || bytes[3] === 0x45);
}

/** The table of a Parquet file, or one that is none, with why. Never throws, whatever the bytes. */
export function parquetTable(bytes: Uint8Array): TraceTable {
  if (bytes[3] === 0x45) return new ParquetTable([], 0, 'it is a Parquet file that is encrypted');
  try {
    return read(bytes);
  } catch (error) {
    const why =
      error instanceof NotRead ? error.message : 'it is a Parquet file that is damaged, or of a form that is not known';
    return new ParquetTable([], 0, why);
  }
}

interface Column {
  readonly name: string;
  readonly values: Values;
  readonly text: (value: unknown) => string;
}

function read(bytes: Uint8Array): ParquetTable {
  const metadata = parquetMetadata(bytes, { geoparquet: false, parsers: PARSERS });
  const rows = Number(metadata.num_rows);
  if (!(rows >= 0) || metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0) !== rows)
    throw new Error('its groups have other rows than the file');
  const tree = parquetSchema(metadata);
  const flat = tree.children.filter(isFlat);
  if (flat.length === 0) throw new NotRead('it is a Parquet file without columns of single values');
  // As of any trace: what is too long is said to be, and not read.
  if (rows > MOST_MINUTES) return new ParquetTable([], rows, `a trace has at most ${MOST_MINUTES} minutes`);
  if (rows * flat.length > MOST_CELLS)
    throw new NotRead('it is a Parquet file of more than 20 million cells: keep the columns that count');
  const pages = new PageCheck();
  const columns = flat.map(({ element, path }): Column => {
    const schemaPath = getTreePath(tree, path);
    const values = metadata.row_groups.flatMap((_, group) =>
      groupOf(bytes, pages, metadata, group, element, schemaPath),
    );
    return { name: element.name.normalize('NFC'), values, text: textOf(element) };
  });
  return new ParquetTable(columns, rows);
}

function isFlat({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.repetition_type !== 'REPEATED' && element.type !== undefined;
}

/** The values of a column in one group of rows. */
function groupOf(
  bytes: Uint8Array,
  pages: PageCheck,
  metadata: FileMetaData,
  group: number,
  element: SchemaElement,
  schemaPath: SchemaTree[],
): unknown[] {
  const { columns, num_rows } = metadata.row_groups[group]!;
  const rows = Number(num_rows);
  if (rows === 0) return [];
  const found = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('\0') === element.name);
  if (!found?.meta_data || found.file_path) throw new Error('a column lies elsewhere');
  const { meta_data } = found;
  const begin = Number(meta_data.dictionary_page_offset ?? meta_data.data_page_offset);
  const view = viewOf(bytes, begin, Number(meta_data.total_compressed_size));
  pages.check(view, rows, meta_data, element);
  const decoder = {
    ...meta_data,
    pathInSchema: [element.name],
    element,
    schemaPath,
    parsers: PARSERS,
    compressors: COMPRESSORS,
  };
  const { data } = readColumn(
    { view, offset: 0 },
    { groupStart: 0, groupRows: rows, selectStart: 0, selectEnd: rows },
    decoder,
  );
  const values = data.flatMap((chunk) => Array.from(chunk as Values));
  if (values.length !== rows) throw new Error('a column has other rows than its group');
  return values;
}

function viewOf(bytes: Uint8Array, begin: number, length: number): DataView {
  if (!(begin >= 0) || !(length >= 0) || begin + length > bytes.length)
    throw new Error('a column lies outside of the file');
  return new DataView(bytes.buffer, bytes.byteOffset + begin, length);
}

/** A moment as it is kept: a count since 1970. */
class Moment {
  readonly count: bigint;
  readonly perSecond: bigint;

  constructor(count: bigint | number, perSecond: bigint) {
    this.count = BigInt(count);
    this.perSecond = perSecond;
  }

  /** As ISO 8601 has it, without a zone. */
  toString(): string {
    const fraction = ((this.count % this.perSecond) + this.perSecond) % this.perSecond;
    const seconds = Number((this.count - fraction) / this.perSecond);
    if (Math.abs(seconds) > 8.64e12) return 'out of all calendars';
    const rest = fraction === 0n ? '' : `.${String(fraction).padStart(String(this.perSecond).length - 1, '0')}`;
    return new Date(seconds * 1000).toISOString().replace(/\.000Z$/, '') + rest;
  }
}

const decoder = new TextDecoder();

const PARSERS: ParquetParsers = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (count) => new Moment(count, 1000n),
  timestampFromMicroseconds: (count) => new Moment(count, 1_000_000n),
  timestampFromNanoseconds: (count) => new Moment(count, 1_000_000_000n),
  dateFromDays: (days) => new Moment(days * 86_400, 1n),
  stringFromBytes: (bytes) => bytes && decoder.decode(bytes.slice()),
  jsonFromBytes: () => undefined,
};

function isPlainValue(value: unknown): value is string | number | bigint | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

/** How the values of a column are written as cells. */
function textOf({ type, logical_type: logical, converted_type: converted }: SchemaElement): Column['text'] {
  if (logical?.type === 'DATE' || converted === 'DATE') return (value) => String(value).slice(0, 10);
  // Those of before there were logical types are in UTC.
  const isLocal = logical?.type === 'TIMESTAMP' && !logical.isAdjustedToUTC;
  if (logical?.type === 'TIMESTAMP' || converted?.startsWith('TIMESTAMP') || type === 'INT96')
    return (value) => (isLocal ? String(value) : `${String(value)}Z`);
  const perSecond = unitOfClock(logical, converted);
  if (perSecond !== undefined) return (value) => new Moment(value as bigint | number, perSecond).toString().slice(11);
  return (value) => (isPlainValue(value) ? String(value) : '');
}

function unitOfClock(
  logical: SchemaElement['logical_type'],
  converted: SchemaElement['converted_type'],
): bigint | undefined {
  if (logical?.type === 'TIME') return { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n }[logical.unit];
  return converted === 'TIME_MILLIS' ? 1000n : converted === 'TIME_MICROS' ? 1_000_000n : undefined;
}

class ParquetTable extends DataTable {
  readonly form = 'a Parquet file';
  readonly columns: readonly string[];
  readonly rows: number;
  readonly #columns: readonly Column[];

  constructor(columns: readonly Column[], rows: number, flaw?: string) {
    super(flaw);
    this.columns = columns.map(({ name }) => name);
    this.rows = rows;
    this.#columns = columns;
  }

  cell(row: number, at: number): string {
    const column = this.#columns[at];
    const value = column?.values[row];
    if (!column || value === undefined || value === null || Number.isNaN(value)) return '';
    return column.text(value);
  }
}
