import { describe, expect, it } from 'vitest';
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
  [
    '{"status":"success","data":{}}',
    'a',
    1,
    'it is JSON, and neither a table of cells nor a range query of Prometheus',
  ],
  ['root:x:0:0\ndaemon:x:1:1\n', 'root:x:0:0', 2, 'what stands there is not a count of requests'],
  ['secret,secret\nhunter2,no\n', 'secret', 1, 'two columns have one name'],
  [
    'a;b\n1.234;1\n2.345;2\n',
    'a',
    2,
    '"1.234" may have three decimals or stand for thousands, and no other number tells',
  ],
  [`a\n${'1\n'.repeat(MOST_MINUTES + 1)}`, 'a', MOST_MINUTES + 2, `a trace has at most ${MOST_MINUTES} minutes`],
])('says what is wrong with %j', (text, column, line, detail) => {
  expect(new Trace(text).column(column)).toEqual({ ok: false, flaw: { line, detail } });
});

it('keeps a trace for as long as its version stays', () => {
  const first = traceOf('/t.csv', '1', 'a\n1\n');
  expect(traceOf('/t.csv', '1', 'a\n1\n')).toBe(first);
  expect(traceOf('/t.csv', '2', 'a\n2\n').column('a')).toEqual({ ok: true, values: [2] });
});

/** Minutes of column `a`, with what is said of them; or the flaw. */
function read(text: string, column = 'a'): unknown {
  const trace = new Trace(text);
  const found = trace.column(column);
  if (!found.ok) return `${found.flaw.line}: ${found.flaw.detail}`;
  const { times } = trace;
  const said =
    'step' in times ? [...times.notes, ...times.remarks].map(({ line, detail }) => `${line}: ${detail}`) : [];
  return [...found.values, ...said];
}

const lines = (header: string, cells: readonly string[]): string => [header, ...cells].join('\n');

describe('the times of its lines', () => {
  it.each([
    ['minute,a\n0,1\n1,2\n2,3\n', [1, 2, 3]],
    ['minute,a\n480,1\n481,2\n', [1, 2]],
    ['a\n3\n2\n', [3, 2]],
    ['index,a\n0,1\n1,2\n', [1, 2]],
    ['timestamp,a\n2026-03-29T00:58:00+01:00,1\n2026-03-29T00:59:00+01:00,2\n2026-03-29T02:00:00+02:00,3\n', [1, 2, 3]],
    ['timestamp,a\n2026-03-29 00:00:00.412,1\n2026-03-29 00:01:00.398,2\n2026-03-29 00:02:01.001,3\n', [1, 2, 3]],
    ['timestamp,a\n1774742400,1\n1774742460,2\n', [1, 2]],
    ['timestamp,a\n1774742400000,1\n1774742460000,2\n', [1, 2]],
    ['date,time,a\n2026-03-29,23:59,1\n2026-03-30,00:00,2\n', [1, 2]],
    ['when,a\n23:59,1\n00:00,2\n00:01,3\n', [1, 2, 3]],
    ['day,minute,a\n1,1438,1\n1,1439,2\n2,0,3\n', [1, 2, 3]],
    ['hour,minute,a\n7,58,1\n7,59,2\n8,0,3\n', [1, 2, 3]],
    ['day,a\n1,1\n1,2\n2,3\n', [1, 2, 3]],
    ['date,a\n46110,1\n46110.000694444,2\n46110.001388889,3\n', [1, 2, 3]],
    ['a,minute\n1,0\n2,1\n', [1, 2]],
    ['Date,a\n3/29/26 0:00,1\n3/29/26 0:01,2\n', [1, 2]],
    ['time,a\n202603290000,1\n202603290001,2\n', [1, 2]],
    ['time,utc_offset,a\n2026-03-29 01:59,+01:00,1\n2026-03-29 03:00,+02:00,2\n', [1, 2]],
    ['minute,a\n-1,1\n0,2\n1,3\n', [1, 2, 3]],
    [
      'date,hour,a\n2026-03-29,23,1\n2026-03-30,0,60\n',
      [
        ...new Array<number>(59).fill(0),
        1,
        ...new Array<number>(60).fill(1),
        '2: a line counts an hour, and is spread evenly over its minutes',
      ],
    ],
    ['date,hour,minute,a\n2026-03-29,23,59,1\n2026-03-30,0,0,2\n', [1, 2]],
    ['timestamp,minute,a\n1774742340,59,1\n1774742400,0,2\n', [1, 2]],
    ['x,a\n1774742340,1\n1774742400,2\n', [1, 2]],
    ['startTime,a\n29/Mar/2026:00:00:00 +0100,1\n29/Mar/2026:00:01:00 +0100,2\n', [1, 2]],
    ['event_time,a\n2026-03-29 00:00:00.123 +0000 UTC,1\n2026-03-29 00:01:00.1 +0000 UTC,2\n', [1, 2]],
    ['Date,a\n"Sun, 29 Mar 2026 00:00:00 GMT",1\n"Sun, 29 Mar 2026 00:01:00 GMT",2\n', [1, 2]],
    ['date,a\n05/05/2026 23:58,1\n05/05/2026 23:59,2\n06/05/2026 00:00,3\n', [1, 2, 3]],
    ['Date,a\n2/2/2022 11:58 PM,1\n2/2/2022 11:59 PM,2\n2/3/2022 12:00 AM,3\n', [1, 2, 3]],
    ['date,a\n05/31/2026 11:58 PM,1\n05/31/2026 11:59 PM,2\n06/01/2026 12:00 AM,3\n', [1, 2, 3]],
  ])('of %j are consecutive minutes', (text, values) => {
    expect(read(text)).toEqual(values);
  });

  it.each([
    [
      'minute,a\n0,1\n2,2\n3,3\n',
      [1, 0, 2, 3, '3: it comes 2 minutes after line 2, and the line left out counts no requests'],
    ],
    [
      'minute,a\n0,1\n1,2\n4,3\n5,3\n',
      [1, 2, 0, 0, 3, 3, '4: it comes 3 minutes after line 3, and the 2 lines left out count no requests'],
    ],
    [
      'minute,a\n2,1\n1,2\n0,3\n',
      [3, 2, 1, '3: it is earlier than line 2, and lines are taken in the order of their times'],
    ],
    ['minute,a\n0,1\n1,2\nTotal,3\n', [1, 2, '4: it sums up other lines, and is left out']],
    ['minute,a\n0,1\n1,2\n,3\n', [1, 2, '4: it sums up other lines, and is left out']],
    [
      'minute,a\n0,1\n1,3\nSumme,4\nMittelwert,2\n',
      [1, 3, '4: it and those after it sum up other lines, and are left out'],
    ],
    [
      'minute,a\n0,20\n2,5\n4,2.5\n',
      [10, 10, 2, 3, 1.25, 1.25, '2: a line counts 2 minutes, and is spread evenly over its minutes'],
    ],
    [
      'date,a\nMon,1\nTue,2\n',
      [1, 2, '2: its "date" is not understood as a time, and each line is taken for a minute'],
    ],
    [
      'index,a\n0,1\n7,2\n',
      [1, 2, '2: "index" does not count on by one from line to line, and each line is taken for a minute'],
    ],
    [
      'sample,minute,a\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n',
      [1, 2, 3, 4, '1: it holds 2 samples, which are taken one after another'],
    ],
    ['t,a\n0,1\n1,2\n', [1, 2, '1: "t" does not say what it counts in, and each line is taken for a minute']],
    ['time_s,a\n0,1\n30,2\n60,3\n90,4\n', [3, 7, '2: a line counts 30 seconds, and is added up to minutes']],
    ['seconds,a\n0,90\n90,90\n', [60, 60, 60, '2: a line counts 90 seconds, and is spread evenly over its minutes']],
    [
      'seconds,a\n0,1\n20,1\n40,1\n60,1\n',
      [
        3,
        '2: a line counts 20 seconds, and is added up to minutes',
        '5: the last 20 seconds are no whole minute, and are left out',
      ],
    ],
  ])('of %j are told where they are other', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    ['minute,a\n0,1\n0,2\n1,3\n', '3: it has the same time as line 2'],
    ['minute,a\n0,1\n1,2\nx,3\n2,4\n', '4: "x" is not read as a time, and those of other lines are'],
    ['minute,a\n0,1\n,9\n2,4\n', '3: it has no time'],
    ['t,a\n0,1\n15,2\n30,3\n', '1: "t" does not say what it counts in: call it "minute", "second" or "hour"'],
    [
      'minute,a\n0,1\n1,1\n0,1\n1,1\n',
      '4: it has the same time as line 2; where its numbers start again, a column "day" or "hour" has to tell them apart',
    ],
    ['month,a\n1,5\n2,6\n', '3: a line counts 30 days, which says nothing of its minutes'],
    ['minute,a\n0,1,5\n1,2,5\n', '2: it has 3 cells, and the header has 2'],
    ['second,a\n0,6\n1,12\n', '3: the trace ends after 2 seconds, before its first minute is over'],
    [
      'time,a\n00:00:00,1\n00:01:00,2\n00:02:00,2\n00:02:25,3\n00:04:00,3\n',
      '5: it comes 25 seconds after line 4, out of step with the other lines',
    ],
    [
      'date,a\n2026-01-01,1\n2026-02-01,2\n2026-03-01,3\n2026-04-01,3\n',
      '5: a line counts 31 days, which says nothing of its minutes',
    ],
    ['minute,a\n0,1\n1,1\n200000,1\n', '4: it is minute 200001, and a trace has at most 100000 minutes'],
    [
      'date,a\n05/06/2026 00:00,1\n05/06/2026 00:01,1\n07/06/2026 00:00,2\n',
      '2: "date" does not say which of its numbers is the day and which the month',
    ],
    [
      'time,a\n2026-10-25 02:58,1\n2026-10-25 02:59,1\n2026-10-25 02:00,1\n2026-10-25 02:58,2\n',
      '5: it has the same time as line 2; where clocks go back, times need a `timezone`',
    ],
    ['time,a\n2026-10-25T02:58Z,1\n2026-10-25T02:59,1\n', '3: its time names no zone, and others do'],
    ['sample,minute,a\n0,0,1\n0,5,2\n1,0,3\n', '3: it is not the minute after line 2'],
  ])('of %j cannot be minutes', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('are hours that are spread over their minutes, whole requests staying whole', () => {
    const found = new Trace('timestamp,a\n2026-03-29T00:00:00Z,6000\n2026-03-29T01:00:00Z,121\n').column('a');
    if (!found.ok) throw new Error(found.flaw.detail);
    expect(found.values.slice(0, 60)).toEqual(new Array(60).fill(100));
    expect(found.values).toHaveLength(120);
    expect(found.values.every(Number.isInteger)).toBe(true);
    expect(found.values.slice(60).reduce((sum, one) => sum + one, 0)).toBe(121);
  });

  it('are days that dates without a clock tell', () => {
    const days = read('date,a\n20260329,1440\n20260330,2880\n') as unknown[];
    expect([days[0], days[1440], days.at(-1)]).toEqual([
      1,
      2,
      '2: a line counts a day, and is spread evenly over its minutes',
    ]);
  });

  it('are seconds that are added up to minutes', () => {
    const seconds = Array.from({ length: 180 }, (_, i) => `${1774742400 + i},${1 + (i % 2)}`);
    expect(read(lines('ts,a', seconds))).toEqual([90, 90, 90, '2: a line counts a second, and is added up to minutes']);
  });

  it('say so where a gap may be that of clocks that go forward', () => {
    const found = read('time,a\n2026-03-29 01:58,1\n2026-03-29 01:59,1\n2026-03-29 03:00,2\n') as unknown[];
    expect(found.at(-1)).toBe(
      '4: it comes 61 minutes after line 3, and the 60 lines left out count no requests; where clocks go forward, times need a `timezone`',
    );
  });

  it('do not keep a column of times from being read as counts', () => {
    expect(read('minute,t\n0,5\n0,7\n', 'minute')).toEqual([0, 0]);
  });
});

describe('counts and rates', () => {
  it.each([
    ['web (req/s)', 'requests/s'],
    ['web_rps', 'requests/s'],
    ['web (1/s)', 'requests/s'],
    ['requests per second', 'requests/s'],
    ['QPS', 'requests/s'],
    ['web [requests/min]', 'requests/min'],
    ['rpm', 'requests/min'],
    ['calls per hour', 'requests/h'],
    ['web', 'requests'],
    ['search-images', 'requests'],
    ['corps', 'requests'],
    ['super', 'requests'],
  ])('%j holds %s', (name, unit) => {
    expect(new Trace(`${name}\n1\n`).unitOf(name)).toBe(unit);
  });

  it('are minutes all the same', () => {
    const rates = (step: number): string =>
      `second,a\n${[1, 2, 1.5, 2.5].map((rate, i) => `${i * step},${rate}`).join('\n')}`;
    const column = (step: number): unknown => new Trace(rates(step)).column('a', 'requests/s');
    expect(column(60)).toEqual({ ok: true, values: [60, 120, 90, 150] });
    expect(column(15)).toEqual({ ok: true, values: [105] });
    expect(column(120)).toEqual({ ok: true, values: [60, 60, 120, 120, 90, 90, 150, 150] });
    expect(column(90)).toEqual({ ok: true, values: [60, 90, 120, 90, 120, 150] });
    expect(new Trace(rates(60)).column('a', 'requests/min')).toEqual({ ok: true, values: [1, 2, 1.5, 2.5] });
  });

  it('are at most 100 million a minute', () => {
    const rate = new Trace('a\n2e6\n').column('a', 'requests/s');
    expect(rate).toMatchObject({ ok: false, flaw: { line: 2 } });
    const many = new Trace(
      lines(
        'second,a',
        Array.from({ length: 60 }, (_, i) => `${i},9e6`),
      ),
    );
    expect(many.column('a')).toMatchObject({ ok: false, flaw: { line: 2 } });
    expect(new Trace('hour,a\n0,6e9\n1,5\n').column('a')).toMatchObject({ ok: true });
  });
});

describe('columns', () => {
  it('may be named over several lines', () => {
    expect(new Trace('minute,"Requests\nin all"\n0,1\n').column('Requests in all')).toEqual({ ok: true, values: [1] });
  });

  it('are named only of what is plainly a trace', () => {
    expect(new Trace('root:x:0:0\ndaemon:x:1:1\n').loads).toEqual([]);
    expect(new Trace('user,password\nalice,hunter2\nbob,swordfish\n').loads).toEqual([]);
    expect(new Trace('KEY=1\nSECRET=2\n').loads).toEqual([]);
    expect(new Trace('minute,web,note\n0,1,quiet\n1,2,loud\n').loads).toEqual(['web']);
  });
});
