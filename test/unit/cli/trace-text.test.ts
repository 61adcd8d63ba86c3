import { expect, it } from 'vitest';
import { traceText, type InspectedTrace } from '../../../server/src/cli/text/trace-text.ts';

const plain = (text: string): string => text;
const paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain };

const hours: InspectedTrace = {
  file: 'hours.csv',
  form: 'semicolons between cells',
  delimiter: ';',
  lines: 2,
  minutes: 120,
  times: {
    columns: ['timestamp'],
    form: 'clock',
    secondsALine: 3600,
    from: '2026-03-29T00:00:00Z',
    to: '2026-03-29T02:00:00Z',
    timezone: null,
    linesLeftOut: 0,
  },
  notes: [{ line: 2, detail: 'a line counts an hour, and is spread evenly over its minutes' }],
  remarks: [{ line: 1, detail: '"web (req/s)" is taken for requests a second' }],
  columns: [
    {
      name: 'web (req/s)',
      unit: 'requests/s',
      requests: 18_000,
      mean: 150,
      peak: 200,
      perMinute: Array.from({ length: 120 }, (_, i) => (i < 60 ? 100 : 200)),
    },
    { name: 'bad', unit: 'requests', flaw: { line: 3, detail: '"x" is not a count of requests' } },
  ],
};

it('shows what is understood of a trace, with a picture of every column', () => {
  expect(traceText(hours, { paint, width: 72 }).join('\n')).toMatchInlineSnapshot(`
    "hours.csv: 120 minutes, 2 lines of an hour each, by "timestamp" from
    2026-03-29T00:00:00Z to 2026-03-29T02:00:00Z; semicolons between cells.
    ! line 2: a line counts an hour, and is spread evenly over its minutes.
    · line 1: "web (req/s)" is taken for requests a second.

                 requests a minute                                mean  peak
    ───────────  ───────────────────────────────────────────────  ────  ────
    web (req/s)  ▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▆███████████████████████   150   200
    bad          line 3: "x" is not a count of requests
                 0 min       30 min      60 min     90 min"
  `);
});

it('says where no column says when, and where none counts', () => {
  const times = { ...hours.times, columns: [], form: 'lines' as const, secondsALine: 60, from: null, to: null };
  const bare = {
    ...hours,
    form: 'commas between cells',
    delimiter: ',',
    lines: 1,
    minutes: 1,
    times,
    notes: [],
    remarks: [],
    columns: [],
  };
  expect(traceText(bare, { paint, width: 80 })).toEqual([
    'hours.csv: 1 minute, 1 line of a minute each, one after another; commas between',
    'cells.',
    '',
    'No column has counts of requests.',
  ]);
});
