import { describe, expect, it } from 'vitest';
import { bestOf, spreadOf, summaries, type Outcome } from '../../../../server/src/faro/experiment/comparison.ts';
import { trialsOf, variantsOf, type Axes } from '../../../../server/src/faro/experiment/grid.ts';

const axes: Axes = {
  policies: ['fairShare', 'faro', 'berth'],
  objectives: ['Sum', 'FairSum'],
  sheddings: ['none', 'bounded'],
  ablations: [],
  capacities: [16, 32],
  seeds: [1, 2, 3],
};

describe('the grid of an experiment', () => {
  it('varies of each policy what it knows, and nothing twice', () => {
    const at16 = variantsOf(axes).filter(({ capacity }) => capacity === 16);
    expect(at16.map(({ policy, objective, shedding }) => [policy, objective, shedding])).toEqual([
      ['fairShare', null, null],
      ['faro', 'Sum', null],
      ['faro', 'FairSum', null],
      ['berth', null, 'none'],
      ['berth', null, 'bounded'],
    ]);
  });

  it('tries berth whole and without each part, and nobody else', () => {
    const variants = variantsOf({
      ...axes,
      policies: ['faro', 'berth'],
      sheddings: ['none'],
      ablations: ['tables', 'spread'],
    });
    expect(variants.slice(0, 5).map(({ policy, without }) => [policy, without])).toEqual([
      ['faro', null],
      ['faro', null],
      ['berth', null],
      ['berth', 'tables'],
      ['berth', 'spread'],
    ]);
  });

  it('has every seed of a variant, one after another', () => {
    const trials = trialsOf(axes);
    expect(trials).toHaveLength(2 * 5 * 3);
    expect(trials.slice(0, 4).map(({ policy, objective, seed }) => [policy, objective, seed])).toEqual([
      ['fairShare', null, 1],
      ['fairShare', null, 2],
      ['fairShare', null, 3],
      ['faro', 'Sum', 1],
    ]);
  });
});

describe('spreads', () => {
  it('have the sample standard deviation, and none over one seed', () => {
    expect(spreadOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: expect.closeTo(2.13809, 5) as number });
    expect(spreadOf([3])).toEqual({ mean: 3, deviation: null });
    expect(spreadOf([7, 7, 7])).toEqual({ mean: 7, deviation: 0 });
  });

  it('lose no digits to a large mean', () => {
    expect(spreadOf([1e9, 1e9 + 1, 1e9 + 2]).deviation).toBeCloseTo(1, 12);
  });
});

describe('summaries', () => {
  const outcome = (violationRate: number): Outcome => {
    const totals = { violationRate, lostUtility: 2 * violationRate, lostEffectiveUtility: violationRate };
    const rest = { requests: 100, failed: 0, meanMs: 10, p99Ms: 20, averageReplicas: 3 };
    return { ...totals, ...rest, perJob: [{ name: 'a', ...totals, ...rest }] };
  };
  const small = { ...axes, policies: ['aiad', 'mark'], capacities: [null], seeds: [1, 2] } as const satisfies Axes;

  it('are over the seeds of each variant, the jobs included', () => {
    const [aiad, mark] = summaries(small, [0.1, 0.3, 0.05, 0.05].map(outcome));
    expect(aiad).toMatchObject({
      policy: 'aiad',
      capacity: null,
      violationRate: { mean: expect.closeTo(0.2, 12) as number },
      lostUtility: { mean: expect.closeTo(0.4, 12) as number },
      perJob: [{ name: 'a', violationRate: { mean: expect.closeTo(0.2, 12) as number } }],
    });
    expect(bestOf([aiad!, mark!], 'violationRate')).toEqual([mark]);
  });

  it('have as the best all that share the least mean, and nobody where all are alike', () => {
    const policies = ['aiad', 'mark', 'oneshot', 'static'] as const;
    const four = summaries({ ...small, policies, objectives: ['Sum'], seeds: [1] }, [0.2, 0.1, 0.1, 0.3].map(outcome));
    expect(bestOf(four, 'violationRate').map(({ policy }) => policy)).toEqual(['mark', 'oneshot']);
    expect(bestOf(four.slice(1, 3), 'violationRate')).toEqual([]);
    expect(bestOf([], 'violationRate')).toEqual([]);
  });

  it('need every outcome', () => {
    expect(() => summaries(small, [outcome(1)])).toThrow(RangeError);
  });
});
