/** An InferenceCluster as drawings: what each job has and gets for it, and the day of its trace. */
import { categoryColour, line, polyline, rect, text } from '../../language/pictures/svg.ts';
import type { InferencePreview, JobPreview, ReplaySeries } from '../../preview/model.ts';
import { figureOf, sleepOf } from '../../preview/words.ts';
import { measuredPercent, milliseconds, significant } from '../text/number.ts';
import { fitting, leftOut, WIDTH, type Part } from './part.ts';

const MOST_JOBS = 24;
const NAME = 150;

export function servingParts(preview: InferencePreview): Part[] {
  const parts = [allocation(preview)];
  if (preview.replay && preview.replay.minutes > 0) parts.push(replayed(preview.replay));
  return parts;
}

const ROW = 26;
const BLOCK = 12;
const LATENCY = 470;
const LATENCY_WIDTH = 230;

/** A row a job: its replicas as blocks, and its latency against the SLO. */
function allocation({ jobs }: InferencePreview): Part {
  const shown = jobs.slice(0, MOST_JOBS);
  const room = LATENCY - NAME - 110;
  const block = Math.min(BLOCK + 2, room / Math.max(1, ...shown.map(({ replicas }) => replicas)));
  const body = [
    text(NAME, 10, 'replicas', 'class="soft"'),
    text(LATENCY, 10, 'latency at its percentile; the SLO is the upright mark', 'class="soft"'),
    ...shown.flatMap((job, i) => row(job, i, 18 + i * ROW, block)),
  ];
  const height = 18 + shown.length * ROW;
  if (jobs.length > shown.length) body.push(leftOut(height + 12, jobs.length - shown.length, 'jobs'));
  return { title: 'Allocation', width: WIDTH, height: height + (jobs.length > shown.length ? 18 : 0), body };
}

function row(job: JobPreview, i: number, y: number, block: number): string[] {
  const middle = y + ROW / 2;
  const colour = categoryColour(i);
  const most = Math.max(job.sloMs * 1.5, 1e-9);
  const x = (ms: number): number => LATENCY + (Math.min(ms, most) / most) * LATENCY_WIDTH;
  const meets = job.latencyMs <= job.sloMs;
  const blocks = Array.from({ length: job.replicas }, (_, k) =>
    rect(NAME + k * block, middle - BLOCK / 2, Math.max(0.8, block - 2), BLOCK, `fill="${colour}"`),
  );
  return [
    text(0, middle + 4, fitting(job.name, NAME - 12)),
    ...blocks,
    text(NAME + job.replicas * block + 4, middle + 4, [`${job.replicas}`, sleepOf(job) ?? []].flat().join(', ')),
    rect(LATENCY, middle - 5, LATENCY_WIDTH, 10, 'class="bar"'),
    rect(LATENCY, middle - 5, x(job.latencyMs) - LATENCY, 10, `fill="${colour}"`),
    line(x(job.sloMs), middle - 9, x(job.sloMs), middle + 9, 'class="mark"'),
    text(
      WIDTH,
      middle + 4,
      `${meets ? '✓' : '✗'} p${job.percentile} ${milliseconds(job.latencyMs)} of ${milliseconds(job.sloMs)}`,
      `text-anchor="end"${meets ? '' : ' class="bad"'}`,
    ),
  ];
}

const LANE = 64;
const RIGHT = 190;

/** A lane a job: requests as an area, replicas as steps above it, and below it where requests were over their SLO. */
function replayed(replay: NonNullable<InferencePreview['replay']>): Part {
  const shown = replay.series.slice(0, MOST_JOBS);
  const x = (minute: number): number => NAME + (minute / replay.minutes) * (WIDTH - NAME - RIGHT);
  const body = shown.flatMap((series, i) => lane(series, i, i * LANE, x));
  const bottom = shown.length * LANE;
  for (const hour of hours(replay.minutes)) {
    body.push(line(x(hour * 60), 0, x(hour * 60), bottom + 4, 'class="grid"'));
    body.push(text(x(hour * 60), bottom + 17, hour === 0 ? '0' : `${significant(hour)} h`, 'text-anchor="middle"'));
  }
  if (replay.series.length > shown.length) body.push(leftOut(bottom + 34, replay.series.length - shown.length, 'jobs'));
  const title = `The trace replayed under ${replay.policy}: requests as areas, replicas as lines, minutes with requests over their SLO as marks`;
  return { title, width: WIDTH, height: bottom + (replay.series.length > shown.length ? 40 : 22), body };
}

function lane(series: ReplaySeries, i: number, top: number, x: (minute: number) => number): string[] {
  const colour = categoryColour(i);
  const [high, low] = [top + 6, top + LANE - 14];
  const peak = Math.max(...series.arrivalsPerMinute, 1);
  const replicas = Math.max(...series.replicas, 1);
  const y = (value: number, most: number): number => low - (value / most) * (low - high);
  const arrivals = series.arrivalsPerMinute.map((count, minute) => [x(minute + 0.5), y(count, peak)] as const);
  const ends = [[x(0), low] as const, ...arrivals, [x(series.arrivalsPerMinute.length), low] as const];
  const steps = series.replicas.flatMap((count, minute) => [
    [x(minute), y(count, replicas)] as const,
    [x(minute + 1), y(count, replicas)] as const,
  ]);
  const marks = series.violations.flatMap((count, minute) =>
    count > 0 ? [line(x(minute + 0.5), low + 2, x(minute + 0.5), low + 8, 'class="mark"')] : [],
  );
  const at = WIDTH - RIGHT + 12;
  return [
    polyline(ends, `style="fill: ${colour}; fill-opacity: .3"`),
    polyline(steps, `stroke="${colour}" stroke-width="1.5"`),
    line(x(0), low, x(series.arrivalsPerMinute.length), low, 'class="grid"'),
    ...marks,
    text(0, (high + low) / 2 + 4, fitting(series.job, NAME - 12)),
    text(at, high + 10, `up to ${significant(peak)} requests/min`, 'class="soft"'),
    text(at, high + 25, `up to ${figureOf(replicas, 'replica')}`, 'class="soft"'),
    text(
      at,
      high + 40,
      `${measuredPercent(series.violationRate)} over SLO`,
      series.violationRate > 0 ? '' : 'class="soft"',
    ),
  ];
}

/** Hours for a ruler, some eight of them. */
function hours(minutes: number): number[] {
  const step = [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48].find((hour) => minutes / 60 / hour <= 9) ?? 96;
  return Array.from({ length: Math.floor(minutes / 60 / step) + 1 }, (_, i) => i * step);
}
