import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WireError, WireReader } from '../../../server/src/graph/wire.ts';
import { bytes, double, fileOf, float, int, message, packed, text, varint } from './wire-writer.ts';

const inPieces = (file: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(file.length / size) }, (_, i) => file.slice(i * size, (i + 1) * size));

const file = fileOf(
  int(1, -5),
  text(2, 'größer'),
  message(3, int(1, 2 ** 40), message(7, text(1, 'inner')), float(2, 0.5)),
  bytes(4, new Uint8Array(300)),
  packed(5, [1, 300, -1]),
  int(5, 7),
  double(6, 1e300),
  text(2047, 'x'.repeat(200)),
);

function readAll(chunks: Iterable<Uint8Array>): unknown[] {
  const reader = new WireReader(chunks);
  const seen: unknown[] = [];
  reader.fields((field) => {
    if (field === 1) seen.push(reader.int());
    if (field === 2 || field === 2047) seen.push(reader.text());
    if (field === 3)
      reader.message((inner) => {
        if (inner === 1) seen.push(reader.int());
        if (inner === 2) seen.push(reader.real());
        if (inner === 7) reader.message(() => seen.push(reader.text()));
      });
    if (field === 5) reader.ints((value) => seen.push(value));
    if (field === 6) seen.push(reader.real());
  });
  return seen;
}

const ALL = [-5, 'größer', 2 ** 40, 'inner', 0.5, 1, 300, -1, 7, 1e300, 'x'.repeat(200)];

describe('the wire', () => {
  it.each([1, 2, 3, 7, 64, 10_000])('is read in pieces of %i bytes', (size) => {
    expect(readAll(inPieces(file, size))).toEqual(ALL);
  });

  it('passes over what nobody asks for without holding it', () => {
    let largest = 0;
    const reader = new WireReader(
      (function* () {
        yield Uint8Array.from([...varint(9 * 8 + 2), ...varint(2 ** 33)]);
        const piece = new Uint8Array(2 ** 20);
        for (let i = 0; i < 2 ** 13; i++) {
          largest = Math.max(largest, piece.length);
          yield piece;
        }
        yield fileOf(int(1, 4));
      })(),
    );
    const seen: number[] = [];
    reader.fields((field) => {
      if (field === 1) seen.push(reader.int());
    });
    expect(seen).toEqual([4]);
    expect(reader.position).toBeGreaterThan(2 ** 33);
  });

  it('says at each byte where a file may be cut that it is no whole one, or reads what is there', () => {
    for (let length = 0; length < file.length; length++) {
      for (const size of [1, 1000]) {
        let seen: unknown[] = [];
        try {
          seen = readAll(inPieces(file.subarray(0, length), size));
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
          expect(error.at).toBeLessThanOrEqual(length);
        }
        expect(ALL.slice(0, seen.length)).toEqual(seen);
      }
    }
  });

  it.each([
    ['a group', [...varint(8 * 3 + 3)], 'at byte 0 stands nothing that begins a field'],
    ['field 0', [0x00], 'at byte 0 stands nothing that begins a field'],
    ['a number without end', Array.from({ length: 11 }, () => 0xff), 'at byte 0 stands a number without end'],
    [
      'a field that leaves its message',
      fileOf(bytes(3, [...varint(10), ...varint(99)])),
      'a field of 99 bytes reaches past',
    ],
    ['another type', fileOf(text(1, 'no number')), 'a field has another type than its format says'],
    ['a cut', [...varint(8 * 2 + 2), 9, 65], 'it ends at byte 3, within a field of 9 bytes or more'],
  ])('refuses %s', (_, content, why) => {
    expect(() => readAll([Uint8Array.from(content)])).toThrow(why);
  });

  it('does not descend without end', () => {
    let deep: readonly number[] = int(1, 1);
    for (let i = 0; i < 300; i++) deep = message(3, deep);
    const reader = new WireReader([Uint8Array.from(deep)]);
    const descend = (field: number): void => {
      if (field === 3) reader.message(descend);
    };
    expect(() => reader.fields(descend)).toThrow('100 deep');
  });

  it('throws nothing else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (content, size) => {
        try {
          readAll(inPieces(content, size));
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }),
    );
  });
});
