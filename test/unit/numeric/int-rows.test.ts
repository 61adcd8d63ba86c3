import { describe, expect, it } from 'vitest';
import { IntRows } from '../../../server/src/numeric/int-rows.ts';

const contents = (rows: IntRows): number[][] => Array.from(rows.lengths(), (_, i) => [...rows.row(i)]);

describe('IntRows', () => {
  it('lays lists end to end', () => {
    const rows = IntRows.of([[4, 2], [], [7]]);
    expect(contents(rows)).toEqual([[4, 2], [], [7]]);
    expect([...rows.values]).toEqual([4, 2, 7]);
    expect([...rows.lengths()]).toEqual([2, 0, 1]);
  });

  it('is walked by the places of a row', () => {
    const rows = IntRows.of([[1], [4, 2]]);
    const seen: number[] = [];
    for (let k = rows.begin(1), end = rows.end(1); k < end; k++) seen.push(rows.value(k));
    expect(seen).toEqual([4, 2]);
    expect(rows.length(1)).toBe(2);
  });

  it('holds the places of every number of a list, ascending', () => {
    expect(contents(IntRows.placesOf(Int32Array.of(2, 0, 2, 2), 4))).toEqual([[1], [], [0, 2, 3], []]);
    expect(contents(IntRows.placesOf(new Int32Array(0), 2))).toEqual([[], []]);
  });

  it('refuses rows and places that it has not, and numbers that are no row', () => {
    const rows = IntRows.of([[1]]);
    expect(() => rows.row(1)).toThrow(RangeError);
    expect(() => rows.length(-1)).toThrow(RangeError);
    expect(() => rows.value(1)).toThrow(RangeError);
    expect(() => IntRows.placesOf(Int32Array.of(3), 3)).toThrow(RangeError);
  });
});
