import { expect, it } from 'vitest';
import { affinePlane } from '../../server/src/securedfl/affine-plane.ts';
import { largestSafeIterations } from '../../server/src/securedfl/coalition.ts';
import { kirkmanTripleSystem } from '../../server/src/securedfl/kirkman.ts';
import type { Pattern } from '../../server/src/securedfl/pattern.ts';
import { verifyPattern } from '../../server/src/securedfl/pattern.ts';
import type { Candidate } from '../../server/src/securedfl/pattern-catalogue.ts';
import { patternCandidates } from '../../server/src/securedfl/pattern-catalogue.ts';
import { transversalGrid, withColumns } from '../../server/src/securedfl/transversal-grid.ts';
import { describeWithSharedData, sharedJson } from './shared-data.ts';

interface RecordedPattern {
  n: number;
  rounds: number[][][];
  verify: { ok: boolean; rounds: number; sizes: number[]; pairs_used: number; pairs_total: number; gap: number };
}

const constructions: Record<string, () => Pattern | undefined> = {
  n9_g3_AG23: () => affinePlane(3),
  n15_g3_KTS7: () => kirkmanTripleSystem(15),
  n15_g3_TD5: () => transversalGrid(5, 3),
  n16_g4_AG24: () => affinePlane(4),
  n21_g3_KTS10: () => kirkmanTripleSystem(21),
  n25_g5_AG25: () => affinePlane(5),
  n27_g3_KTS13: () => kirkmanTripleSystem(27),
  n14_trunc_5x3: () => transversalGrid(5, 3, 14),
  n13_trunc_4x4: () => transversalGrid(4, 4, 13),
};

describeWithSharedData('SecureD-FL: recorded patterns', () => {
  it('are built round by round as recorded, and the verifier says the same of them', () => {
    const recorded = sharedJson<Record<string, RecordedPattern>>('securedfl/patterns.json');
    expect(Object.keys(recorded).sort()).toEqual(Object.keys(constructions).sort());
    for (const [name, { n, rounds, verify }] of Object.entries(recorded)) {
      expect(constructions[name]!()!.rounds, name).toEqual(rounds);
      expect(verifyPattern(n, rounds), name).toEqual({
        ok: verify.ok,
        violations: [],
        gap: verify.gap,
        sizes: verify.sizes,
        pairsUsed: verify.pairs_used,
        pairsTotal: verify.pairs_total,
      });
    }
  });
});

interface RecordedCandidate {
  name: string;
  rounds: number;
  sizes: number[];
  safe_T_paper: number;
  safe_T_sum: number;
  vectors_sent_per_site_per_iteration: number;
}

function recordedName({ family, groupSize, minimumGroupSize, vectors }: Candidate): string {
  if (family === 'affine-plane') return `affine plane AG(2,${groupSize})`;
  if (family === 'kirkman') return 'Kirkman triple system';
  const shape = `TD ${vectors + 2 - groupSize}x${groupSize}`;
  if (family === 'grid-with-columns') return `${shape} + columns`;
  return minimumGroupSize < groupSize ? `${shape} truncated` : shape;
}

/** Recorded besides the affine plane of which they are another description; the planner lists each pattern once. */
const sameAsAffinePlane: Record<string, () => Pattern> = {
  '4 TD 2x2 + columns': () => withOneColumn(2),
  '9 Kirkman triple system': () => kirkmanTripleSystem(9)!,
  '9 TD 3x3 + columns': () => withOneColumn(3),
  '16 TD 4x4 + columns': () => withOneColumn(4),
  '25 TD 5x5 + columns': () => withOneColumn(5),
};

function withOneColumn(q: number): Pattern {
  const column = { name: '', n: q, rounds: [[Array.from({ length: q }, (_, i) => i)]] };
  return withColumns(transversalGrid(q, q)!, column, `${q}x${q}`);
}

/**
 * Where the recorded safe number of iterations (visible partial sums) is one too high. For more than 21
 * sites it seems to have asked only some of the observers; another one, mostly the last site, recovers somebody earlier.
 * securedfl-exposure.test.ts confirms the first of them over another field.
 */
const stricter = [
  '22 TD 7x4 truncated',
  '24 TD 11x3 truncated',
  '25 TD 9x3 truncated',
  '27 TD 13x3 truncated',
  '29 TD 7x5 truncated',
  '32 TD 15x3 truncated',
  '35 TD 13x3 truncated',
  '35 TD 17x3 truncated',
  '36 TD 17x3 truncated',
  '39 TD 19x3 truncated',
  '40 TD 9x5 truncated',
  '40 TD 19x3 truncated',
];

describeWithSharedData('SecureD-FL: recorded planner table', () => {
  it('lists the same candidates for n = 4..40, with the same rounds, sizes, safe iterations and vectors', () => {
    const table = sharedJson<Record<string, RecordedCandidate[]>>('securedfl/planner_table.json');
    const oneLower: string[] = [];
    for (const [n, recorded] of Object.entries(table)) {
      const candidates = new Map(patternCandidates(Number(n)).map((each) => [recordedName(each), each]));
      for (const each of recorded) {
        const key = `${n} ${each.name}`;
        const candidate = candidates.get(each.name);
        const pattern = candidate?.build() ?? sameAsAffinePlane[key]?.();
        expect(pattern, key).toBeDefined();
        const { ok, gap, sizes } = verifyPattern(pattern!.n, pattern!.rounds);
        expect({ ok, gap, sizes }, key).toEqual({ ok: true, gap: each.rounds, sizes: each.sizes });
        if (candidate) expect(candidate.vectors, key).toBe(each.vectors_sent_per_site_per_iteration);

        // The table looked at up to 9 iterations.
        const safe = largestSafeIterations(pattern!, 'no-site', { partialSums: 'visible' }, 9);
        if (safe === each.safe_T_paper - 1) oneLower.push(key);
        else expect(safe, key).toBe(each.safe_T_paper);
        expect(largestSafeIterations(pattern!, 'no-site', { partialSums: 'hidden' }, 9), key).toBe(each.safe_T_sum);
      }
      const listed = new Set(recorded.map(({ name }) => name));
      expect(
        [...candidates.keys()].filter((name) => !listed.has(name)),
        `more candidates for ${n}`,
      ).toEqual(n === '5' ? ['TD 2x3 truncated'] : []);
    }
    expect(oneLower).toEqual(stricter);
  });
});
