/** BERTH2xxx: what can be wrong with the meaning of an InferenceCluster. Judged by the Faro engine, except the trace's own. */
import { count, didYouMean, entry, list, sentence } from './entry.ts';

/** Something odd about a line of a trace. */
export interface TraceNote {
  /** From 1. */
  readonly line: number;
  readonly detail: string;
}

/** The first few; a trace that has more to it is looked at as a whole. */
function notes(all: readonly TraceNote[]): string {
  const shown = all.slice(0, 3).map(({ line, detail }) => `line ${line}: ${detail}`);
  return [...shown, ...(all.length > 3 ? [`${all.length - 3} more`] : [])].join('; ');
}

export const SERVING_PROBLEMS = {
  BERTH2001: entry<{ resource: string; sum: string; capacity: string }>({
    severity: 'error',
    title: 'Minima exceed the capacity',
    message: (p) => `The jobs' minimum replicas take ${p.sum} ${p.resource}, but the cluster has ${p.capacity}.`,
    hint: 'Lower a minimum or raise the capacity.',
    example: { resource: 'replicas', sum: '12', capacity: '8' },
  }),
  BERTH2002: entry<{ job: string; slo: string; processingTime: string }>({
    severity: 'error',
    title: 'SLO shorter than the processing time',
    message: (p) => `Job "${p.job}" can never meet ${p.slo}: one request takes ${p.processingTime}.`,
    hint: 'Raise slo.latency above processingTime, or use a faster model.',
    example: { job: 'search-images', slo: '100ms', processingTime: '180ms' },
  }),
  BERTH2003: entry<{ job: string; resource: string; need: string; capacity: string }>({
    severity: 'error',
    title: 'A replica fits nowhere',
    message: (p) => `One replica of "${p.job}" takes ${p.need} ${p.resource}, and the whole cluster has ${p.capacity}.`,
    hint: 'Lower what a replica takes, or raise the capacity.',
    example: { job: 'search-images', resource: 'memory', need: '64Gi', capacity: '32Gi' },
  }),
  BERTH2004: entry<{ column: string; trace: string; columns: readonly string[]; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'No such column in the trace',
    message: (p) => sentence(`The trace "${p.trace}" has no column "${p.column}"${didYouMean(p.suggestion, p.column)}`),
    hint: (p) =>
      p.columns.length > 0
        ? `Use ${list(p.columns)}.`
        : 'Give the trace a header line with column names, and commas, semicolons, tabs or bars between its cells.',
    example: { column: 'job10', trace: 'traces/day11.csv', columns: ['job0', 'job1'], suggestion: 'job1' },
  }),
  BERTH2005: entry<{ job: string; slo: string; limit: string; needed?: number | undefined }>({
    severity: 'warning',
    title: 'SLO out of reach',
    message: (p) =>
      p.needed === undefined
        ? `Job "${p.job}" cannot meet ${p.slo} at this load with any number of replicas.`
        : `Job "${p.job}" cannot meet ${p.slo} at this load within ${p.limit}: it needs ${count(p.needed, 'replica')}.`,
    hint: (p) =>
      p.needed === undefined ? 'Raise slo.latency, or use a faster model.' : `Allow ${p.needed}, or raise slo.latency.`,
    example: { job: 'search-images', slo: '720ms', limit: 'replicas.max 4', needed: 7 },
  }),
  BERTH2006: entry<{ trace: string; line: number; detail: string }>({
    severity: 'error',
    title: 'Trace malformed',
    message: (p) => sentence(`Line ${p.line} of the trace "${p.trace}" cannot be read: ${p.detail}`),
    hint: 'A trace is CSV, a header line with names, then one line a minute with counts of requests, or the answer of Prometheus to a range query. `berth trace inspect` shows what is understood of it.',
    example: { trace: 'traces/day11.csv', line: 42, detail: '"n/a" is not a count of requests' },
  }),
  BERTH2007: entry<{ capacity: string; needed: string; missed: readonly string[] }>({
    severity: 'warning',
    title: 'Capacity does not meet every SLO',
    message: (p) =>
      `With ${p.capacity} not every SLO can be met: ${list(p.missed, 'and')} ${p.missed.length === 1 ? 'misses its own' : 'miss theirs'}.`,
    hint: (p) => `${p.needed} would meet all of them.`,
    example: { capacity: '32 replicas', needed: '36 replicas', missed: ['search-images', 'translate'] },
  }),
  BERTH2008: entry<{ key: string; lower: string; below: string; upper: string; above: string }>({
    severity: 'error',
    title: 'Times out of order',
    message: (p) => `"${p.key}" has a ${p.lower} of ${p.below}, which is above its ${p.upper} of ${p.above}.`,
    hint: 'Give times that rise from min over median to p99.',
    example: { key: 'serviceTime', lower: 'median', below: '150ms', upper: 'p99', above: '120ms' },
  }),
  BERTH2009: entry<{ key: string; min: string; p99: string }>({
    severity: 'error',
    title: 'Median no longer than the minimum',
    message: (p) => `"${p.key}" has a median of ${p.min}, which is its minimum, and yet times of up to ${p.p99}.`,
    hint: 'Raise the median above min, or lower p99 to the median if all times are alike.',
    example: { key: 'serviceTime', min: '80ms', p99: '260ms' },
  }),
  BERTH2010: entry<{ job: string; takes: string; resource: string; most: string }>({
    severity: 'error',
    title: 'A replica fits on no node',
    message: (p) =>
      p.resource === ''
        ? `One replica of "${p.job}" takes ${p.takes}, and no node has that much of all.`
        : `One replica of "${p.job}" takes ${p.takes} ${p.resource}, and no node has more than ${p.most}.`,
    hint: 'Lower what a replica takes, or add a node that has room for it.',
    example: { job: 'search-images', takes: '16', resource: 'cpu', most: '8' },
  }),
  BERTH2011: entry<{ resource: string; capacity: string; nodes: string }>({
    severity: 'error',
    title: 'Capacity beyond the nodes',
    message: (p) => `The capacity is ${p.capacity} ${p.resource}, but the nodes have only ${p.nodes} together.`,
    hint: 'Lower the capacity, or leave it out: it is then what the nodes have.',
    example: { resource: 'cpu', capacity: '64', nodes: '32' },
  }),
  BERTH2012: entry<{ job: string }>({
    severity: 'information',
    title: 'No traffic',
    message: (p) => `Job "${p.job}" is expected to get no request, so nothing can be said of its latency.`,
    hint: 'Give a rate above 0/s, or a column of the trace that counts requests.',
    example: { job: 'search-images' },
  }),
  BERTH2013: entry<Record<string, never>>({
    severity: 'error',
    title: 'Minima do not fit on the nodes',
    message: () =>
      "The jobs' minimum replicas do not fit on the nodes: together these have room enough, but no replica can be split.",
    hint: 'Lower a minimum or what a replica takes, or give larger nodes.',
    example: {},
  }),
  BERTH2014: entry<{ requests: string; job: string; limit: string }>({
    severity: 'warning',
    title: 'Too many requests to replay',
    message: (p) =>
      `A replay of this load would have ${p.requests} requests, the most of them for job "${p.job}"; it can have ${p.limit}.`,
    hint: 'Give a shorter trace or a lower rate where the load is to be replayed; all else holds without a replay.',
    example: { requests: '3.6 billion', job: 'search-images', limit: '100 million' },
  }),
  BERTH2015: entry<{ perSecond: number; jobs: readonly string[] }>({
    severity: 'warning',
    title: 'Router slower than the traffic',
    message: (p) =>
      `A job's router passes at most ${Number(p.perSecond.toPrecision(3))} requests a second; ${list(p.jobs, 'and')} ${p.jobs.length === 1 ? 'brings' : 'bring'} more in the busiest minute.`,
    hint: 'A request passes it on its way in and out, whatever the capacity is. Give simulation.router as measured, or split the job.',
    example: { perSecond: 109.5, jobs: ['search-images'] },
  }),
  BERTH2016: entry<{ trace: string; notes: readonly TraceNote[]; minutes: number }>({
    severity: 'warning',
    title: 'Trace with other lines than consecutive minutes',
    message: (p) => `The trace "${p.trace}" is read as ${count(p.minutes, 'minute')}: ${notes(p.notes)}.`,
    hint: 'Give one line a minute, in order and without gaps; `berth trace inspect` shows what is understood.',
    example: {
      trace: 'traces/day11.csv',
      notes: [{ line: 4, detail: 'it comes 59 minutes after line 3, and the 58 lines left out count no requests' }],
      minutes: 62,
    },
  }),
  BERTH2017: entry<{ trace: string; notes: readonly TraceNote[] }>({
    severity: 'information',
    title: 'What is taken for granted of a trace',
    message: (p) => `The trace "${p.trace}" leaves something open: ${notes(p.notes)}.`,
    hint: 'Say it in the header line (a column "minute", "second" or "hour", a load in "req/s") or, of a load, with "unit".',
    example: {
      trace: 'traces/day11.csv',
      notes: [{ line: 1, detail: '"web (req/s)" is taken for requests a second' }],
    },
  }),
  BERTH2018: entry<{ timezone: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Unknown time zone',
    message: (p) => sentence(`There is no time zone "${p.timezone}"${didYouMean(p.suggestion, p.timezone)}`),
    hint: 'Give a name as "Europe/Berlin", which knows when clocks are changed, or an offset as "+01:00".',
    example: { timezone: 'Europe/Berln', suggestion: 'Europe/Berlin' },
  }),
  BERTH2019: entry<{ timezone: string; trace: string; why: string }>({
    severity: 'information',
    title: 'Time zone of nothing',
    message: (p) => `The times of the trace "${p.trace}" need no time zone ("${p.timezone}"): ${p.why}.`,
    hint: 'Remove it; it changes nothing.',
    example: { timezone: 'Europe/Berlin', trace: 'traces/day11.csv', why: 'they count from 1970 in UTC' },
  }),
  BERTH2020: entry<{ file: string; detail: string }>({
    severity: 'error',
    title: 'Forecast file malformed',
    message: (p) => sentence(`"${p.file}" is no forecast that can be used: ${p.detail}`),
    hint: 'Forecasts are made by `berth forecast train`; train it anew.',
    example: { file: 'vision.forecast.json', detail: 'jobs[2].profile has 12 numbers instead of 1440' },
  }),
  BERTH2021: entry<{ job: string; history: string; minutes: number; model: string }>({
    severity: 'error',
    title: 'History too short to learn from',
    message: (p) =>
      `"${p.job}" has ${count(p.minutes, 'minute')} of history in "${p.history}": too little for the model ${p.model}.`,
    hint: 'Give a longer history, a few days at best, or do without: what has no history is forecast from its own last minutes.',
    example: { job: 'search-images', history: 'traces/days.csv', minutes: 60, model: 'seasonal' },
  }),
  BERTH2022: entry<{ forecast: string; trace: string; jobs: readonly string[]; columns: readonly string[] }>({
    severity: 'error',
    title: 'A forecast of other jobs',
    message: (p) =>
      `"${p.forecast}" knows none of the columns of "${p.trace}": it was trained on ${list(p.jobs, 'and')}.`,
    hint: (p) => `Rename columns of the trace (${list(p.columns, 'and')}), or train a forecast on its jobs.`,
    example: { forecast: 'vision.forecast.json', trace: 'traces/day11.csv', jobs: ['tags'], columns: ['job0', 'job1'] },
  }),
  BERTH2023: entry<{ job: string }>({
    severity: 'error',
    title: 'Sleep without a stated cold start',
    message: (p) => `Job "${p.job}" may have no replica, and nothing says how long who wakes it has to wait.`,
    hint: 'State autoscaler.coldStart: how long a new replica takes until it answers. Or keep one with replicas.min 1.',
    example: { job: 'search-images' },
  }),
  BERTH2024: entry<{ job: string; policy: string }>({
    severity: 'error',
    title: 'A policy that puts no job to sleep',
    message: (p) => `Policy "${p.policy}" never changes replicas, so that job "${p.job}" can neither sleep nor wake.`,
    hint: 'Use another autoscaler.policy, or set replicas.min to 1.',
    example: { job: 'search-images', policy: 'static' },
  }),
  BERTH2025: entry<{ job: string; min: number }>({
    severity: 'warning',
    title: 'Sleep of a job that never sleeps',
    message: (p) => `Job "${p.job}" always has ${count(p.min, 'replica')}: it is never scaled to zero.`,
    hint: 'Set replicas.min to 0, or remove scaleToZeroAfter.',
    example: { job: 'search-images', min: 1 },
  }),
};
