import { Trace, type TraceFlaw } from '../../spec/references/trace.ts';
import type { PastTraffic, TrafficStretch } from './past-traffic.ts';
import { itemAt } from '../../numeric/at.ts';

export type History =
  | {
      readonly ok: true;
      readonly jobs: readonly PastTraffic[];
      /** What is to be doubted in the times of its lines. */
      readonly notes: readonly TraceFlaw[];
    }
  | { readonly ok: false; readonly flaw: TraceFlaw }
  | { readonly ok: false; readonly missing: string; readonly columns: readonly string[] };

const DEFAULT_MINUTES_PER_DAY = 1440;
const SECONDS_PER_DAY = 86_400;

/**
 * Past traffic as a trace tells it: a line a minute, a column for each job.
 *
 * - A column `day` numbers the days; lines of one day follow one another, or a column `minute` says which minute of it a line is.
 * - A column `sample` tells apart several traces of the same days.
 * - Without these the file is one trace and is read as any other, with its times where it has them: a clock says which minute of the
 *   day it begins with, a column `minute` as well; else it begins with the first minute of a day.
 *
 * Where minutes are left out, nothing is known of them.
 *
 * @param wanted the jobs; all columns of counts where none are named.
 * @param timezone of times that name none.
 * @param minutesPerDay where not given: the length of the longest day where the file numbers its days, else 1440.
 */
export function readHistory(
  content: string | Uint8Array,
  wanted?: readonly string[],
  minutesPerDay?: number,
  timezone?: string,
): History {
  const trace = Trace.of(content).in(timezone);
  const columns = wanted?.map((name) => trace.named(name) ?? name.normalize('NFC'));
  if (trace.flaw) return { ok: false, flaw: trace.flaw };
  const { loads } = trace;
  const missing = columns?.find((name) => !trace.columns.includes(name));
  if (missing !== undefined) return { ok: false, missing, columns: loads };
  const names = columns ?? loads;
  if (names.length === 0) return { ok: false, flaw: { line: 1, detail: 'no column has counts of requests' } };
  return trace.columns.includes('day') || trace.columns.includes('sample')
    ? historyOfDays(trace, names, minutesPerDay)
    : historyOfTrace(trace, names, minutesPerDay ?? DEFAULT_MINUTES_PER_DAY);
}

/** One trace. */
function historyOfTrace(trace: Trace, names: readonly string[], minutesPerDay: number): History {
  const { times } = trace;
  if (!('step' in times)) return { ok: false, flaw: times };
  const jobs: PastTraffic[] = [];
  const notes = [...times.notes];
  // A clock tells the minute of the day; a number counts on from the first minute of the first.
  const ofDay = times.hasDate ? (times.first + (times.zone ?? 0)) % SECONDS_PER_DAY : times.first;
  const begin = Math.max(0, Math.floor(ofDay / 60));
  for (const job of names) {
    const column = trace.column(job);
    if (!column.ok) return { ok: false, flaw: column.flaw };
    const known = trace.knownOf(job);
    notes.push(...trace.notesOf(job));
    const at = column.values.flatMap((_, i) => (known?.[i] === false ? [] : [{ minute: begin + i, sample: 0 }]));
    const counts = known ? column.values.filter((_, i) => known[i]) : column.values;
    jobs.push({ job, minutesPerDay, stretches: stretchesOf({ at, minutesPerDay }, counts) });
  }
  return { ok: true, jobs, notes };
}

/** A trace whose lines say of which day or sample they are. */
function historyOfDays(trace: Trace, names: readonly string[], minutesPerDay: number | undefined): History {
  const counts = new Map<string, readonly number[]>();
  const given = ['day', 'sample', 'minute'].filter((name) => trace.columns.includes(name));
  for (const name of [...given, ...names]) {
    const column = trace.lines(name);
    if (!column.ok) return { ok: false, flaw: column.flaw };
    counts.set(name, column.values);
  }
  const jobs = names.map((job) => ({ job, counts: counts.get(job) ?? [] }));
  const lines = linesOf(
    jobs[0]?.counts.length ?? 0,
    counts.get('day'),
    counts.get('sample'),
    counts.get('minute'),
    minutesPerDay,
  );
  if ('detail' in lines) return { ok: false, flaw: lines };
  return {
    ok: true,
    jobs: jobs.map(({ job, counts: own }): PastTraffic => ({
      job,
      minutesPerDay: lines.minutesPerDay,
      stretches: stretchesOf(lines, own),
    })),
    notes: [],
  };
}

/** When each line of the file is. */
interface Lines {
  readonly minutesPerDay: number;
  /** Minute since the first of day 0; the trace that it belongs to. */
  readonly at: readonly { readonly minute: number; readonly sample: number }[];
}

function linesOf(
  count: number,
  days: readonly number[] | undefined,
  samples: readonly number[] | undefined,
  minutes: readonly number[] | undefined,
  given: number | undefined,
): Lines | TraceFlaw {
  const found: { day: number; ofDay: number; sample: number }[] = [];
  let longest = 0;
  const last = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const [day, sample] = [days?.[i] ?? 0, samples?.[i] ?? 0];
    const trace = `${sample} ${day}`;
    const before = last.get(trace) ?? -1;
    const ofDay = minutes?.[i] ?? before + 1;
    const line = i + 2;
    if (!Number.isInteger(day)) return { line, detail: `${day} is no number of a day` };
    if (!Number.isInteger(ofDay)) return { line, detail: `${ofDay} is no minute` };
    if (ofDay <= before) return { line, detail: `minute ${ofDay} does not come after minute ${before}` };
    if (days && given !== undefined && ofDay >= given)
      return { line, detail: `minute ${ofDay} is beyond a day of ${given} minutes` };
    last.set(trace, ofDay);
    longest = Math.max(longest, ofDay + 1);
    found.push({ day, ofDay, sample });
  }
  const minutesPerDay = given ?? (days ? longest : DEFAULT_MINUTES_PER_DAY);
  return {
    minutesPerDay,
    at: found.map(({ day, ofDay, sample }) => ({ minute: day * minutesPerDay + ofDay, sample })),
  };
}

/** Consecutive minutes of one trace make one stretch, also across days. */
function stretchesOf({ at, minutesPerDay }: Lines, counts: readonly number[]): TrafficStretch[] {
  const stretches: TrafficStretch[] = [];
  const open = new Map<number, { next: number; counts: number[] }>();
  counts.forEach((count, i) => {
    const { minute, sample } = itemAt(at, i);
    const known = open.get(sample);
    if (known?.next === minute) {
      known.counts.push(count);
      known.next++;
      return;
    }
    const countsPerMinute = [count];
    open.set(sample, { next: minute + 1, counts: countsPerMinute });
    const firstDay = Math.floor(minute / minutesPerDay);
    stretches.push({ firstDay, firstMinute: minute - firstDay * minutesPerDay, countsPerMinute });
  });
  return stretches;
}
