import { experimentReport, type ExperimentReport } from '../../../server/src/cli/experiment/experiment-report.ts';
import type { Outcome } from '../../../server/src/faro/experiment/comparison.ts';
import { trialsOf, type Axes, type Trial } from '../../../server/src/faro/experiment/grid.ts';
import { cluster, job } from '../preview/specs.ts';

/** An experiment on a cluster of 8 replicas with two jobs, as it comes out where the violation rates are as they are told. */
export function report(axes: Partial<Axes>, violation: (trial: Trial) => number): ExperimentReport {
  const whole: Axes = {
    policies: ['fairShare', 'aiad'],
    objectives: ['Sum'],
    sheddings: ['bounded'],
    ablations: [],
    capacities: [null],
    seeds: [1, 2],
    ...axes,
  };
  const outcome = (trial: Trial): Outcome => {
    const violationRate = violation(trial);
    const totals = { violationRate, lostUtility: 3 * violationRate, lostEffectiveUtility: 2 * violationRate };
    const figures = { ...totals, requests: 100, failed: 0, meanMs: 5, p99Ms: null, averageReplicas: 4 };
    return { ...figures, perJob: ['a', '<tags>'].map((name) => ({ name, ...figures })) };
  };
  const spec = cluster({ name: 'vision', jobs: [job('a'), job('b')] });
  return experimentReport(spec, whole, trialsOf(whole).map(outcome));
}
