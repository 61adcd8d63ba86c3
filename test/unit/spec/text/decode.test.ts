import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../../server/src/spec/text/decode.ts';

const CSV = 'minute,größe 🚢\n0,100\n1,200\n';
const utf16 = (text: string, order: 'le' | 'be', mark = true): Uint8Array => {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

const wide = (text: string, order: 'le' | 'be'): Uint8Array =>
  Buffer.concat(
    Array.from(text, (character) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(character.codePointAt(0)!);
      return order === 'le' ? bytes : bytes.swap32();
    }),
  );

describe('a text', () => {
  it.each<[string, Uint8Array]>([
    ['UTF-8', Buffer.from(CSV)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${CSV}`)],
    ['UTF-16, as PowerShell writes it', utf16(CSV, 'le')],
    ['UTF-16 in network order', utf16(CSV, 'be')],
    ['UTF-16 without a mark', utf16(CSV, 'le', false)],
    ['UTF-16 in network order without a mark', utf16(CSV, 'be', false)],
    ['UTF-8 with carriage returns as line ends', Buffer.from(CSV.replaceAll('\n', '\r'))],
    ['UTF-16 with carriage returns as line ends', utf16(CSV.replaceAll('\n', '\r'), 'le')],
  ])('in %s is read', (_, bytes) => {
    expect(decode(bytes)).toEqual({ text: CSV });
  });

  it.each([
    ['a\r\nb\rc\n', 'a\r\nb\nc\n'],
    ['a\r\r\nb\r\r\n', 'a\r\nb\r\n'],
    ['a\r\rb', 'a\n\nb'],
  ])('of mixed line ends, %j, has those that readers of lines know', (written, text) => {
    expect(decode(Buffer.from(written))).toEqual({ text });
  });

  it('may be empty, and keeps line ends of both characters', () => {
    expect(decode(Buffer.from('a\r\nb\r\n'))).toEqual({ text: 'a\r\nb\r\n' });
    expect(decode(new Uint8Array(new SharedArrayBuffer(2)).fill(0x61))).toEqual({ text: 'aa' });
    expect(decode(new Uint8Array())).toEqual({ text: '' });
    expect(decode(Buffer.from('PAR1,PAR2\n'))).toEqual({ text: 'PAR1,PAR2\n' });
    expect(decode(Buffer.from('a: \ufffd'))).toEqual({ text: 'a: \ufffd' });
  });
});

describe('a file that is no text, or in an encoding that can only be guessed', () => {
  it.each<[string, Uint8Array, string]>([
    [
      'Latin-1',
      Buffer.from('a: 1\nb: größe\n', 'latin1'),
      'it is not UTF-8 but probably Latin-1 or Windows-1252 (byte 0xF6 in line 2); save it as UTF-8',
    ],
    [
      'Windows-1252 with a character that could not be read before',
      Buffer.concat([Buffer.from('\ufffd\n\n'), Buffer.from([0x93, 0x61])]),
      'it is not UTF-8 but probably Latin-1 or Windows-1252 (byte 0x93 in line 3); save it as UTF-8',
    ],
    ['bytes of nothing', Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x01]), 'it is no text in UTF-8 (byte 0xC3 in line 2)'],
    ['gzip', gzipSync(CSV), 'it is compressed with gzip; unpack it first'],
    [
      'a workbook',
      Buffer.from('PK\x03\x04\x14\0'),
      'it is a ZIP archive or a workbook (.xlsx); save the table as CSV, or unpack it first',
    ],
    ['Parquet', Buffer.from('PAR1\x15\0'), 'it is a Parquet file'],
    ['UTF-32 without a mark', wide(CSV, 'le'), 'it is UTF-32; save it as UTF-8'],
    ['UTF-32 in network order without a mark', wide(CSV, 'be'), 'it is UTF-32; save it as UTF-8'],
    ['LZ4', Buffer.from([4, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7]), 'it is compressed with LZ4; unpack it first'],
    ['an archive', Buffer.from('7z\xbc\xaf\x27\x1c\0\x04', 'latin1'), 'it is a 7-Zip archive; unpack it first'],
    ['a database', Buffer.from('SQLite format 3\0'), 'it is a database of SQLite; save the table as CSV'],
    ['Avro', Buffer.from('Obj\x01\x04\x14avro\0'), 'it is an Avro file; save the table as CSV or Parquet'],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n\0', 'latin1'), 'it is an HDF5 file; save the table as CSV or Parquet'],
    ['NumPy', Buffer.from('\x93NUMPY\x01\0', 'latin1'), 'it is an array of NumPy; save it as CSV'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0', 'latin1'), 'it is a picture (PNG)'],
    ['a program', Buffer.from('\x7fELF\x02\x01\0'), 'it is a program'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'it is UTF-32; save it as UTF-8'],
    ['a NUL', Buffer.from('a: 1\nb: \0\n'), 'it holds a NUL character (U+0000) in line 2: it is damaged, or no text'],
    [
      'UTF-16 with UTF-8 behind it',
      Buffer.concat([utf16('a: 1\n', 'le'), Buffer.from('b: 2\n')]),
      'it begins as UTF-16 and goes on as something else; save it anew, as UTF-8',
    ],
  ])('is named: %s', (_, bytes, flaw) => {
    expect(decode(bytes)).toMatchObject({ flaw });
  });
});
