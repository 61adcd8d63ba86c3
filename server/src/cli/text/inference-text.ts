/** The preview of an InferenceCluster as text: its jobs, why each has what it has, and the policies on its trace. */
import type { InferencePreview, JobPreview, Spread } from '../../preview/model.ts';
import { POLICY_NAMES } from '../../preview/policy-name.ts';
import { listOf, sleepOf } from '../../preview/words.ts';
import type { Paint } from '../terminal.ts';
import { amount, bareAmount, count, measuredPercent, milliseconds, plusMinus, threeDigits } from './number.ts';
import { bar, cutMiddle, displayWidth, ruler, sparkline, table, wrapped } from './table.ts';

/** Reasons listed one by one; a longer list is read as JSON. */
const MOST_REASONS = 8;

/** What the allocation says, and the replay below it where there is one. */
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

/** What comes later than the allocation: the headline of both, and the replay. */
export function dayText({ sentence, replay }: InferencePreview, paint: Paint, width: number): string[] {
  return [...wrapped(sentence, width), ...(replay === null ? [] : ['', ...replayLines(replay, paint, width)])];
}

function bySlack(jobs: readonly JobPreview[]): JobPreview[] {
  return [...jobs].sort((a, b) => a.slack - b.slack);
}

function jobTable(preview: InferencePreview, paint: Paint, width: number): string[] {
  const percentiles = new Set(preview.jobs.map(({ percentile }) => percentile));
  const alike = percentiles.size === 1;
  const utilities = (utilityOf: (job: JobPreview) => string, align: 'left' | 'decimal'): string[] =>
    table(
      [
        { title: 'job', shrink: 'middle' },
        { title: 'replicas', align: 'right' },
        { title: 'utility', align },
        { title: alike ? `p${[...percentiles][0]}` : 'latency', align: 'decimal' },
        { title: 'SLO', align: 'decimal' },
        { title: 'slack', align: 'decimal' },
        { title: 'one more', align: 'decimal' },
      ],
      bySlack(preview.jobs).map((job) => [
        job.name + (job.name === preview.neediest ? ' ◂' : ''),
        replicasText(job),
        utilityOf(job),
        `${alike ? '' : `p${job.percentile} `}${milliseconds(job.latencyMs)}`,
        milliseconds(job.sloMs),
        job.slack >= 0 ? measuredPercent(job.slack) : paint.red(`✗ ${measuredPercent(job.slack)}`),
        job.gain === null ? 'at max' : change(job.gain),
      ]),
      width,
    );
  const lines = utilities(({ utility }) => `${bar(utility, 8)} ${threeDigits(utility)}`, 'left');
  // A name can be utilities from others only by its letters: the bars give way first.
  return lines.some((line) => line.includes('…')) ? utilities(({ utility }) => threeDigits(utility), 'decimal') : lines;
}

function replicasText(job: JobPreview): string {
  const sleep = sleepOf(job);
  return sleep === undefined ? count(job.replicas) : `0 (${sleep})`;
}

/** One bar a resource, the tightest first: what is used up there stops further replicas, whatever is left of the others. */
function capacityLines({ capacity, objective, enough, neediest }: InferencePreview, paint: Paint, width: number) {
  const { resources } = capacity;
  const room = Math.max(...resources.map(({ name }) => name.length));
  const amounts = resources.map(({ name, used }) => bareAmount(used, name));
  const wide = Math.max(...amounts.map(displayWidth));
  return [
    ...resources.map(({ name, used, capacity: limit }, i) => {
      const word = resources.length === 1 ? 'capacity' : name.padEnd(room);
      const full = used / limit > 1 - 1e-9 ? '  all used' : '';
      return `${word}  ${bar(used / limit, 20)} ${amounts[i]!.padStart(wide)} of ${amount(limit, name)}${full}`;
    }),
    `objective ${objective.name} ${threeDigits(objective.value)}, at best ${threeDigits(objective.best)}`,
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

function replayLines(replay: NonNullable<InferencePreview['replay']>, paint: Paint, width: number): string[] {
  const { minutes, seeds, policy: own, trainedForecast } = replay;
  const of = seeds > 1 ? `, mean ± half the range of ${seeds} seeds` : '';
  const policies = [...replay.policies].sort((a, b) => a.violationRate.mean - b.violationRate.mean);
  return [
    ...wrapped(`the load replayed, ${count(minutes)} minutes${of}; the fewest over their SLO first:`, width),
    ...table(
      [
        { title: 'policy' },
        { title: 'over SLO', align: 'decimal' },
        { title: 'lost utility', align: 'decimal' },
        { title: 'replicas', align: 'decimal' },
        { title: 'requests', align: 'right' },
      ],
      policies.map(({ policy, violationRate, lostUtility, averageReplicas, requests }) => [
        policy === own ? paint.bold(`${POLICY_NAMES[policy]} ◂`) : POLICY_NAMES[policy],
        `${withBand(violationRate, 100)} %`,
        withBand(lostUtility),
        withBand(averageReplicas),
        count(requests),
      ]),
      width,
    ),
    paint.dim('◂ the policy of this spec'),
    ...(trainedForecast
      ? []
      : wrapped(
          'Berth, Faro and MArk forecast from what the replay has brought so far; a file of past days (autoscaler.forecast) would tell them more.',
          width,
        ).map((line) => paint.dim(line))),
    '',
    ...arrivalLines(replay, width),
  ];
}

/** One line a job, all over one ruler of hours; each to its own height, which is told beside it. */
function arrivalLines({ minutes, series }: NonNullable<InferencePreview['replay']>, width: number): string[] {
  const names = series.map(({ job }) => cutMiddle(job, Math.floor(width / 3)));
  const room = Math.max(...names.map(displayWidth));
  const peaks = series.map(({ arrivalsPerMinute }) => count(Math.max(0, ...arrivalsPerMinute)));
  const peakRoom = Math.max('peak'.length, ...peaks.map(displayWidth));
  const cells = Math.max(10, width - room - peakRoom - 4);
  const lines = series.map(({ arrivalsPerMinute }) => sparkline(arrivalsPerMinute, cells));
  const wide = Math.max(...lines.map(displayWidth));
  const title = 'requests a minute';
  return [
    `${title}${' '.repeat(Math.max(2, room + wide + 4 + peakRoom - title.length - 'peak'.length))}peak`,
    ...lines.map(
      (line, i) =>
        `${names[i]!}${' '.repeat(room - displayWidth(names[i]!))}  ${line}${' '.repeat(wide - displayWidth(line))}  ${peaks[i]!.padStart(peakRoom)}`,
    ),
    `${' '.repeat(room + 2)}${ruler(minutes, wide)}`,
  ];
}

/** `1.21 ± 0.05`: the mean, and half of what lies between the least and the most. */
function withBand({ mean, least, most }: Spread, times = 1): string {
  return most > least ? plusMinus(mean * times, ((most - least) / 2) * times) : threeDigits(mean * times);
}

/** `+0.490`, `−1.29`: what one more replica would do; `±0` where it is next to nothing. */
function change(value: number): string {
  if (Math.abs(value) < 5e-4) return '±0';
  return `${value > 0 ? '+' : '−'}${threeDigits(Math.abs(value))}`;
}
