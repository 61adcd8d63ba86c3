/**
 * From the bytes of a file to its text, for everything that Berth reads as one: specs, traces, graphs. What is certain is read; what would
 * be a guess is named instead, so that nobody looks for a column that is there in another encoding.
 */

/** A text, or what the file is instead: words that follow "it cannot be read:". */
export type Decoded = { readonly text: string } | NotRead;

interface NotRead {
  readonly flaw: string;
  /** Whether it is told what the file is, and not only that it is no text. */
  readonly recognised: boolean;
}

/** Files that people take for texts, by their first bytes, and what to do with them; looked for only in what cannot be read. */
const NO_TEXT: readonly (readonly [magic: readonly number[], flaw: string])[] = [
  [[0x1f, 0x8b], 'it is compressed with gzip; unpack it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'it is a ZIP archive or a workbook (.xlsx); save the table as CSV, or unpack it first'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'it is a workbook or document of an Office program; save the table as CSV'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is compressed with zstd; unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'it is compressed with xz; unpack it first'],
  [[0x42, 0x5a, 0x68], 'it is compressed with bzip2; unpack it first'],
  [[0x50, 0x41, 0x52, 0x31], 'it is a Parquet file'],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], 'it is an Arrow file'],
  [[0x04, 0x22, 0x4d, 0x18], 'it is compressed with LZ4; unpack it first'],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'it is a 7-Zip archive; unpack it first'],
  [[0x4f, 0x62, 0x6a, 0x01], 'it is an Avro file; save the table as CSV or Parquet'],
  [[0x4f, 0x52, 0x43], 'it is an ORC file; save the table as CSV or Parquet'],
  [[0x89, 0x48, 0x44, 0x46], 'it is an HDF5 file; save the table as CSV or Parquet'],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'it is an array of NumPy; save it as CSV'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], 'it is a database of SQLite; save the table as CSV'],
  [[0x89, 0x50, 0x4e, 0x47], 'it is a picture (PNG)'],
  [[0x7f, 0x45, 0x4c, 0x46], 'it is a program'],
  [[0x25, 0x50, 0x44, 0x46], 'it is a PDF'],
  [[0xff, 0xfe, 0x00, 0x00], 'it is UTF-32; save it as UTF-8'],
  [[0x00, 0x00, 0xfe, 0xff], 'it is UTF-32; save it as UTF-8'],
];

type Utf16 = 'utf-16le' | 'utf-16be';

/**
 * Reads UTF-8 and UTF-16, with or without byte order mark, which is not part of the text. Line ends of a carriage return alone become
 * line feeds, and those of several with a line feed become the usual ones: nothing that reads lines knows them.
 */
export function decode(bytes: Uint8Array): Decoded {
  const text = textOf(bytes);
  if (typeof text === 'string')
    return { text: text.includes('\r') ? text.replace(/\r{2,}\n/g, '\r\n').replace(/\r(?!\n)/g, '\n') : text };
  const known = NO_TEXT.find(([magic]) => magic.every((byte, i) => bytes[i] === byte));
  if (known) return { flaw: known[1], recognised: true };
  return isUtf32(bytes) ? { flaw: 'it is UTF-32; save it as UTF-8', recognised: true } : text;
}

function textOf(bytes: Uint8Array): string | NotRead {
  const mark = markOf(bytes);
  if (mark) return marked(bytes, mark);
  const likely = likelyWide(bytes);
  const wide = likely && strictly(bytes, likely);
  return wide === undefined || wide.includes('\0') ? narrow(bytes) : wide;
}

function marked(bytes: Uint8Array, encoding: Utf16): string | NotRead {
  const text = strictly(bytes, encoding);
  if (text === undefined)
    return { flaw: 'it begins as UTF-16 and goes on as something else; save it anew, as UTF-8', recognised: true };
  return text.includes('\0') ? nulAt(text) : text;
}

function narrow(bytes: Uint8Array): string | NotRead {
  const text = strictly(bytes, 'utf-8');
  if (text === undefined) return foreign(bytes);
  return text.includes('\0') ? nulAt(text) : text;
}

/** Undefined where the bytes are not of this encoding from end to end. A byte order mark is left out. */
function strictly(bytes: Uint8Array, encoding: Utf16 | 'utf-8'): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function markOf(bytes: Uint8Array): Utf16 | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/** Bytes that are looked at for the zeros of UTF-16; enough for a header line, and even. */
const LOOKED_AT = 1024;

/** Without a mark, by its zeros: of Latin letters and digits in UTF-16 every second byte is one, in UTF-8 none is. */
function likelyWide(bytes: Uint8Array): Utf16 | undefined {
  const head = bytes.subarray(0, LOOKED_AT);
  const zeros = [0, 0];
  head.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++;
  });
  const [even = 0, odd = 0] = zeros;
  const many = Math.max(1, head.length * 0.2);
  if (odd >= many && even === 0) return 'utf-16le';
  return even >= many && odd === 0 ? 'utf-16be' : undefined;
}

/** By its zeros: of four bytes in UTF-32 the highest is one always, and the next but for an emoji. */
function isUtf32(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, LOOKED_AT);
  const filled = [0, 0, 0, 0];
  head.forEach((byte, i) => {
    if (byte !== 0) filled[i % 4]!++;
  });
  const [a = 0, b = 0, c = 0, d = 0] = filled;
  const many = head.length * 0.2;
  return head.length >= 16 && ((a > many && c < a / 4 && d === 0) || (d > many && b < d / 4 && a === 0));
}

/** Bytes that Windows-1252 gives no character. */
const NOT_WINDOWS = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** Of bytes that are no UTF-8: one that is in Windows-1252 and Latin-1 is said to be, though others could give it, too. */
function foreign(bytes: Uint8Array): NotRead {
  const at = firstForeign(bytes);
  let line = 1;
  for (let i = 0; i < at; i++) if (bytes[i] === 0x0a) line++;
  const byte = `byte 0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')} in line ${line}`;
  const odd = bytes.some((value) => (value < 0x20 && !(value >= 0x09 && value <= 0x0d)) || NOT_WINDOWS.has(value));
  return odd
    ? { flaw: `it is no text in UTF-8 (${byte})`, recognised: false }
    : { flaw: `it is not UTF-8 but probably Latin-1 or Windows-1252 (${byte}); save it as UTF-8`, recognised: true };
}

/** The first byte that the longest beginning in UTF-8 ends before. */
function firstForeign(bytes: Uint8Array): number {
  // Characters that could not be read become U+FFFD; the text before the first of them has as many bytes as its UTF-8.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    const before = new TextEncoder().encode(text.slice(0, at)).length;
    const written = bytes[before] === 0xef && bytes[before + 1] === 0xbf && bytes[before + 2] === 0xbd;
    if (!written) return before;
  }
  return 0;
}

function nulAt(text: string): NotRead {
  const line = text.slice(0, text.indexOf('\0')).split('\n').length;
  return { flaw: `it holds a NUL character (U+0000) in line ${line}: it is damaged, or no text`, recognised: false };
}
