import { describe, expect, test } from 'vitest';
import { readHistory } from '../../../../server/src/faro/forecast/history-csv.ts';
import type { PastTraffic } from '../../../../server/src/faro/forecast/past-traffic.ts';

function jobs(text: string, columns?: string[], day?: number): readonly PastTraffic[] {
  const history = readHistory(text, columns, day);
  if (!history.ok) throw new Error(JSON.stringify(history));
  return history.jobs;
}

describe('a history', () => {
  test('without days is one trace from the first minute of a day', () => {
    expect(jobs('a,b\n1,5\n2,6\n3,7\n', undefined, 2)).toEqual([
      { job: 'a', minutesPerDay: 2, stretches: [{ firstDay: 0, firstMinute: 0, countsPerMinute: [1, 2, 3] }] },
      { job: 'b', minutesPerDay: 2, stretches: [{ firstDay: 0, firstMinute: 0, countsPerMinute: [5, 6, 7] }] },
    ]);
    expect(jobs('a\n1\n')[0]!.minutesPerDay).toBe(1440);
  });

  test('with days joins those that follow one another, by sample', () => {
    const text = [
      'day,sample,minute,a',
      '1,0,0,10',
      '1,0,1,11',
      '1,1,0,90',
      '1,1,1,91',
      '2,0,0,20',
      '2,0,1,21',
      '4,0,0,40',
    ];
    expect(jobs(text.join('\n'))).toEqual([
      {
        job: 'a',
        minutesPerDay: 2,
        stretches: [
          { firstDay: 1, firstMinute: 0, countsPerMinute: [10, 11, 20, 21] },
          { firstDay: 1, firstMinute: 0, countsPerMinute: [90, 91] },
          { firstDay: 4, firstMinute: 0, countsPerMinute: [40] },
        ],
      },
    ]);
  });

  test('knows nothing of minutes that are left out', () => {
    expect(jobs('minute,a\n0,1\n1,2\n5,6\n6,7\n', undefined, 4)[0]!.stretches).toEqual([
      { firstDay: 0, firstMinute: 0, countsPerMinute: [1, 2] },
      { firstDay: 1, firstMinute: 1, countsPerMinute: [6, 7] },
    ]);
  });

  test('without days is read as a trace is, with the times of its lines', () => {
    const hours = readHistory('timestamp,a\n2026-03-29T22:00:00Z,60\n2026-03-29T23:00:00Z,120\n');
    expect(hours).toMatchObject({ ok: true, notes: [{ line: 2 }] });
    expect(jobs('timestamp,a\n2026-03-29T22:00:00Z,60\n2026-03-29T23:00:00Z,120\n')[0]!.stretches).toEqual([
      {
        firstDay: 0,
        firstMinute: 1320,
        countsPerMinute: [...new Array<number>(60).fill(1), ...new Array<number>(60).fill(2)],
      },
    ]);
    expect(
      jobs('time,a\n2026-03-29T07:00+02:00,1\n2026-03-29T07:02+02:00,2\n2026-03-29T07:03+02:00,3\n')[0]!.stretches,
    ).toEqual([
      { firstDay: 0, firstMinute: 420, countsPerMinute: [1] },
      { firstDay: 0, firstMinute: 422, countsPerMinute: [2, 3] },
    ]);
    expect(jobs('a (req/s)\n1\n2\n')[0]!.stretches[0]!.countsPerMinute).toEqual([60, 120]);
  });

  test('finds names however their letters are composed', () => {
    expect(jobs('gro\u0308sse\n1\n', ['gr\u00f6sse']).map(({ job }) => job)).toEqual(['gr\u00f6sse']);
    expect(jobs('gr\u00f6sse\n1\n', ['gro\u0308sse']).map(({ job }) => job)).toEqual(['gr\u00f6sse']);
  });

  test('has the columns that were asked for', () => {
    expect(jobs('a,b,c\n1,2,3\n', ['c', 'a']).map(({ job }) => job)).toEqual(['c', 'a']);
    expect(jobs('time,a\n1,2\n').map(({ job }) => job)).toEqual(['a']);
  });

  test.each([
    ['', undefined, { line: 1, detail: 'the file is empty' }],
    ['day,minute\n1,1\n', undefined, { line: 1, detail: 'no column has counts of requests' }],
    ['a\n1\nx\n', undefined, { line: 3, detail: '"x" is not a count of requests' }],
    ['day,a\n1,1\n1.5,2\n', undefined, { line: 3, detail: '1.5 is no number of a day' }],
    ['day,a\n1,1\nMon,2\n', undefined, { line: 3, detail: '"Mon" is not a count of requests' }],
    ['day,minute,a\n1,0,1\n1,0.5,2\n', undefined, { line: 3, detail: '0.5 is no minute' }],
    ['day,minute,a\n1,3,1\n1,3,2\n', undefined, { line: 3, detail: 'minute 3 does not come after minute 3' }],
    ['minute,a\n3,1\n3,2\n', undefined, { line: 3, detail: 'it has the same time as line 2' }],
    ['day,a\n1,1\n1,2\n1,3\n', 2, { line: 4, detail: 'minute 2 is beyond a day of 2 minutes' }],
  ])('that cannot be read says where: %j', (text, day, flaw) => {
    expect(readHistory(text, undefined, day)).toEqual({ ok: false, flaw });
  });

  test('without a column that was asked for says which it has', () => {
    expect(readHistory('day,a,b\n1,2,3\n', ['a', 'x'])).toEqual({ ok: false, missing: 'x', columns: ['a', 'b'] });
  });
});
