/** Why a job got what it got, in one sentence for people. */
import type { AllocationExplanation, Explanation } from '../faro/allocation/explanation.ts';
import type { Objective } from '../spec/types.ts';
import type { Reason } from './model.ts';
import { threeDigits } from './figures.ts';
import { figureOf, word } from './words.ts';

export interface ReasonContext {
  readonly objective: Objective;
  /** The replica in the whole cluster that would be missed least. */
  readonly marginal: AllocationExplanation['marginal'];
  /** Jobs in the cluster. */
  readonly jobs: number;
  readonly maxReplicas: number;
  /** What the objective would change by with one replica less; undefined at the job's minimum. */
  readonly loss: number | undefined;
  /** Whether the maximum is just what the capacity holds. */
  readonly limitedByCapacity: boolean;
}

export function reason(explained: Explanation, context: ReasonContext): Reason {
  const { limit, more } = explained;
  return {
    limit: limit.kind,
    ...(limit.kind === 'capacity' ? { resource: limit.resource } : {}),
    next: more === undefined ? null : { replicas: more.replicas, gain: more.changePerReplica },
    words: `${last(explained, context)}; ${stopped(explained, context)}.`,
  };
}

/** What the last replica brings, beside the one that is worth least in the whole cluster. */
function last({ job, replicas }: Explanation, { objective, marginal, jobs, loss }: ReasonContext): string {
  if (loss === undefined) return `It has its minimum of ${figureOf(replicas, 'replica')}`;
  const adds = `Its last replica adds ${gain(-loss)} to ${objective}`;
  if (marginal === undefined || jobs === 1) return adds;
  if (marginal.job === job) return `${adds}, the least of all jobs`;
  return `${adds} (that of ${marginal.job} adds the least: ${gain(marginal.worthPerReplica)})`;
}

/** What stopped it from having more. */
function stopped({ limit, more }: Explanation, context: ReasonContext): string {
  if (limit.kind === 'ownMaximum')
    return context.limitedByCapacity
      ? 'the capacity holds no more of it'
      : `its own maximum of ${context.maxReplicas} allows no more`;
  if (limit.kind === 'noGain' || more === undefined) return 'a further one would not raise its utility';
  const one = more.replicas === 1;
  const further = one ? 'a further one' : `${word(more.replicas)} further ones`;
  const would = `${further} would add ${gain(more.changePerReplica)}${one ? '' : ' each'}`;
  switch (limit.kind) {
    case 'spread':
      return `${further} would raise its utility by ${gain(more.utilityChange)} but ${lowered(context.objective, -more.changePerReplica * more.replicas)}, since the jobs would be further apart`;
    case 'changePrice':
      return `${would}, less than the change costs`;
    case 'capacity':
      return `${would}, but ${left(limit.resource, one)}`;
    case 'nodes':
      return `${would}, but no node has room for ${one ? 'it' : 'them'}`;
    case 'solver':
      return `${would}, and there is room: this allocation is close to the best one`;
  }
}

function lowered(objective: Objective, by: number): string {
  return by < 1e-9 ? `not ${objective}` : `lower ${objective} by ${gain(by)}`;
}

function left(resource: string, one: boolean): string {
  if (resource === 'replicas') return one ? 'no replica is left' : 'not enough replicas are left';
  return `not enough ${resource} ${resource === 'accelerators' ? 'are' : 'is'} left`;
}

/** What is next to nothing is not told in more zeros. */
function gain(value: number): string {
  if (Math.abs(value) < 1e-9) return 'nothing';
  return Math.abs(value) < 1e-3 ? 'under 0.001' : threeDigits(value);
}
