/** BERTH2xxx: what can be wrong with the meaning of an InferenceCluster. Judged by the Faro engine, except the trace's own. */
import { count, didYouMean, entry, list, sentence } from './entry.ts';

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
    message: (p) => sentence(`The trace "${p.trace}" has no column "${p.column}"${didYouMean(p.suggestion)}`),
    hint: (p) => (p.columns.length > 0 ? `Use ${list(p.columns)}.` : 'Give the trace a header line with column names.'),
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
    hint: 'A trace is CSV: a header line with names, then one line a minute with counts of requests.',
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
};
