/** Traces of the same numbers, written in the ways in which spreadsheets and other tools write them, are the same traces. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Trace } from '../../../../server/src/spec/references/trace.ts';

const NAMES = ['web', 'scan forms', 'a;b', 'say "hi"', 'x, y', 'größe'] as const;

interface Table {
  readonly names: readonly string[];
  /** Row by row, whole or with one or two decimals. */
  readonly rows: readonly (readonly number[])[];
  /** Minutes since 1970. */
  readonly begin: number;
}

const tables = fc
  .record({
    names: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }),
    length: fc.integer({ min: 2, max: 60 }),
    begin: fc.integer({ min: 27_000_000, max: 30_000_000 }),
    seed: fc.integer(),
  })
  .chain(({ names, length, begin }) =>
    fc
      .array(
        fc.array(
          fc.oneof(
            fc.integer({ min: 0, max: 2_000_000 }),
            fc.integer({ min: 0, max: 99_999 }).map((n) => n / 100),
          ),
          { minLength: names.length, maxLength: names.length },
        ),
        { minLength: length, maxLength: length },
      )
      .map((rows): Table => ({ names, rows, begin })),
  );

/** How a language writes numbers: the mark of decimals, and what stands between thousands. */
const LANGUAGES = [
  { decimal: '.', thousands: '' },
  { decimal: ',', thousands: '' },
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: '\u00a0' },
  { decimal: ',', thousands: '\u202f' },
  { decimal: '.', thousands: "'" },
] as const;

type Language = (typeof LANGUAGES)[number];

function number(value: number, { decimal, thousands }: Language): string {
  const [whole = '', fraction] = String(value).split('.');
  const grouped = thousands === '' ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, thousands);
  return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Ways to write a minute since 1970. */
const CLOCKS: Readonly<
  Record<string, { readonly header: string; readonly cell: (minute: number, first: number) => string }>
> = {
  minute: { header: 'minute', cell: (minute, first) => String(minute - first) },
  seconds: { header: 'time_s', cell: (minute, first) => String((minute - first) * 60) },
  epoch: { header: 'timestamp', cell: (minute) => String(minute * 60) },
  milliseconds: { header: 'ts', cell: (minute) => String(minute * 60_000) },
  iso: { header: 'time', cell: (minute) => new Date(minute * 60_000).toISOString() },
  offset: {
    header: 'Time',
    cell: (minute) => `${new Date((minute + 330) * 60_000).toISOString().slice(0, 16)}+05:30`,
  },
  blank: { header: 'date', cell: (minute) => new Date(minute * 60_000).toISOString().slice(0, 19).replace('T', ' ') },
  german: {
    header: 'Zeit',
    cell(minute) {
      const at = new Date(minute * 60_000);
      return `${two(at.getUTCDate())}.${two(at.getUTCMonth() + 1)}.${at.getUTCFullYear()} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
    },
  },
  american: {
    header: 'Date',
    cell(minute) {
      const at = new Date(minute * 60_000);
      const hours = at.getUTCHours();
      return `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()} ${hours % 12 || 12}:${two(at.getUTCMinutes())} ${hours < 12 ? 'AM' : 'PM'}`;
    },
  },
  serial: { header: 'date', cell: (minute) => (minute / 1440 + 25_569).toFixed(9) },
};

const dialects = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  said: fc.boolean(),
  language: fc.constantFrom(...LANGUAGES),
  clock: fc.constantFrom(...Object.keys(CLOCKS)),
  quotes: fc.boolean(),
  mark: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  emptyColumns: fc.integer({ min: 0, max: 3 }),
  emptyLines: fc.integer({ min: 0, max: 3 }),
  comment: fc.boolean(),
});

type Dialect = typeof dialects extends fc.Arbitrary<infer D> ? D : never;

function written({ names, rows, begin }: Table, dialect: Dialect): string {
  const { delimiter, language, lineEnd } = dialect;
  const clock = CLOCKS[dialect.clock]!;
  const cell = (text: string): string =>
    dialect.quotes || text.includes(delimiter) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;
  const empty = delimiter.repeat(dialect.emptyColumns);
  const line = (cells: readonly string[]): string => cells.map(cell).join(delimiter) + empty;
  // Serial dates are written as numbers are.
  const time = (minute: number): string =>
    dialect.clock === 'serial' ? clock.cell(minute, begin).replace('.', language.decimal) : clock.cell(minute, begin);
  const lines = [
    ...(dialect.said ? [`sep=${delimiter}`] : []),
    ...(dialect.comment ? ['# exported'] : []),
    line([clock.header, ...names]),
    ...rows.map((row, i) => line([time(begin + i), ...row.map((value) => number(value, language))])),
    ...new Array<string>(dialect.emptyLines).fill(delimiter.repeat(names.length) + empty),
  ];
  return `${dialect.mark ? '\ufeff' : ''}${lines.join(lineEnd)}${lineEnd}`;
}

/** A mark with three digits after it may be either, where no other number of the column tells. */
function isOpen({ rows }: Table, { language: { thousands }, delimiter }: Dialect): boolean {
  return (thousands === '.' || (thousands === ',' && delimiter !== ',')) && !tells(rows);
}

function tells(rows: Table['rows']): boolean {
  const [first = []] = rows;
  return first.every((_, at) => rows.some((row) => !Number.isInteger(row[at]) || row[at]! >= 1_000_000));
}

it('of any dialect are read as the same numbers', () => {
  fc.assert(
    fc.property(tables, dialects, (table, dialect) => {
      fc.pre(!isOpen(table, dialect));
      const trace = new Trace(written(table, dialect));
      expect(trace.flaw).toBeUndefined();
      table.names.forEach((name, at) => {
        expect(trace.column(name)).toEqual({ ok: true, values: table.rows.map((row) => row[at]) });
      });
      expect(trace.times).toMatchObject({ step: 60, notes: [] });
    }),
    { numRuns: 400 },
  );
});

it('in any order of lines are read in the order of time', () => {
  fc.assert(
    fc.property(tables, fc.infiniteStream(fc.nat()), (table, keys) => {
      const lines = table.rows.map((row, i) => ({ text: [i, ...row].join(','), key: keys.next().value as number }));
      lines.sort((a, b) => a.key - b.key);
      const names = table.names.map((_, i) => `job${i}`);
      const trace = new Trace([['minute', ...names].join(','), ...lines.map(({ text }) => text)].join('\n'));
      names.forEach((name, at) => {
        expect(trace.column(name)).toEqual({ ok: true, values: table.rows.map((row) => row[at]) });
      });
    }),
  );
});

it('count as many requests in any step', () => {
  const steps = fc.constantFrom(1, 5, 10, 15, 20, 30, 60, 120, 300, 900, 3600);
  fc.assert(
    fc.property(steps, fc.array(fc.nat(100_000), { minLength: 2, maxLength: 40 }), (step, counts) => {
      const whole = counts.slice(0, step < 60 ? counts.length - (counts.length % (60 / step)) : counts.length);
      fc.pre(whole.length > 1);
      const text = ['second,a', ...whole.map((count, i) => `${i * step},${count}`)].join('\n');
      const column = new Trace(text).column('a');
      if (!column.ok) throw new Error(column.flaw.detail);
      expect(column.values).toHaveLength((whole.length * step) / 60);
      expect(column.values.every((value) => Number.isInteger(value))).toBe(true);
      expect(column.values.reduce((sum, value) => sum + value, 0)).toBe(whole.reduce((sum, value) => sum + value, 0));
    }),
  );
});

it('that are any text at all are answered', () => {
  const cell = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '1',
      '60',
      '1.234',
      '1,5',
      'total',
      'minute',
      'a',
      '2026-03-29',
      '00:01',
      '"',
      '""',
      ';',
      '\t',
      '#',
      'sep=;',
      '1e9',
      '-1',
    ),
    fc.string({ maxLength: 4 }),
  );
  const texts = fc
    .array(fc.array(cell, { maxLength: 4 }), { maxLength: 8 })
    .map((rows) => rows.map((row) => row.join(',')).join('\n'));
  fc.assert(
    fc.property(texts, (text) => {
      const trace = new Trace(text);
      for (const name of trace.columns) {
        const column = trace.column(name);
        if (column.ok) expect(column.values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        else {
          expect(column.flaw.line).toBeGreaterThan(0);
          expect(column.flaw.detail).not.toContain('\n');
        }
      }
    }),
    { numRuns: 1000 },
  );
});
