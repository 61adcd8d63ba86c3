/**
 * The headline of an InferenceCluster: what a whole day would be like, and what its busiest minutes ask for. The second is known at once,
 * the first when the load was replayed; each headline holds with what is known when it is shown.
 */
import type { Objective } from '../spec/types.ts';
import { amount, bareAmount, measuredPercent } from './figures.ts';
import type { JobPreview, ResourcePreview } from './model.ts';
import { POLICY_NAMES } from './policy-name.ts';
import type { ReplayPreview } from './replay.ts';
import { allSlos } from './sufficient-capacity.ts';
import { capitalised, countOf, figureOf, listOf, uncapitalised, word } from './words.ts';

/** What the allocation says: of the load's busiest minutes where it comes from traces. */
export interface Peak {
  readonly jobs: readonly JobPreview[];
  /** The resource of which the largest share is used. */
  readonly tightest: ResourcePreview;
  readonly objective: Objective;
  /** Replicas that the objective rather leaves idle. */
  readonly idle: number;
  /** Null where every rate is constant. */
  readonly at: { readonly minute: number; readonly minutes: number } | null;
}

/** Before anything was replayed. */
export function peakSentence(peak: Peak): string {
  const { at } = peak;
  const answer = peakAnswer(peak);
  return at === null ? capitalised(answer) : `At the trace's ${busiest(at)}, ${answer}`;
}

/** With the replay: the day first, then its peak. */
export function daySentence(peak: Peak, { minutes, policy, policies }: ReplayPreview): string {
  const { at, jobs } = peak;
  const share = policies.find((entry) => entry.policy === policy)?.violationRate.mean ?? 0;
  const span = minutes % 60 === 0 ? figureOf(minutes / 60, 'hour') : figureOf(minutes, 'minute');
  const whole = span.replace(/^1 /, '');
  const over = at === null ? `Over ${span} of this load` : `Over the ${whole} of the trace`;
  const name = POLICY_NAMES[policy];
  const day = `${over}, ${share === 0 ? 'no request is over its SLO' : `${measuredPercent(share)} of requests are over their SLO`} under ${name}`;
  const allMet = jobs.every(({ slack }) => slack >= 0);
  const joint = allMet ? (share === 0 ? ', and' : ', though') : share === 0 ? ', yet' : ';';
  return `${day}${joint}${at === null ? '' : ` at its ${busiest(at)}`} ${peakAnswer(peak)}`;
}

function busiest({ minute, minutes }: NonNullable<Peak['at']>): string {
  return `busiest ${minutes === 1 ? 'minute' : `${minutes} minutes`} (from minute ${minute})`;
}

function peakAnswer({ jobs, tightest, objective, idle }: Peak): string {
  const of = `${bareAmount(tightest.used, tightest.name)} of ${amount(tightest.capacity, tightest.name)}`;
  const misses = jobs.filter((job) => job.slack < 0);
  if (misses.length === 0) return `${met(jobs)} with ${of}; ${slack(jobs)}.`;
  const who = listOf(misses.map((job) => job.name));
  const be = misses.length === 1 ? 'is' : 'are';
  const how =
    misses.length === jobs.length
      ? uncapitalised(allSlos(jobs.length))
      : `${word(misses.length)} of ${countOf(jobs.length, 'SLO')}`;
  const left =
    idle === 0
      ? ''
      : `; ${objective} leaves room for ${figureOf(idle, 'replica')} idle, since using it would set the jobs further apart`;
  return `${how} ${be} missed with ${of}: ${who}${left}.`;
}

function met(jobs: readonly JobPreview[]): string {
  return `${uncapitalised(allSlos(jobs.length))} ${jobs.length === 1 ? 'is' : 'are'} met`;
}

function slack(jobs: readonly JobPreview[]): string {
  const tightest = jobs.reduce((least, job) => (job.slack < least.slack ? job : least), jobs[0]!);
  const share = measuredPercent(tightest.slack);
  return jobs.length === 1 ? `the slack is ${share}` : `${tightest.name} has the least slack: ${share}`;
}
