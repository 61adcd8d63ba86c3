/** The preview of an InferenceCluster as text: its jobs, why each has what it has, and the policies on its trace. */
import type { InferencePreview, JobPreview, Spread } from '../../preview/model.ts';
import { listOf, signed } from '../../preview/words.ts';
import type { Paint } from '../terminal.ts';
import { bytes, milliseconds, percent, plusMinus, significant } from './number.ts';
import { bar, cutMiddle, displayWidth, sparkline, table, wrapped } from './table.ts';

/** Reasons listed one by one; a longer list is read as JSON. */
const MOST_REASONS = 8;

export function inferenceText(preview: InferencePreview, paint: Paint, width: number): string[] {
  return [
    ...jobTable(preview, paint, width),
    '',
    ...capacityLines(preview, paint, width),
    '',
    ...reasons(preview, paint, width),
    ...(preview.replay === null ? [] : ['', ...replayLines(preview.replay, paint, width)]),
  ];
}

function bySlack(jobs: readonly JobPreview[]): JobPreview[] {
  return [...jobs].sort((a, b) => a.slack - b.slack);
}

function jobTable(preview: InferencePreview, paint: Paint, width: number): string[] {
  const percentiles = new Set(preview.jobs.map(({ percentile }) => percentile));
  const alike = percentiles.size === 1;
  const utilities = (utilityOf: (job: JobPreview) => string, align: 'left' | 'right'): string[] =>
    table(
      [
        { title: 'job', shrink: 'middle' },
        { title: 'replicas', align: 'right' },
        { title: 'utility', align },
        { title: alike ? `p${[...percentiles][0]}` : 'latency', align: 'right' },
        { title: 'SLO', align: 'right' },
        { title: 'slack', align: 'right' },
        { title: 'one more', align: 'right' },
      ],
      bySlack(preview.jobs).map((job) => [
        job.name + (job.name === preview.neediest ? ' ◂' : ''),
        `${job.replicas}`,
        utilityOf(job),
        `${alike ? '' : `p${job.percentile} `}${milliseconds(job.latencyMs)}`,
        milliseconds(job.sloMs),
        job.slack >= 0 ? percent(job.slack) : paint.red(`✗ ${percent(job.slack)}`),
        job.gain === null ? 'at max' : signed(job.gain),
      ]),
      width,
    );
  const lines = utilities(({ utility }) => `${bar(utility, 8)} ${significant(utility)}`, 'left');
  // A name can be told from others only by its letters: the bars give way first.
  return lines.some((line) => line.includes('…')) ? utilities(({ utility }) => significant(utility), 'right') : lines;
}

function capacityLines({ capacity, objective, enough, neediest }: InferencePreview, paint: Paint, width: number) {
  const { used, replicas, unit } = capacity;
  const amount = unit === 'memory' ? bytes : significant;
  return [
    `capacity  ${bar(used / replicas, 20)} ${amount(used)} of ${amount(replicas)} ${unit}`,
    `${objective.name}  ${significant(objective.value)} of ${significant(objective.best)}`,
    ...wrapped(enough.words, width),
    ...(neediest === null ? [] : [paint.dim('◂ would gain most from another replica')]),
  ];
}

/** Jobs for which the same is to be said are named together; those with the least slack come first. */
function reasons({ jobs }: InferencePreview, paint: Paint, width: number): string[] {
  const names = new Map<string, string[]>();
  for (const { name, why } of bySlack(jobs)) names.set(why.words, [...(names.get(why.words) ?? []), name]);
  const listed = [...names].slice(0, MOST_REASONS);
  const left = [...names].slice(MOST_REASONS).reduce((sum, [, same]) => sum + same.length, 0);
  return [
    'why so many:',
    ...listed.flatMap(([words, same]) => wrapped(`${listOf(same, 4)}: ${words}`, width, '  ')),
    ...(left === 0 ? [] : [paint.dim(`… and ${left} more, with --format json`)]),
  ];
}

function replayLines(
  { minutes, seeds, policy: own, policies, series }: NonNullable<InferencePreview['replay']>,
  paint: Paint,
  width: number,
): string[] {
  const of = seeds > 1 ? `, mean and half the range of ${seeds} seeds` : '';
  const names = series.map(({ job }) => cutMiddle(job, Math.floor(width / 3)));
  const room = Math.max(...names.map(displayWidth));
  return [
    `the trace replayed, ${minutes} minutes${of}:`,
    ...table(
      [
        { title: 'policy' },
        { title: 'over SLO', align: 'right' },
        { title: 'lost utility', align: 'right' },
        { title: 'replicas', align: 'right' },
        { title: 'requests', align: 'right' },
      ],
      policies.map(({ policy, violationRate, lostUtility, averageReplicas, requests }) => [
        policy === own ? paint.bold(`${policy} ◂`) : policy,
        `${withBand(violationRate, 100)} %`,
        withBand(lostUtility),
        withBand(averageReplicas),
        significant(requests),
      ]),
      width,
    ),
    paint.dim('◂ the policy of this spec'),
    '',
    'arrivals a minute:',
    ...series.map(({ arrivalsPerMinute }, i) => {
      const line = sparkline(arrivalsPerMinute, Math.max(10, width - room - 14));
      return `${names[i]!}${' '.repeat(room - displayWidth(names[i]!))}  ${line}`;
    }),
  ];
}

/** `1.21 ± 0.05`: the mean, and half of what lies between the least and the most. */
function withBand({ mean, least, most }: Spread, times = 1): string {
  return most > least ? plusMinus(mean * times, ((most - least) / 2) * times) : significant(mean * times);
}
