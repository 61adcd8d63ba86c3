/** Tables of numbers: traces, past days, and the forecasts that were learned from them. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readForecastFile, writeForecastFile } from '../../../server/src/faro/forecast/forecast-file.ts';
import { readHistory } from '../../../server/src/faro/forecast/history-csv.ts';
import { layoutOf } from '../../../server/src/faro/forecast/nhits/nhits.ts';
import { featureCount } from '../../../server/src/faro/forecast/seasonal-regression.ts';
import { QUANTILE_LEVELS } from '../../../server/src/faro/forecast/traffic-scale.ts';
import { MOST_REQUESTS, Trace, TRACE_UNITS, type TraceFlaw } from '../../../server/src/spec/references/trace.ts';
import { clipped, visible } from '../../../server/src/spec/text/visible.ts';
import { isReadable, must } from '../oracle.ts';
import type { BytesTarget, Random, Target, TextTarget } from '../target.ts';
import { example, TRACE } from './files.ts';

const TIMES = [
  ...[
    '0',
    '60',
    '2026-01-01',
    '2026-01-01T00:00:00Z',
    '2026-01-01 00:01',
    '01/02/2026 10:00',
    '1.2.2026',
    '10:00',
    '1767225600',
  ],
  ...[
    '1767225600000',
    '2026-01-01T00:02:00+02:00',
    'Total',
    'Sum',
    '12:00 PM',
    '00:00:30',
    '24:00',
    'Jan 1 2026',
    '46023.5',
  ],
];
const CELLS = [
  '0',
  '12',
  '1,5',
  '1.5',
  '1.234',
  '1,234',
  '"1,234"',
  '1e3',
  '-',
  '',
  'n/a',
  '"',
  '""',
  '-1',
  '100000001',
  ' 7 ',
  '1 000',
  '5%',
  'x',
];

const WORDS = [
  ...TIMES,
  ...CELLS,
  'minute',
  'time',
  'day',
  'sample',
  'web (req/s)',
  'requests/min',
  'sep=;\n',
  ';',
  '\t',
  ',',
  '\r\n',
  'hour',
  'date',
];

function madeTable(random: Random): string {
  const delimiter = random.pick([',', ',', ';', '\t', '|']);
  const width = 1 + random.int(4);
  const header = Array.from({ length: width }, (_, i) =>
    i === 0
      ? random.pick(['minute', 'time', 'date', 'second', 'hour', 'day', 'web'])
      : random.pick(['web', 'a', 'b (req/s)', 'sample', 'c/min', `j${i}`]),
  );
  const start = Date.UTC(2026, random.int(12), random.int(28), random.int(24));
  const step = random.pick([1, 60, 60, 60, 3600, 90, 86400]);
  const form = random.int(6);
  const time = (row: number): string => {
    const at = new Date(start + row * step * 1000);
    const iso = at.toISOString();
    return [
      String(row),
      iso,
      iso.slice(0, 16).replace('T', ' '),
      iso.slice(11, 19),
      String(at.getTime() / 1000),
      `${iso.slice(8, 10)}.${iso.slice(5, 7)}.${iso.slice(0, 4)} ${iso.slice(11, 16)}`,
    ][form]!;
  };
  const odd = random.next() < 0.5 ? 0 : random.next() * 0.2;
  const lines = Array.from({ length: random.int(40) }, (_, row) =>
    header
      .map((_, i) => (random.next() < odd ? random.pick(WORDS) : i === 0 ? time(row) : String(random.int(500))))
      .join(delimiter),
  );
  return `${[header.join(delimiter), ...lines].join(random.pick(['\n', '\n', '\r\n']))}\n`;
}

const SEEDS = [
  TRACE,
  'time;web\n2026-01-01 00:00;1,5\n2026-01-01 00:01;2,5\n',
  'sep=;\nDatum;web\n01.02.2026 10:00;1.234\n01.02.2026 10:01;1.300\n',
  'second,web\n0,1\n1,2\n2,0\n3,1\n',
  'hour,web (req/s)\n0,1\n1,2\n2,0\n',
  'day,minute,web\n0,0,5\n0,1,6\n1,0,7\n1,1,8\n',
  'day,sample,web\n0,0,5\n0,1,6\n',
  'time,web\n1767225600,3\n1767225660,4\nTotal,7\n',
  'time,web\n23:58,1\n23:59,2\n00:00,3\n',
  // Prometheus' answer to a range query
  '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"job":"web"},"values":[[1774742400,"3"],[1774742460,"4.5"]]}]}}',
];

/** As the catalogue quotes it in a message. */
function shown(detail: string): string {
  return clipped(visible(detail), 240);
}

function isFlaw({ line, detail }: TraceFlaw, text: string): void {
  must(
    Number.isInteger(line) && line >= 1 && line <= text.split(/\r\n|\r|\n/).length + 1,
    () => `line ${line}: ${detail}`,
  );
  isReadable(shown(detail), 'a flaw');
}

const trace: TextTarget = {
  name: 'trace',
  type: 'text',
  doors: [
    'spec/references/trace.ts',
    'spec/references/trace/delimited.ts',
    'spec/references/trace/times.ts',
    'spec/references/trace/prometheus.ts',
  ],
  words: WORDS,
  seeds: () => [...SEEDS, example('traces/day.csv').slice(0, 2000)],
  make: madeTable,
  run: (text) => {
    const table = new Trace(text.normalize('NFC'));
    if (table.flaw) {
      isFlaw(table.flaw, text);
      return `flaw ${table.flaw.detail.replace(/\d+|".*"/g, '')}`;
    }
    const { times } = table;
    if ('step' in times) times.notes.forEach((note) => isFlaw(note, text));
    else isFlaw(times, text);
    const seen = ['step' in times ? `${times.form} ${times.step}` : 'no times'];
    for (const name of table.columns.slice(0, 8)) {
      table.remarksOf(name).forEach((remark) => isFlaw(remark, text));
      for (const column of [
        table.column(name),
        table.lines(name),
        ...TRACE_UNITS.map((unit) => table.column(name, unit)),
      ]) {
        if (!column.ok) isFlaw(column.flaw, text);
        else
          must(
            column.values.every((value) => value >= 0 && value <= MOST_REQUESTS),
            () => `"${name}" has ${column.values.find((value) => !(value >= 0 && value <= MOST_REQUESTS))} requests`,
          );
      }
      seen.push(table.column(name).ok ? 'ok' : 'flaw');
    }
    must(
      table.loads.every((name) => table.columns.includes(name)),
      () => 'a load is no column',
    );
    return [...new Set(seen)].join();
  },
};

const history: TextTarget = {
  name: 'history',
  type: 'text',
  doors: ['faro/forecast/history-csv.ts'],
  words: WORDS,
  seeds: () => SEEDS,
  make: madeTable,
  run: (text) => {
    const read = readHistory(text, undefined, text.length % 3 === 0 ? 1440 : undefined);
    if (read.ok) {
      for (const { minutesPerDay, stretches } of read.jobs) {
        must(minutesPerDay > 0, () => `a day of ${minutesPerDay} minutes`);
        for (const { firstDay, firstMinute, countsPerMinute } of stretches)
          must(
            Number.isInteger(firstDay) && firstMinute >= 0 && countsPerMinute.every((count) => count >= 0),
            () => `a stretch at ${firstDay}, ${firstMinute}`,
          );
      }
      return `ok ${read.jobs.length} ${read.notes.length > 0}`;
    }
    if ('flaw' in read) isFlaw(read.flaw, text);
    return 'flaw' in read ? `flaw ${read.flaw.detail.replace(/[-\d.e+]+|".*"/g, '')}` : 'missing';
  },
};

/** Of one job: as small as a forecast can be. */
function forecastSeed(model: 'seasonal' | 'nhits'): string {
  const floats = (count: number): string => Buffer.from(new Float32Array(count).fill(0.5).buffer).toString('base64');
  const shape = { context: 2, horizon: 1, width: 1, stacks: 1, head: 'gaussian' } as const;
  const job =
    model === 'seasonal'
      ? {
          ...{ name: 'web', horizonMinutes: 1, profile: floats(4), lagCounts: [0, 1], spread: floats(4) },
          weights: [0, 1].map((lags) => floats(featureCount(lags, 1))),
          errors: [0, 1].map(() => floats(QUANTILE_LEVELS.length)),
          correlations: [0, 1].map(() => floats(1)),
        }
      : {
          name: 'web',
          shape,
          mean: 1,
          deviation: 1,
          parameters: floats(layoutOf(shape).parameters),
          correlations: floats(1),
        };
  const history = { days: 2, minutes: 8 };
  return JSON.stringify({
    kind: 'Forecast',
    apiVersion: 'berth.dev/v1alpha1',
    model,
    minutesPerDay: 4,
    history,
    jobs: [job],
  });
}

const forecast: TextTarget = {
  name: 'forecast',
  type: 'json',
  doors: ['faro/forecast/forecast-file.ts'],
  words: ['jobs', 'profile', 'weights', 'AACAPwAAgD8=', 'seasonal', 'nhits', 'horizonMinutes'],
  seeds: () => [forecastSeed('seasonal'), forecastSeed('nhits')],
  run: (text) => {
    const read = readForecastFile(text);
    if (!read.ok) {
      isReadable(shown(read.detail), 'a flaw');
      return read.detail.replace(/\d+|".*"/g, '').slice(0, 60);
    }
    must(readForecastFile(writeForecastFile(read.trained)).ok, () => 'what was written cannot be read back');
    return 'ok';
  },
};

const parquet: BytesTarget = {
  name: 'parquet',
  type: 'bytes',
  doors: ['spec/references/trace/parquet.ts'],
  seeds: () =>
    (['UNCOMPRESSED', 'SNAPPY'] as const).map((codec) => {
      const columnData = [
        { name: 'time', type: 'TIMESTAMP' as const, data: [0, 1, 2].map((minute) => new Date(minute * 60_000)) },
        { name: 'web', type: 'INT32' as const, data: [3, 4, 5] },
      ];
      return new Uint8Array(parquetWriteBuffer({ columnData, codec }));
    }),
  run: (bytes) => {
    const table = Trace.of(bytes);
    if (table.flaw) {
      isReadable(shown(table.flaw.detail), 'a flaw');
      return table.flaw.detail.replace(/\d+|".*"/g, '');
    }
    const seen = table.columns.slice(0, 8).map((name) => {
      const column = table.column(name);
      if (column.ok)
        must(
          column.values.every((value) => value >= 0 && value <= MOST_REQUESTS),
          () => `"${name}" has odd numbers`,
        );
      else isReadable(shown(column.flaw.detail), 'a flaw');
      return column.ok;
    });
    return seen.join();
  },
};

export const TABLE_TARGETS: readonly Target[] = [trace, history, forecast, parquet];
