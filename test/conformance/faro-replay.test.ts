import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultControlTimes } from '../../server/src/faro/control/control-loop.ts';
import { lastMinutes } from '../../server/src/faro/forecast/forecast.ts';
import type { Objective } from '../../server/src/faro/allocation/objective.ts';
import { measuredResNet34 } from '../../server/src/faro/simulator/service-time.ts';
import { simulate } from '../../server/src/faro/simulator/simulate.ts';
import type { Replay, ScalingPolicy } from '../../server/src/faro/simulator/simulate.ts';
import { job } from '../unit/faro/golden-instance.ts';
import { describeWithSharedData, sharedData } from './shared-data.ts';

/** The evaluation trace of the reference: requests per minute, by job. */
function evaluationTrace(): number[][] {
  const lines = readFileSync(sharedData('faro/eval-day11.csv'), 'utf8').trim().split('\n');
  const rows = lines.slice(1).map((line) => line.split(',').slice(1).map(Number));
  return rows[0]!.map((_, column) => rows.map((row) => row[column]!));
}

function faro(kind: Objective['kind']): ScalingPolicy {
  const objective: Objective = { kind };
  return { kind: 'faro', control: { ...defaultControlTimes, objective, forecaster: lastMinutes() } };
}

describeWithSharedData('replay of the evaluation trace, ten jobs', () => {
  const replay = (replicas: number, policy: ScalingPolicy): Replay => {
    const countsPerMinute = evaluationTrace();
    const jobs = countsPerMinute.map((_, i) => job({ name: `job${i}` }));
    const settings = { seed: 42, service: measuredResNet34, queueLimit: 51 };
    const result = simulate({ jobs, countsPerMinute, capacity: { replicas }, policy, ...settings });
    if (result.kind !== 'finished') throw new Error(result.kind);
    expect(result.requests).toBe(2_675_770);
    return result;
  };

  // Published means (reference, section 11). The replay has neither the routing times nor the round robin of the reference's
  // simulator, whose full mechanics are judged elsewhere; what it must get right is how much and in which order.
  test('equal shares violate about as often as published', () => {
    const at32 = replay(32, { kind: 'fairShare' });
    expect(Math.abs(at32.violationRate - 0.1629)).toBeLessThan(0.02);
    expect(Math.abs(at32.failed / 58_728 - 1)).toBeLessThan(0.05);
    const at16 = replay(16, { kind: 'fairShare' });
    expect(Math.abs(at16.violationRate - 0.9102)).toBeLessThan(0.01);
    expect(Math.abs(at16.failed / 1_340_038 - 1)).toBeLessThan(0.01);
  });

  test('policies come in the published order', () => {
    const [equal, sum, fairSum] = [
      replay(32, { kind: 'fairShare' }),
      replay(32, faro('Sum')),
      replay(32, faro('FairSum')),
    ];
    expect(fairSum.violationRate).toBeLessThan(sum.violationRate);
    expect(sum.violationRate).toBeLessThan(equal.violationRate / 2);
    expect(Math.abs(fairSum.violationRate - 0.0314)).toBeLessThan(0.01);
    expect(Math.abs(sum.violationRate - 0.0514)).toBeLessThan(0.015);
    // In heavy shortage fairness costs more than it brings.
    expect(replay(16, faro('Sum')).violationRate).toBeLessThan(replay(16, faro('FairSum')).violationRate - 0.1);
  });
});
