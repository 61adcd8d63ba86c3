import { expect, it } from 'vitest';
import { affinePlane } from '../../server/src/securedfl/affine-plane.ts';
import { coalitionCount, coalitions } from '../../server/src/securedfl/coalition.ts';
import type { PartialSums } from '../../server/src/securedfl/exposure.ts';
import { exposure, exposureByIteration } from '../../server/src/securedfl/exposure.ts';
import { kirkmanTripleSystem } from '../../server/src/securedfl/kirkman.ts';
import type { Pattern } from '../../server/src/securedfl/pattern.ts';
import { transversalGrid } from '../../server/src/securedfl/transversal-grid.ts';
import { exposureByDefinition } from '../unit/securedfl/exposure-by-definition.ts';
import { describeWithSharedData, sharedJson } from './shared-data.ts';

type Rounds = Pick<Pattern, 'n' | 'rounds'>;

const patterns: Record<string, Rounds> = {
  n6_3x2: transversalGrid(3, 2)!,
  n8_3x3trunc: transversalGrid(3, 3, 8)!,
  n9_g3_AG23: affinePlane(3)!,
  n10_trunc: transversalGrid(5, 2)!,
  n10_4x3trunc: transversalGrid(4, 3, 10)!,
  n12_g4_3x4trunc: transversalGrid(4, 3)!,
  n12_4x3: transversalGrid(4, 3)!,
  n13_4x4trunc: transversalGrid(4, 4, 13)!,
  n14_trunc: transversalGrid(5, 3, 14)!,
  n15_g3_KTS7: kirkmanTripleSystem(15)!,
  n15_g3_TD5: transversalGrid(5, 3)!,
  n16_g4_AG24: affinePlane(4)!,
  n21_g3_KTS10: kirkmanTripleSystem(21)!,
  n25_g5_AG25: affinePlane(5)!,
  n27_g3_KTS13: kirkmanTripleSystem(27)!,
  n49_g7_AG27: affinePlane(7)!,
};

const partialSumsOf: Record<string, PartialSums> = { paper: 'visible', sum: 'hidden', all: 'visible' };

interface RecordedRank {
  T: number;
  rank: number;
  unknowns: number;
  leaked_min: number;
  leaked_max: number;
  diff_pairs_attacker0: number;
}

describeWithSharedData('SecureD-FL: recorded exposure of one site', () => {
  it('has the same ranks and recovers as many sites in all three models of observation', () => {
    const recorded = sharedJson<Record<string, { n: number; models: Record<string, RecordedRank[]> }>>(
      'securedfl/privacy_rank_single.json',
    );
    for (const [name, { n, models }] of Object.entries(recorded)) {
      for (const [model, ranks] of Object.entries(models)) {
        const everyone = { n, rounds: [[Array.from({ length: n }, (_, site) => site)]] };
        const pattern = model === 'all' ? everyone : patterns[name]!;
        const observers = Array.from({ length: n }, (_, site) =>
          exposureByIteration(pattern, [site], partialSumsOf[model]!),
        );
        for (const expected of ranks) {
          const found = observers.map((series) => series.next().value);
          const recovered = found.map(({ sites }) => sites.length);
          expect(
            {
              T: expected.T,
              rank: found[0]!.rank,
              unknowns: found[0]!.unknowns,
              leaked_min: Math.min(...recovered),
              leaked_max: Math.max(...recovered),
              // Differences were not looked for among 25 and more sites: zero is recorded there.
              diff_pairs_attacker0: n < 25 ? found[0]!.differences.length : 0,
            },
            `${name} ${model}`,
          ).toEqual(expected);
        }
      }
    }
  });

  it('finds the differences that the record leaves out', () => {
    const found = exposure(affinePlane(5)!, [0], { iterations: 6 });
    expect(found.differences).toHaveLength(36);
    expect(found).toEqual(exposureByDefinition(affinePlane(5)!, [0], 6, 'visible'));
  });

  it('leaks as many dimensions to the site that learns most', () => {
    const { cases } = sharedJson<{ cases: Record<string, Record<string, number[]>> }>(
      'securedfl/privacy_ideal_dim.json',
    );
    for (const [name, models] of Object.entries(cases)) {
      const pattern = patterns[name]!;
      for (const [model, dimensions] of Object.entries(models)) {
        const series = Array.from({ length: pattern.n }, (_, site) =>
          exposureByIteration(pattern, [site], partialSumsOf[model]!),
        );
        expect(
          dimensions.map(() => Math.max(...series.map((each) => each.next().value.dimension))),
          `${name} ${model}`,
        ).toEqual(dimensions);
      }
    }
  });

  it('where the planner table was made without the last of 22 sites, that one recovers all others', () => {
    const pattern = transversalGrid(7, 4, 22)!;
    const found = exposure(pattern, [21], { iterations: 5 });
    expect(found.sites).toHaveLength(21);
    expect(found).toEqual(exposureByDefinition(pattern, [21], 5, 'visible'));
  });
});

describeWithSharedData('SecureD-FL: recorded exposure of coalitions', () => {
  it('breaks the same number of coalitions and the same share of targets, where all were tried', () => {
    const recorded = sharedJson<
      Record<
        string,
        Record<
          string,
          { coalitions_tested: number; coalitions_that_leak_someone: number; target_leak_fraction: number }
        >
      >
    >('securedfl/privacy_rank_coalitions.json');
    let compared = 0;
    for (const [name, questions] of Object.entries(recorded)) {
      const pattern = patterns[name]!;
      for (const [question, expected] of Object.entries(questions)) {
        const [, model, size, iterations] = /^(\w+)_c(\d)_T(\d)$/.exec(question)!;
        if (coalitionCount(pattern.n, Number(size)) !== expected.coalitions_tested) continue;
        const found = [...coalitions(pattern.n, Number(size))].map((observers) =>
          exposure(pattern, observers, { iterations: Number(iterations), partialSums: partialSumsOf[model!]! }),
        );
        const targets = found.length * (pattern.n - Number(size));
        const recovered = found.reduce((sum, { sites }) => sum + sites.length, 0);
        const key = `${name} ${question}`;
        expect(found.filter(({ sites }) => sites.length > 0).length, key).toBe(expected.coalitions_that_leak_someone);
        expect(recovered / targets, key).toBeCloseTo(expected.target_leak_fraction, 12);
        compared++;
      }
    }
    expect(compared).toBe(40);
  });
});
