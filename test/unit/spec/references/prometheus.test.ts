/** Answers of Prometheus to range queries are traces: a series is a column, a moment a line. */
import { describe, expect, it } from 'vitest';
import { Trace } from '../../../../server/src/spec/references/trace.ts';
import { asSeriesName } from '../../../../server/src/spec/references/trace/prometheus.ts';

const BEGIN = 1_774_742_400;

type Values = readonly (readonly [number, string])[];

function series(
  labels: Readonly<Record<string, string>>,
  values: readonly string[],
  step = 60,
  begin = BEGIN,
): unknown {
  return { metric: labels, values: values.map((value, i) => [begin + i * step, value]) satisfies Values };
}

const answer = (...result: unknown[]): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });

/** A column, with what is said of it; or the flaw. */
function read(text: string, name: string, unit?: 'requests/s'): unknown {
  const trace = new Trace(text);
  if (trace.flaw) return trace.flaw.detail;
  const named = trace.named(name);
  if (named === undefined) return trace.loads;
  const column = trace.column(named, unit);
  if (!column.ok) return `${column.flaw.line}: ${column.flaw.detail}`;
  const { times } = trace;
  const said = [...('step' in times ? times.notes : []), ...trace.notesOf(named)];
  return [...column.values, ...said.map(({ line, detail }) => `${line}: ${detail}`)];
}

const WEB = { __name__: 'requests', job: 'web', zone: 'a' };

describe('a range query', () => {
  it('has a column for each series, named as Prometheus writes it', () => {
    const trace = new Trace(
      answer(
        series(WEB, ['1', '2']),
        series({ job: 'say "hi"' }, ['3', '4']),
        series({}, ['5', '6']),
        series({ __name__: 'up' }, ['7', '8']),
      ),
    );
    expect(trace.loads).toEqual(['requests{job="web",zone="a"}', '{job="say \\"hi\\""}', '{}', 'up']);
    expect(trace.loads.map((name) => trace.column(name))).toEqual(
      [1, 3, 5, 7].map((n) => ({ ok: true, values: [n, n + 1] })),
    );
    expect(trace.times).toMatchObject({ first: BEGIN, form: 'epoch', columns: ['time'] });
  });

  it('has series whose labels may be written in any order', () => {
    const text = answer(series(WEB, ['1', '2']));
    for (const name of [
      'requests{job="web",zone="a"}',
      'requests{zone="a", job="web"}',
      '{__name__="requests", zone="a", job="web",}',
    ])
      expect(read(text, name), name).toEqual([1, 2]);
    for (const name of ['requests', 'requests{job="web"}', 'requests{job=web,zone=a}', 'requests{job="web",zone="b"}'])
      expect(read(text, name), name).toEqual(['requests{job="web",zone="a"}']);
  });

  it.each([
    ['the whole answer', answer(series(WEB, ['1', '2']))],
    ['its data', JSON.stringify({ resultType: 'matrix', result: [series(WEB, ['1', '2'])] })],
    ['its series, as promtool -o json writes them', JSON.stringify([series(WEB, ['1', '2'])], null, 2)],
    ['as promtool prints it', `requests{zone="a", job="web"} =>\n1 @[${BEGIN}]\n2 @[${BEGIN + 60}]\n`],
    [
      'with numbers that are no texts',
      JSON.stringify([
        {
          metric: WEB,
          values: [
            [BEGIN, 1],
            [BEGIN + 60, 2],
          ],
        },
      ]),
    ],
  ])('may be %s', (_, text) => {
    expect(read(text, 'requests{job="web",zone="a"}')).toEqual([1, 2]);
  });

  it('becomes minutes as any trace does', () => {
    const text = answer(series({ job: 'web' }, ['1', '2', '3', '4', '5', '6', '7', '8'], 15));
    expect(read(text, '{job="web"}')).toEqual([10, 26, '1: a line counts 15 seconds, and is added up to minutes']);
    expect(read(text, '{job="web"}', 'requests/s')).toEqual([
      150,
      390,
      '1: a line counts 15 seconds, and is added up to minutes',
    ]);
    expect(read(answer(series({}, ['120', '60'], 120)), '{}', 'requests/s')).toEqual([
      ...[7200, 7200, 3600, 3600],
      '1: a line counts 2 minutes, and is spread evenly over its minutes',
    ]);
  });

  it('says that values are taken for counts where no unit is given', () => {
    const trace = new Trace(answer(series({ job: 'web' }, ['1', '2', '3', '4'], 15)));
    expect(trace.remarksOf('{job="web"}').map(({ detail }) => detail)).toEqual([
      '"{job="web"}" is taken for the requests of each line; rates need `unit`',
    ]);
  });

  it('may have moments without a value, of which nothing is known', () => {
    const late = series({ job: 'late' }, ['7', 'NaN', '+Inf', '9'], 60, BEGIN + 60);
    const trace = new Trace(answer(series({ job: 'web' }, ['1', '2', '3', '4', '5']), late));
    expect(trace.loads).toEqual(['{job="web"}', '{job="late"}']);
    expect(trace.column('{job="late"}')).toEqual({ ok: true, values: [0, 7, 0, 0, 9] });
    expect(trace.knownOf('{job="late"}')).toEqual([false, true, false, false, true]);
    expect(trace.knownOf('{job="web"}')).toBeUndefined();
    expect(trace.notesOf('{job="late"}')).toEqual([
      { line: 1, detail: '"{job="late"}" has no value in 3 lines, this one first, which count no requests' },
    ]);
    expect(read(answer(series({ job: 'none' }, ['NaN', 'NaN']), series({}, ['1', '2'])), '{job="none"}')).toEqual(
      '1: "{job="none"}" has no value anywhere',
    );
  });

  it('may leave out moments', () => {
    const values = [
      [BEGIN, '1'],
      [BEGIN + 60, '2'],
      [BEGIN + 180, '3'],
    ];
    expect(read(answer({ metric: {}, values }), '{}')).toEqual([
      ...[1, 2, 0, 3],
      '3: it comes 2 minutes after line 2, and the line left out counts no requests',
    ]);
  });

  it('of a counter is said to be a running total', () => {
    const counter = series({ __name__: 'http_requests_total', job: 'web' }, ['1', '2', '2', '5', '9']);
    expect(read(answer(counter), 'http_requests_total{job="web"}')).toEqual([
      ...[1, 2, 2, 5, 9],
      '1: "http_requests_total{job="web"}" never falls, as a running total does, and is taken for the requests of each line',
    ]);
  });
});

describe('what is no range query', () => {
  const NOT = 'it is JSON, and neither a table of cells nor a range query of Prometheus';
  it.each<[string, unknown, string]>([
    [
      'an error',
      { status: 'error', errorType: 'bad_data', error: 'secret' },
      'it is an answer of Prometheus that tells of an error, not of series',
    ],
    [
      'an instant query',
      { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, '2'] }] } },
      'it is an answer of Prometheus of the type vector, at one moment; ask for a range (/api/v1/query_range, or `promtool query range`)',
    ],
    [
      'its series alone',
      [{ metric: {}, value: [1, '2'] }],
      'it is an answer of Prometheus with one moment of each series; ask for a range (/api/v1/query_range, or `promtool query range`)',
    ],
    [
      'a scalar',
      { status: 'success', data: { resultType: 'scalar', result: [1, '2'] } },
      'it is an answer of Prometheus of the type scalar, at one moment; ask for a range (/api/v1/query_range, or `promtool query range`)',
    ],
    [
      'no series',
      { status: 'success', data: { resultType: 'matrix', result: [] } },
      'the query of Prometheus found no series',
    ],
    [
      'native histograms',
      { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, histograms: [[1, {}]] }] } },
      'it has native histograms, and a trace has numbers: ask for histogram_count(rate(…))',
    ],
    [
      'other values',
      [{ metric: {}, values: [[1, '2', 3]] }],
      'a series of it has other values than pairs of a time and a number in quotes',
    ],
    [
      'a moment twice',
      [
        {
          metric: {},
          values: [
            [1, '2'],
            [1, '3'],
          ],
        },
      ],
      'a series of it has a moment twice',
    ],
    [
      'two series of one name',
      [
        { metric: { a: '1' }, values: [[1, '2']] },
        { metric: { a: '1' }, values: [[1, '2']] },
      ],
      'two columns are called "{a="1"}"',
    ],
    ['an object', { web: [1, 2] }, NOT],
    ['a list', [1, 2], NOT],
    ['a list of objects', [{ minute: 0, web: 1 }], NOT],
    ['an empty list', [], NOT],
    ['nothing', {}, NOT],
  ])('%s', (_, data, detail) => {
    expect(new Trace(JSON.stringify(data)).flaw?.detail).toBe(detail);
  });

  it.each([
    ['{"status":"success","data":', 'it begins as JSON, and does not go on as JSON'],
    ['{"a":1}\n{"a":2}\n', 'it begins as JSON, and does not go on as JSON'],
    ['{job="web"} =>\n1 @[1774742400]\nhello\n', 'it begins as a range query of promtool, and does not go on as one'],
  ])('%j', (text, detail) => {
    expect(new Trace(text).flaw).toEqual({ line: 1, detail });
  });

  it('has a value that is no number', () => {
    expect(read(answer(series({}, ['1', 'x'])), '{}')).toBe('2: "x" is not a count of requests');
    expect(read(answer(series({}, ['1', '-1'])), '{}')).toBe('2: "-1" is not a count of requests');
  });
});

it('names of series are read as they are written in queries', () => {
  expect(asSeriesName('up{}')).toBe('up');
  expect(asSeriesName('up{b="2", a="1"}')).toBe('up{a="1",b="2"}');
  expect(asSeriesName('{a="\\"x\\""}')).toBe('{a="\\"x\\""}');
  for (const other of ['up', 'a{b', '{a=1}', '{a="1" b="2"}', '{a="\\x"}', 'web (req/s)'])
    expect(asSeriesName(other)).toBeUndefined();
});
