import { describe, expect, test } from 'vitest';
import { defaultHybridTimes, hybrid } from '../../../../server/src/faro/control/hybrid.ts';
import type { HybridTimes } from '../../../../server/src/faro/control/hybrid.ts';
import { job } from '../golden-instance.ts';
import { lookAt, seen } from './observed.ts';

/** When predictive steps are made, and when the step before was, of looks at these times. */
function stepsAt(looks: readonly number[], times: Partial<HybridTimes> = {}): (readonly [number, number | null])[] {
  const steps: [number, number | null][] = [];
  const policy = hybrid({
    name: 'faro',
    jobs: [job({ name: 'a' })],
    times: { ...defaultHybridTimes, ...times },
    isReactive: true,
    initialReplicas: [1],
    predictive: ({ nowSeconds }, last) => {
      steps.push([nowSeconds, last]);
      return { requests: [] };
    },
  });
  let state = policy.initialState;
  for (const now of looks) ({ state } = policy.decide(state, lookAt(now, seen('a'))));
  return steps;
}

describe('predictive steps', () => {
  const everyTen = Array.from({ length: 90 }, (_, i) => 10 * (i + 1));

  test('come first after a minute and then at multiples of the interval', () => {
    expect(stepsAt(everyTen)).toEqual([
      [60, null],
      [300, 60],
      [600, 300],
      [900, 600],
    ]);
  });

  test('come first at their interval where the times say so', () => {
    expect(stepsAt(everyTen, { firstAllocationSeconds: 300 }).map(([now]) => now)).toEqual([300, 600, 900]);
  });

  test('that were missed are made once, and the next at its own time', () => {
    const late = [60, 290, 317, 320, 610, 1250, 1260, 1500];
    expect(stepsAt(late).map(([now]) => now)).toEqual([60, 317, 610, 1250, 1500]);
  });
});
