import { affinePlane } from './affine-plane.ts';
import { isPrimePower } from './galois-field.ts';
import { isKirkmanBuilt, kirkmanTripleSystem } from './kirkman.ts';
import type { Pattern } from './pattern.ts';
import { isGridAdmissible, transversalGrid, withColumns } from './transversal-grid.ts';

export type PatternFamily = 'affine-plane' | 'kirkman' | 'grid' | 'grid-with-columns' | 'single-round';

/** A pattern that could be built for n sites, described before it is built. */
export interface Candidate {
  readonly family: PatternFamily;
  readonly n: number;
  /** The largest group size; no group has less than one below it. */
  readonly groupSize: number;
  readonly minimumGroupSize: number;
  /** Number of partitions. */
  readonly gap: number;
  /** Vectors that a site of a largest group sends per iteration: (g-1) shares and (G-1) partial sums. */
  readonly vectors: number;
  /** The pattern; built on the first call. */
  build(): Pattern;
}

function candidate(
  family: PatternFamily,
  n: number,
  groupSize: number,
  groups: number,
  gap: number,
  construct: () => Pattern | undefined,
): Candidate {
  let built: Pattern | undefined;
  return {
    family,
    n,
    groupSize,
    minimumGroupSize: n === groups * groupSize ? groupSize : groupSize - 1,
    gap,
    vectors: groupSize - 1 + groups - 1,
    build: () => {
      built ??= construct();
      if (built === undefined) throw new Error(`no ${family} with groups of ${groupSize} for ${n} sites`);
      return built;
    },
  };
}

/**
 * All patterns that can be built for n sites, in no particular order: affine planes, Kirkman triple systems, and
 * transversal grids (complete, with columns, or truncated to n). Every n ≥ 6 and n = 4 has one of two or more
 * partitions; 5 sites can be divided only once without a group of one; fewer than 4 have none.
 */
export function patternCandidates(n: number): Candidate[] {
  if (!Number.isInteger(n) || n < 4) return [];
  if (n === 5) {
    const rounds = [
      [
        [0, 1, 2],
        [3, 4],
      ],
    ];
    return [candidate('single-round', 5, 3, 2, 1, () => ({ name: 'one round of 3 and 2 sites', n: 5, rounds }))];
  }
  const found: Candidate[] = [];
  const root = Math.round(Math.sqrt(n));
  if (root * root === n && isPrimePower(root)) {
    found.push(candidate('affine-plane', n, root, root, root + 1, () => affinePlane(root)));
  }
  // On 9 sites it is the affine plane once more.
  if (n >= 15 && isKirkmanBuilt(n)) {
    found.push(candidate('kirkman', n, 3, n / 3, (n - 1) / 2, () => kirkmanTripleSystem(n)));
  }

  for (let g = 2; g * (g - 1) < n; g++) {
    for (let m = Math.max(g, Math.ceil(n / g)); m * (g - 1) < n; m++) {
      if (!isGridAdmissible(m, g) || (g === 2 && n !== m * g)) continue;
      if (n === m * g && m === g) continue; // With its one column round it is the affine plane.
      if (n === m * g && m === g * g) {
        const name = `transversal grid ${m}×${g} with columns`;
        const build = (): Pattern | undefined => {
          const [grid, column] = [transversalGrid(m, g), affinePlane(g)];
          return grid && column && withColumns(grid, column, name);
        };
        found.push(candidate('grid-with-columns', n, g, m, m + g + 1, build));
      } else {
        found.push(candidate('grid', n, g, m, m, () => transversalGrid(m, g, n)));
      }
    }
  }
  return found;
}
