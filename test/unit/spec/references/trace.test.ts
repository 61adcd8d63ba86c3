import { expect, it } from 'vitest';
import { MOST_MINUTES, Trace, traceOf } from '../../../../server/src/spec/references/trace.ts';

it('reads columns by name, minute by minute', () => {
  const trace = new Trace('\ufeffminute, job0 ,"a, b"\r\n0, 1.5 ,2\r\n1,3,"4"\r\n\r\n');
  expect(trace.columns).toEqual(['minute', 'job0', 'a, b']);
  expect(trace.loads).toEqual(['job0', 'a, b']);
  expect(trace.column('job0')).toEqual({ ok: true, values: [1.5, 3] });
  expect(trace.column('a, b')).toEqual({ ok: true, values: [2, 4] });
  expect(trace.column('job0')).toBe(trace.column('job0'));
});

it.each([
  ['', 'a', 1, 'the file is empty'],
  ['a\n', 'a', 1, 'there is no minute after the header'],
  ['1,2\n3,4\n', '1', 1, 'the header line with names is missing'],
  ['a,a\n1,2\n', 'a', 1, 'two columns are called "a"'],
  ['a,b\n1,2\n3\n', 'b', 3, 'it has 1 cell, and "b" is cell 2'],
  ['a\n1\n-2\n', 'a', 3, '"-2" is not a count of requests'],
  ['a\n1\nNaN\n', 'a', 3, '"NaN" is not a count of requests'],
  ['a,b\n,1\n', 'a', 2, '"" is not a count of requests'],
  ['a\n0x10\n', 'a', 2, '"0x10" is not a count of requests'],
  ['a\nInfinity\n', 'a', 2, '"Infinity" is not a count of requests'],
  ['a\n1e400\n', 'a', 2, '"1e400" is not a count of requests'],
  ['a\n100e6\n1e12\n', 'a', 3, '"1e12" is more than 100 million requests, the most that a minute may have'],
  ['a,b\n1,2\n\n3,4\n', 'b', 3, 'it is empty'],
  ['minute;a;b\n0;1;2\n', 'a', 1, 'its cells are separated by ";", not by commas'],
  ['minute\ta\n0\t1\n', 'a', 1, 'its cells are separated by tabs, not by commas'],
  [`a\n${'1\n'.repeat(MOST_MINUTES + 1)}`, 'a', MOST_MINUTES + 2, `a trace has at most ${MOST_MINUTES} minutes`],
])('says what is wrong with %j', (text, column, line, detail) => {
  expect(new Trace(text).column(column)).toEqual({ ok: false, flaw: { line, detail } });
});

it('keeps a trace for as long as its version stays', () => {
  const first = traceOf('/t.csv', '1', 'a\n1\n');
  expect(traceOf('/t.csv', '1', 'a\n1\n')).toBe(first);
  expect(traceOf('/t.csv', '2', 'a\n2\n').column('a')).toEqual({ ok: true, values: [2] });
});
