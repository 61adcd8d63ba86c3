/** Parquet files are traces: written here, and by the tools that people write them with. */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { isParquet, periodOf, Trace } from '../../../../server/src/spec/references/trace.ts';
import { MOST_MINUTES } from '../../../../server/src/spec/references/trace/trace-flaw.ts';

type Column = Parameters<typeof parquetWriteBuffer>[0]['columnData'][number];
type Options = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>;

const BEGIN = Date.UTC(2026, 2, 29);

const compressors = {
  GZIP: (page: Uint8Array) => new Uint8Array(gzipSync(page)),
  ZSTD: (page: Uint8Array) => new Uint8Array(zstdCompressSync(page)),
  BROTLI: (page: Uint8Array) => new Uint8Array(brotliCompressSync(page)),
  LZ4_RAW: (page: Uint8Array) => page,
};

function written(columnData: Column[], options: Options = {}): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData, compressors, ...options }));
}

const time = (count: number, stepSeconds = 60): Column => ({
  name: 'time',
  type: 'TIMESTAMP',
  data: Array.from({ length: count }, (_, i) => new Date(BEGIN + i * stepSeconds * 1000)),
});

const numbers = (name: string, data: number[], type: 'INT32' | 'DOUBLE' = 'INT32'): Column => ({ name, data, type });

function read(bytes: Uint8Array, name: string, zone?: string): unknown {
  const trace = Trace.of(bytes).in(zone);
  if (trace.flaw) return trace.flaw.detail;
  const column = trace.column(name);
  if (!column.ok) return `${column.flaw.line}: ${column.flaw.detail}`;
  const notes = [...('step' in trace.times ? trace.times.notes : []), ...trace.notesOf(name)];
  return [...column.values, ...notes.map(({ line, detail }) => `${line}: ${detail}`)];
}

describe('a Parquet file', () => {
  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI'] as const)('packed with %s is read', (codec) => {
    const bytes = written(
      [
        time(200),
        numbers(
          'web',
          Array.from({ length: 200 }, (_, i) => i % 7),
        ),
        numbers('x', new Array<number>(200).fill(0.5), 'DOUBLE'),
      ],
      { codec },
    );
    expect(isParquet(bytes)).toBe(true);
    expect(read(bytes, 'web')).toEqual(Array.from({ length: 200 }, (_, i) => i % 7));
    expect(read(bytes, 'x')).toEqual(new Array<number>(200).fill(0.5));
  });

  it('of several groups of rows is read from the first to the last, and its steps become minutes', () => {
    const bytes = written([time(8, 30), numbers('web', [1, 2, 3, 4, 5, 6, 7, 8])], { rowGroupSize: 3 });
    expect(read(bytes, 'web')).toEqual([3, 7, 11, 15, '1: a line counts 30 seconds, and is added up to minutes']);
  });

  it('may have lines without a value, of which nothing is known', () => {
    const rates: Column = { name: 'web', data: [1, null, NaN, 4], type: 'DOUBLE', nullable: true };
    const trace = Trace.of(written([time(4), rates]));
    expect(trace.column('web')).toEqual({ ok: true, values: [1, 0, 0, 4] });
    expect(trace.knownOf('web')).toEqual([true, false, false, true]);
    expect(read(written([time(2), numbers('web', [1, -1])]), 'web')).toBe('2: "-1" is not a count of requests');
  });

  it('has columns of times in text, of truth values, and of what is nested, which is left out', () => {
    const bytes = written([
      { name: 'when', type: 'STRING', data: ['2026-03-29 00:00', '2026-03-29 00:01'] },
      { name: 'up', type: 'BOOLEAN', data: [true, false] },
      { name: 'größe', type: 'INT64', data: [1n, 2n] },
      { name: 'extra', type: 'JSON', data: [{ a: 1 }, { a: 2 }] },
    ]);
    const trace = Trace.of(bytes);
    expect(trace.loads).toEqual(['größe']);
    expect(trace.times).toMatchObject({ form: 'clock', columns: ['when'], step: 60 });
    expect(read(bytes, 'größe'.normalize('NFC'))).toEqual([1, 2]);
  });

  const recorded = JSON.parse(readFileSync('test/fixtures/parquet/traces.json', 'utf8')) as Record<string, string>;
  it.each<[string, string, readonly unknown[], string]>([
    [
      'pyarrow, zoned, snappy',
      'Asia/Tokyo',
      [1, 2, 0, 4, '3: "web" has no value there, which counts no requests'],
      '2026-03-29T00:58:00Z',
    ],
    ['pyarrow, local, zstd, version 2', 'Europe/Berlin', [1, 2, 0, 4], '2026-03-29T01:58:00+01:00'],
    ['polars, date and time', 'UTC', [1, 2, 0, 4], '2026-03-29T00:58:00Z'],
  ])('as written by %s', (tool, zone, expected, from) => {
    const bytes = new Uint8Array(Buffer.from(recorded[tool]!, 'base64'));
    expect(read(bytes, 'web', zone)).toEqual(expected);
    const { times } = Trace.of(bytes).in(zone);
    expect('step' in times && periodOf(times).from).toBe(from);
  });

  it.each<[string, Uint8Array, string]>([
    [
      'packed otherwise',
      written([time(2), numbers('a', [1, 2])], { codec: 'LZ4_RAW' }),
      'its pages are packed with LZ4_RAW; write them with SNAPPY or ZSTD',
    ],
    [
      'encoded otherwise',
      written([{ name: 'a', data: ['1', '2'], type: 'STRING', encoding: 'DELTA_BYTE_ARRAY' }]),
      'a column is encoded as DELTA_BYTE_ARRAY; write it with dictionaries, or plainly',
    ],
    ['encrypted', new TextEncoder().encode('PARE00000000PARE'), 'it is a Parquet file that is encrypted'],
    [
      'too long',
      written([numbers('a', new Array<number>(MOST_MINUTES + 1).fill(1))]),
      `a trace has at most ${MOST_MINUTES} minutes`,
    ],
    ['empty', written([numbers('a', [])]), 'there is no minute after the header'],
    [
      'no more than its first bytes',
      new TextEncoder().encode('PAR1'),
      'it is a Parquet file that is damaged, or of a form that is not known',
    ],
    [
      'cut off',
      written([time(2)]).subarray(0, 100),
      'it is a Parquet file that is damaged, or of a form that is not known',
    ],
    [
      'of nothing but lists',
      written([{ name: 'a', data: [[1], [2]] }], {
        schema: [
          { name: 'root', num_children: 1 },
          { name: 'a', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
          { name: 'element', repetition_type: 'OPTIONAL', type: 'INT32' },
        ],
      }),
      'it is a Parquet file without columns of single values',
    ],
  ])('that is %s is said to be', (_, bytes, detail) => {
    expect(read(bytes, 'a')).toBe(detail);
  });

  it('that is damaged is a flaw or other numbers: it ends nothing, and takes no time', () => {
    const files = [
      written([
        time(40),
        numbers(
          'web',
          Array.from({ length: 40 }, (_, i) => i % 3),
        ),
      ]),
      written(
        [
          time(40),
          {
            name: 'web',
            data: Array.from({ length: 40 }, (_, i) => (i % 5 ? i : null)),
            type: 'DOUBLE',
            nullable: true,
          },
        ],
        { codec: 'ZSTD' },
      ),
      ...Object.values(recorded).map((text) => new Uint8Array(Buffer.from(text, 'base64'))),
    ];
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...files), damage, (file, changes) => {
        const bytes = file.slice();
        for (const [at, byte] of changes) bytes[4 + (at % (bytes.length - 4))] = byte;
        const trace = Trace.of(bytes);
        for (const name of trace.loads) trace.column(name);
        expect(trace.columns.length).toBeLessThan(1000);
      }),
      { numRuns: 1500 },
    );
  });
});
