/** Runs of the evaluation by the names of their policies, so that they can be done in threads. */
import { without } from '../../server/src/faro/control/ablation.ts';
import type { Objective } from '../../server/src/faro/allocation/objective.ts';
import { aiad, fairShare, oneshot } from '../../server/src/faro/control/baselines.ts';
import { berth, defaultBerthOptions } from '../../server/src/faro/control/berth.ts';
import type { Shedding } from '../../server/src/faro/control/berth.ts';
import { defaultFaroOptions, faro } from '../../server/src/faro/control/faro.ts';
import type { FaroOptions } from '../../server/src/faro/control/faro.ts';
import { mark } from '../../server/src/faro/control/mark.ts';
import type { ClusterDeclaration, ScalingPolicy } from '../../server/src/faro/control/scaling-policy.ts';
import type { Forecaster } from '../../server/src/faro/forecast/forecast.ts';
import { defaultLatencyModel } from '../../server/src/faro/utility/mdc-latency.ts';
import { inThreads } from '../../server/src/host/thread-pool.ts';
import {
  evaluationRun,
  evaluationTrace,
  lostAsPublished,
  onceSeen,
  trainedOnTheDaysBefore,
} from './faro-evaluation.ts';

/** One run: a policy of the reference by the name in its tables, or Berth's own. */
export interface EvaluatedRun {
  readonly policy: string | { readonly shedding: Shedding; readonly router: 'own' | 'as published' };
  readonly replicas: number;
  readonly seed: number;
}

/** Fractions and lost utilities, converted to how they were published. */
export interface RunFigures {
  readonly requests: number;
  readonly violation: number;
  readonly lost: number;
  readonly lostEffective: number;
}

/**
 * Does the runs of all rows in as many threads as there are cores, row after row.
 *
 * @returns for each row, what came of its runs, as soon as the last of them is done.
 */
export function evaluatedRows(
  rows: readonly (readonly EvaluatedRun[])[],
  signal: AbortSignal,
): readonly Promise<readonly RunFigures[]>[] {
  const runs = rows.flatMap((row, i) => row.map((run) => ({ run, row: i })));
  const done = rows.map((): RunFigures[] => []);
  const waiting = rows.map(() => Promise.withResolvers<readonly RunFigures[]>());
  const all = inThreads<EvaluatedRun, RunFigures>(
    new URL('./faro-evaluated-run-worker.ts', import.meta.url),
    runs.map(({ run }) => run),
    {
      signal,
      onAnswer: (figures, task) => {
        const { row } = runs[task]!;
        done[row]!.push(figures);
        if (done[row]!.length === rows[row]!.length) waiting[row]!.resolve(done[row]!);
      },
    },
  );
  all.catch((error: unknown) => waiting.forEach(({ reject }) => reject(error)));
  return waiting.map(({ promise }) => promise);
}

/** Reads the trace and trains the forecaster once; the runs that it then does are independent of one another. */
export function evaluator(): (run: EvaluatedRun) => RunFigures {
  const counts = evaluationTrace();
  const forecaster = trainedOnTheDaysBefore();
  return ({ policy, replicas, seed }) => {
    const replay = evaluationRun(
      counts,
      replicas,
      (cluster) =>
        typeof policy === 'string'
          ? publishedPolicy(policy, cluster, onceSeen(forecaster))
          : berthPolicy(policy, cluster, forecaster),
      seed,
    );
    return {
      requests: replay.requests,
      violation: replay.violationRate,
      lost: lostAsPublished(replay, replay.lostUtility, counts, seed),
      lostEffective: lostAsPublished(replay, replay.lostEffectiveUtility, counts, seed),
    };
  };
}

function berthPolicy(
  { shedding, router }: Exclude<EvaluatedRun['policy'], string>,
  cluster: ClusterDeclaration,
  forecaster: Forecaster,
): ScalingPolicy {
  const options = { ...defaultBerthOptions, shedding, forecaster };
  return berth(cluster, router === 'own' ? options : without('router', options));
}

function publishedPolicy(name: string, cluster: ClusterDeclaration, forecaster: Forecaster): ScalingPolicy {
  const faroWith = (kind: Objective['kind'], changes: Partial<FaroOptions> = {}): ScalingPolicy =>
    faro(cluster, {
      ...defaultFaroOptions,
      objective: { kind },
      search: { solver: 'cobyla' },
      ...changes,
    });
  switch (name) {
    case 'FairShare':
      return fairShare(cluster);
    case 'Oneshot':
      return oneshot(cluster);
    case 'AIAD':
      return aiad(cluster);
    case 'MArk':
      return mark(cluster, { forecaster, quantile: 0.6, horizonMinutes: 7 });
    default: {
      const part = ablation(name, forecaster);
      return part ? faroWith('FairSum', part) : faroWith(name as Objective['kind'], { forecaster });
    }
  }
}

/** What the ablations, all of them FairSum, have of Faro (reference, section 10): each one thing more than the one before. */
function ablation(name: string, forecaster: Forecaster): Partial<FaroOptions> | undefined {
  const step = ['conf1', 'conf2', 'conf3', 'conf4', 'conf5', 'conf6', 'final'].indexOf(name) + 1;
  if (step === 0) return undefined;
  return {
    models: {
      utilityShape: step >= 2 ? { kind: 'relaxed', alpha: 1 } : { kind: 'step' },
      latencyModel: step >= 3 ? defaultLatencyModel : { kind: 'upperBound' },
    },
    ...(step >= 4 ? { forecaster } : {}),
    ...(step >= 5 ? {} : { isReactive: false, firstAllocationSeconds: 300 }),
    search: { solver: 'cobyla', shrinks: step >= 6 },
    adaptsQuantile: step >= 7,
  };
}
