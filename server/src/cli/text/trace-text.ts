/** What is understood of a trace, for a terminal. */
import { span, type Times, type TraceFlaw, type TraceUnit } from '../../spec/references/trace.ts';
import type { Paint } from '../terminal.ts';
import { count, threeDigits } from './number.ts';
import { cutMiddle, displayWidth, ruler, sparkline, table, wrapped } from './table.ts';

export interface InspectedTrace {
  readonly file: string;
  /** What stands between cells; null where there are no such. */
  readonly delimiter: string | null;
  /** What it is in words: `commas between cells`. */
  readonly form: string;
  /** Lines that count; those that sum up are none. */
  readonly lines: number;
  readonly minutes: number;
  readonly times: {
    readonly columns: readonly string[];
    readonly form: Times['form'];
    readonly secondsALine: number;
    /** ISO 8601; null where lines have no date. */
    readonly from: string | null;
    readonly to: string | null;
    /** By name, where it is known: `Europe/Berlin`. */
    readonly timezone: string | null;
    readonly linesLeftOut: number;
  };
  readonly notes: readonly TraceFlaw[];
  readonly remarks: readonly TraceFlaw[];
  readonly columns: readonly InspectedColumn[];
}

export interface InspectedColumn {
  readonly name: string;
  readonly unit: TraceUnit;
  /** What follows is there where the column can be read. */
  readonly requests?: number;
  /** In requests a minute. */
  readonly mean?: number;
  readonly peak?: number;
  readonly perMinute?: readonly number[];
  /** Why it cannot be. */
  readonly flaw?: TraceFlaw;
}

export function traceText(trace: InspectedTrace, { paint, width }: { paint: Paint; width: number }): string[] {
  const minutes = `${count(trace.minutes)} ${trace.minutes === 1 ? 'minute' : 'minutes'}`;
  const lines = `${count(trace.lines)} ${trace.lines === 1 ? 'line' : 'lines'} of ${span(trace.times.secondsALine)} each`;
  const say = ({ line, detail }: TraceFlaw, sign: string): string[] =>
    wrapped(`${sign} line ${line}: ${detail}.`, width, '  ');
  return [
    ...wrapped(`${paint.bold(trace.file)}: ${minutes}, ${lines}, ${when(trace.times)}; ${trace.form}.`, width),
    ...trace.notes.flatMap((note) => say(note, paint.yellow('!'))),
    ...trace.remarks.flatMap((remark) => say(remark, '·')),
    '',
    ...picture(trace, paint, width),
  ];
}

function when({ columns, form, from, to, timezone }: InspectedTrace['times']): string {
  if (form === 'lines') return 'one after another';
  const by = `by ${columns.map((name) => (name === '' ? 'the first column' : `"${name}"`)).join(' and ')}`;
  return from === null || to === null ? by : `${by} from ${from} to ${to}${timezone === null ? '' : ` (${timezone})`}`;
}

/** A line a column, all over one ruler of time; each to its own height, which is told beside it. */
function picture({ columns, minutes }: InspectedTrace, paint: Paint, width: number): string[] {
  if (columns.length === 0) return ['No column has counts of requests.'];
  const names = columns.map(({ name }) => cutMiddle(name, Math.floor(width / 3)));
  const figures = columns.map(({ mean, peak }) =>
    [mean, peak].map((value) => (value === undefined ? '' : threeDigits(value))),
  );
  const room =
    Math.max(...names.map(displayWidth)) +
    Math.max(...figures.map((pair) => Math.max(4, ...pair.map(displayWidth)))) * 2;
  const cells = Math.max(10, Math.min(minutes, width - room - 6));
  const rows = columns.map(({ perMinute, flaw }, i) => [
    names[i]!,
    perMinute
      ? sparkline(perMinute, cells)
      : paint.red(cutMiddle(`line ${flaw!.line}: ${flaw!.detail}`, Math.max(cells, 24))),
    ...figures[i]!,
  ]);
  return table(
    [
      { title: '', shrink: 'middle' },
      { title: 'requests a minute' },
      { title: 'mean', align: 'right' },
      { title: 'peak', align: 'right' },
    ],
    [...rows, ['', ruler(minutes, cells), '', '']],
    width,
  );
}
