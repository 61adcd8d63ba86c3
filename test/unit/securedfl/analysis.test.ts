import { describe, expect, it } from 'vitest';
import { analyse, saferChoices } from '../../../server/src/securedfl/analysis.ts';

const admm = { rho: 3, decay: { rate: 3e-4, period: 1 } };

describe('analysis of a federation', () => {
  it('nine sites in threes, two iterations: only the average', () => {
    const found = analyse(9, { groupSize: 3, iterations: 2, ...admm });
    expect(found).toMatchObject({
      ok: true,
      pattern: { name: 'affine plane AG(2,3)', n: 9 },
      gap: 4,
      safeIterations: 2,
      meanOnly: true,
      noSiteRecovered: true,
      exhaustive: true,
      vectorsPerSite: 8,
      collusion: 1,
      partialSums: 'visible',
    });
    if (!found.ok) throw new Error(found.kind);
    expect(found.leaks.map(({ observers, dimension, sites }) => [observers, dimension, sites])).toEqual(
      Array.from({ length: 9 }, (_, site) => [[site], 1, []]),
    );
    expect(found.rho).toEqual([3, 3 * 3e-4]);
    expect(found.mse[1]! / found.mse[0]!).toBeLessThan(1e-6);
    expect(found.contraction).toHaveLength(2);
    expect(found.noiseWidths).toHaveLength(2);
  });

  it('three iterations tell every site three sums', () => {
    const found = analyse(9, { groupSize: 3, iterations: 3, ...admm });
    expect(found).toMatchObject({ ok: true, meanOnly: false, noSiteRecovered: true, safeIterations: 2 });
    if (found.ok) expect(found.leaks.every(({ dimension }) => dimension === 3)).toBe(true);
    expect(saferChoices(9, { groupSize: 3, iterations: 3 })).toEqual({ iterations: 2, groupSizes: [] });
    expect(saferChoices(25, { groupSize: 4, iterations: 3 }).groupSizes).toContain(5);
    expect(analyse(9, { groupSize: 3, iterations: 3, partialSums: 'hidden', ...admm })).toMatchObject({
      meanOnly: true,
      safeIterations: 3,
    });
  });

  it('two colluding sites break two iterations, not one', () => {
    const found = analyse(15, { groupSize: 3, iterations: 2, collusion: 2, ...admm });
    expect(found).toMatchObject({ ok: true, meanOnly: false, noSiteRecovered: false, safeIterations: 1 });
    if (found.ok) {
      expect(found.leaks.filter(({ observers }) => observers.length === 1)).toHaveLength(15);
      expect(found.leaks.filter(({ observers }) => observers.length === 2)).toHaveLength(105);
    }
    expect(analyse(15, { groupSize: 3, iterations: 1, collusion: 2, ...admm })).toMatchObject({ meanOnly: true });
  });

  it('more iterations than the gap recover sites', () => {
    expect(analyse(9, { groupSize: 3, iterations: 5, ...admm })).toMatchObject({ gap: 4, noSiteRecovered: false });
  });

  it('hands on why there is no pattern', () => {
    expect(analyse(9, { groupSize: 5, iterations: 2, ...admm })).toMatchObject({ ok: false, nearest: [3] });
    expect(analyse(3, { iterations: 2, ...admm })).toMatchObject({ ok: false, kind: 'too-few-sites' });
    expect(saferChoices(3, { iterations: 2 })).toEqual({ iterations: 0, groupSizes: [] });
  });

  it('warns of a schedule that decays until float32 cannot hold the messages', () => {
    const found = analyse(9, { groupSize: 3, iterations: 3, ...admm });
    if (!found.ok) throw new Error(found.kind);
    expect(found.mse[2]!).toBeGreaterThan(found.mse[1]!);
  });
});
