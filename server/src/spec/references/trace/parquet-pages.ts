/**
 * What the pages of a Parquet column say of their sizes, looked at before they are unpacked: the package that unpacks them believes it, and a
 * damaged or hostile file would have it write a run of a billion values.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { snappyUncompress } from 'hyparquet/src/snappy.js';
import type { ColumnMetaData, Compressors, Encoding, PageHeader, SchemaElement } from 'hyparquet';
import { MOST_MINUTES } from './trace-flaw.ts';

/** Why a file is not read, in words. */
export class NotRead extends Error {}

const unpacked =
  (unpack: (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array) =>
  (packed: Uint8Array, length: number): Uint8Array => {
    const page = unpack(packed, { maxOutputLength: Math.max(1, length) });
    return new Uint8Array(page.buffer, page.byteOffset, page.byteLength);
  };

/** Follows the elements of a text packed with Snappy. @throws where one is longer than what is packed, or all are than what is unpacked */
function checkSnappy(packed: Uint8Array, length: number): void {
  if (packed.length === 0 && length === 0) return;
  const view = viewOf(packed);
  let [, at] = varint(view, 0);
  for (let out = 0; at < packed.length;) {
    const tag = view.getUint8(at++);
    const kind = tag & 3;
    let count = (tag >> 2) + 1;
    if (kind === 0) {
      const more = Math.max(0, count - 60);
      if (more > 0) count = 1;
      for (let i = 0; i < more; i++) count += view.getUint8(at + i) * 2 ** (8 * i);
      at += more + count;
    } else {
      if (kind === 1) count = ((tag >> 2) & 7) + 4;
      at += kind === 3 ? 4 : kind;
    }
    out += count;
    if (out > length || at > packed.length) throw new Error('a page is damaged');
  }
}

/** What the package and the runtime unpack. */
export const COMPRESSORS: Compressors = {
  SNAPPY(packed, length) {
    checkSnappy(packed, length);
    const page = new Uint8Array(length);
    snappyUncompress(packed, page);
    return page;
  },
  GZIP: unpacked(gunzipSync),
  BROTLI: unpacked(brotliDecompressSync),
  // Runtimes of before 2025 lack it.
  ...(typeof zstdDecompressSync === 'function' ? { ZSTD: unpacked(zstdDecompressSync) } : {}),
};

const CODECS: ReadonlySet<string> = new Set(['UNCOMPRESSED', ...Object.keys(COMPRESSORS)]);

/** Those whose size follows from the number of values, or is checked here. */
const ENCODINGS: ReadonlySet<Encoding> = new Set<Encoding>([
  ...(['PLAIN', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY', 'RLE', 'DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT'] as const),
]);

/** Of a whole file, unpacked, in bytes. */
const LARGEST_UNPACKED = 256 * 2 ** 20;

/** Writers fill the last group of a run up. */
const PADDING = 512;

export class PageCheck {
  #left = LARGEST_UNPACKED;

  /**
   * @param view the pages of a column in one group of rows.
   * @throws NotRead where they are of a form that is not read; any other error where what they say cannot be so.
   */
  check(view: DataView, rows: number, { codec }: ColumnMetaData, element: SchemaElement): void {
    if (!CODECS.has(codec)) throw new NotRead(`its pages are packed with ${codec}; write them with SNAPPY or ZSTD`);
    const reader = { view, offset: 0 };
    let values = 0;
    while (values < rows) {
      const page = parquetHeader(reader);
      const { compressed_page_size: packed, uncompressed_page_size: size } = page;
      if (!(packed >= 0 && size >= 0) || reader.offset + packed > view.byteLength) throw new Error('a page is damaged');
      this.#left -= size;
      if (this.#left < 0) throw new NotRead('it is a Parquet file of more than 256 MiB, unpacked');
      const bytes = new Uint8Array(view.buffer, view.byteOffset + reader.offset, packed);
      values += checked(page, bytes, codec, element);
      reader.offset += packed;
    }
    if (values !== rows) throw new Error('its pages have other rows than the column');
  }
}

/** @returns how many values the page has for rows. */
function checked(page: PageHeader, bytes: Uint8Array, codec: ColumnMetaData['codec'], element: SchemaElement): number {
  const { dictionary_page_header: dictionary, data_page_header: first, data_page_header_v2: second } = page;
  const size = page.uncompressed_page_size;
  if (page.type === 'DICTIONARY_PAGE') {
    inRange(dictionary?.num_values ?? -1);
    return 0;
  }
  const nullable = element.repetition_type !== 'REQUIRED';
  if (page.type === 'DATA_PAGE' && first) {
    const count = inRange(first.num_values);
    const view = viewOf(decompressPage(bytes, size, codec, COMPRESSORS));
    const levels = nullable ? view.getUint32(0, true) : 0;
    const filled = nullable ? runs(view, 4, 4 + levels, 1, count) : count;
    values(view, nullable ? 4 + levels : 0, first.encoding, filled, element);
    return count;
  }
  if (page.type === 'DATA_PAGE_V2' && second) {
    const count = inRange(second.num_values);
    const filled = inRange(count - second.num_nulls);
    const { repetition_levels_byte_length: repeated, definition_levels_byte_length: defined } = second;
    if (repeated !== 0 || !(defined >= 0 && defined <= bytes.length && defined <= size))
      throw new Error('levels are damaged');
    if (nullable && runs(viewOf(bytes), 0, defined, 1, count) !== filled) throw new Error('levels are damaged');
    const packed = bytes.subarray(defined);
    const data = second.is_compressed === false ? packed : decompressPage(packed, size - defined, codec, COMPRESSORS);
    values(viewOf(data), 0, second.encoding, filled, element);
    return count;
  }
  throw new Error('a page of another type');
}

function inRange(count: number): number {
  if (!(count >= 0 && count <= MOST_MINUTES)) throw new Error('a page has more values than a trace');
  return count;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function values(view: DataView, begin: number, encoding: Encoding, count: number, { type }: SchemaElement): void {
  if (!ENCODINGS.has(encoding))
    throw new NotRead(`a column is encoded as ${encoding}; write it with dictionaries, or plainly`);
  if (encoding === 'RLE') {
    if (type !== 'BOOLEAN') throw new Error('only truth values are encoded so');
    runs(view, begin + 4, view.byteLength, 1, count);
  } else if (encoding.endsWith('_DICTIONARY')) {
    if (type === 'BOOLEAN') throw new Error('truth values have no dictionary');
    const width = count === 0 && begin === view.byteLength ? 0 : view.getUint8(begin);
    if (width > 32) throw new Error('a number in a dictionary has 32 bits at most');
    if (width > 0) runs(view, begin + 1, view.byteLength, width, count);
  } else if (encoding === 'DELTA_BINARY_PACKED' && count > 0) {
    const [block, after] = varint(view, begin);
    const [parts] = varint(view, after);
    // As the format has it: what is packed together is a multiple of 32 values.
    if (block === 0 || block % 128 !== 0 || block > 2 ** 16 || parts === 0 || block % (32 * parts) !== 0)
      throw new Error('differences are damaged');
  }
}

/** @returns the number at an offset, and where it ends. */
function varint(view: DataView, begin: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = view.getUint8(begin + i);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, begin + i + 1];
  }
  throw new Error('a number is damaged');
}

/**
 * Follows runs of repeated and of packed values to the last of `count`.
 *
 * @returns how many of them are 1, where they are a bit wide.
 * @throws where a run is longer than what is left of them, or than the page.
 */
function runs(view: DataView, begin: number, end: number, width: number, count: number): number {
  if (end > view.byteLength) throw new Error('runs are longer than their page');
  let at = begin;
  let ones = 0;
  for (let seen = 0; seen < count;) {
    const [header, after] = varint(view, at);
    at = after;
    const packed = header % 2 === 1;
    const length = packed ? ((header - 1) / 2) * 8 : header / 2;
    if (length > count - seen + (packed ? PADDING : 0)) throw new Error('a run is longer than what is left');
    const bytes = packed ? (length / 8) * width : Math.ceil(width / 8);
    if (at + bytes > end + PADDING || at + bytes > view.byteLength + PADDING)
      throw new Error('a run is longer than its page');
    if (width === 1)
      ones += packed ? bitsIn(view, at, Math.min(length, count - seen)) : length * (view.getUint8(at) & 1);
    at += bytes;
    seen += length;
  }
  return ones;
}

function bitsIn(view: DataView, begin: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (view.getUint8(begin + (i >> 3)) >> (i & 7)) & 1;
  return sum;
}
