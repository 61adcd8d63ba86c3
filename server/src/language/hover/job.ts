/**
 * Hover on a job: where it stands, what one replica more or less would do, its utility curve, and why it has what it has. In this order,
 * since an editor cuts a hover at some 220 pixels.
 */
import type { InferencePreview, JobPreview } from '../../preview/model.ts';
import { figureOf, percent, quantity, signed, three } from '../../preview/words.ts';
import { amount, bareAmount, duration, threeDigits } from '../../preview/figures.ts';
import { milliseconds } from '../amount.ts';
import { paragraphs, plain, table } from '../markdown.ts';
import { utilityPicture } from '../pictures/utility-picture.ts';

export function jobHover(preview: InferencePreview, job: JobPreview): string {
  return paragraphs([
    standing(job),
    neighbours(preview, job),
    sleeping(job),
    ...(isFlat(job)
      ? [flat(preview, job), plain(job.why.words)]
      : [utilityPicture(job), plain(job.why.words), advice(preview, job)]),
  ]);
}

/** The cluster as a whole, for its capacity and its objective. */
export function clusterHover(preview: InferencePreview): string {
  const { objective, neediest } = preview;
  return paragraphs([
    plain(preview.sentence),
    `${objective.name} is **${three(objective.value)}** of at most ${three(objective.best)}; ${usedOf(preview.capacity)}.`,
    plain(preview.enough.words),
    neediest === null ? undefined : `Another replica would help ${plain(neediest)} most.`,
  ]);
}

/** `8 of 8 accelerators, 26 of 32 cpu are used`: what is used up first comes first. */
function usedOf({ resources }: InferencePreview['capacity']): string {
  const all = resources.map(({ name, used, capacity }) => `${bareAmount(used, name)} of ${amount(capacity, name)}`);
  return `${all.join(', ')} ${resources.length === 1 && resources[0]!.used === 1 ? 'is' : 'are'} used`;
}

function standing(job: JobPreview): string {
  const { sleep } = job;
  if (sleep && job.replicas === 0)
    return (
      `**${plain(job.name)}** sleeps with **no replica** at ${three(job.ratePerSecond)} requests/s: ` +
      `the first request wakes it, and waits **${quantity(sleep.wakesInMs, 'duration')}** for its cold start.`
    );
  const room = job.slack >= 0 ? `${percent(job.slack)} to spare` : `**${percent(-job.slack)} too slow**`;
  return (
    `**${plain(job.name)}** has **${figureOf(job.replicas, 'replica')}** at ${three(job.ratePerSecond)} requests/s: ` +
    `p${job.percentile} **${milliseconds(job.latencyMs)}** of ${milliseconds(job.sloMs)}, ${room}; utility ${three(job.utility)}.`
  );
}

/** When a job that is awake goes to sleep. */
function sleeping({ sleep, replicas }: JobPreview): string | undefined {
  if (!sleep || replicas === 0) return undefined;
  return `After ${quantity(sleep.afterMs, 'duration')} without a request it sleeps without a replica; whoever wakes it waits ${quantity(sleep.wakesInMs, 'duration')}.`;
}

/** A curve on which nothing would be seen: one replica already does as well as any number. */
function isFlat({ curve }: JobPreview): boolean {
  const utilities = curve.map(({ utility }) => utility);
  return curve.length > 0 && Math.max(...utilities) - Math.min(...utilities) < 5e-4;
}

function flat(preview: InferencePreview, job: JobPreview): string {
  const [one] = job.curve;
  return one!.latencyMs <= job.sloMs
    ? `One replica already meets the SLO (${milliseconds(one!.latencyMs)}): its utility is the same with any number.`
    : `Its utility is ${three(one!.utility)} with any number of replicas. ${advice(preview, job)}`;
}

function neighbours(preview: InferencePreview, job: JobPreview): string {
  const row = (step: number, change: number | null): string[][] => {
    const point = job.curve.find(({ replicas }) => replicas === job.replicas + step);
    if (!point || (step !== 0 && change === null)) return [];
    const label =
      step === 0 ? `**${point.replicas} now**` : `${point.replicas} (${step > 0 ? 'one more' : 'one less'})`;
    const objective = step === 0 ? threeDigits(preview.objective.value) : signed(change ?? 0);
    return [[label, duration(point.latencyMs ?? Infinity), threeDigits(point.utility), objective]];
  };
  const rows = [...row(-1, job.loss), ...row(0, 0), ...row(1, job.gain)];
  return rows.length < 2 ? '' : table(['replicas', `p${job.percentile}`, 'utility', preview.objective.name], rows);
}

function advice(preview: InferencePreview, job: JobPreview): string {
  if (job.needed === null) return 'No number of replicas, and so no capacity, meets this SLO at this load.';
  const needed = `${figureOf(job.needed, 'replica')} ${job.needed === 1 ? 'meets' : 'meet'} the SLO at this load`;
  if (preview.enough.never.includes(job.name))
    return `${needed}, more than its maximum of ${job.max}: no capacity meets it.`;
  return `${needed}${preview.neediest === job.name ? '; of all jobs this one would gain most from another' : ''}.`;
}
