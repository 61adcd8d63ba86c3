import type { CollusionQuestion } from './coalition.ts';
import { largestSafeIterations } from './coalition.ts';
import type { Pattern } from './pattern.ts';
import type { Candidate } from './pattern-catalogue.ts';
import { patternCandidates } from './pattern-catalogue.ts';

export interface PlanRequest extends CollusionQuestion {
  /** Iterations of one aggregation, T ≥ 1. */
  readonly iterations: number;
  /** The wanted largest group size; without it the planner chooses. */
  readonly groupSize?: number;
}

export type PlanFailure =
  | { readonly ok: false; readonly kind: 'too-few-sites'; readonly n: number; readonly minimum: number }
  | {
      readonly ok: false;
      readonly kind: 'no-such-group-size';
      readonly n: number;
      readonly groupSize: number;
      /** Up to three group sizes that are safe at the wanted iterations, nearest first; if none is, that exist. */
      readonly nearest: readonly number[];
    };

export interface PlannedPattern {
  readonly ok: true;
  readonly pattern: Pattern;
  readonly candidate: Candidate;
  /** Nobody learns more than the average at the wanted iterations, and no pair meets twice. */
  readonly safe: boolean;
}

/** Fewest vectors first, then larger groups, then the longer gap. */
function byPreference(a: Candidate, b: Candidate): number {
  return a.vectors - b.vectors || b.minimumGroupSize - a.minimumGroupSize || b.gap - a.gap || b.groupSize - a.groupSize;
}

function isSafe(candidate: Candidate, { iterations, partialSums, collusion }: PlanRequest): boolean {
  if (candidate.gap < iterations) return false;
  const question = {
    ...(partialSums !== undefined && { partialSums }),
    ...(collusion !== undefined && { collusion }),
  };
  return largestSafeIterations(candidate.build(), 'mean-only', question, iterations) >= iterations;
}

/**
 * The pattern for n sites: of those with the wanted group size (or of all), the first by preference that is safe at
 * the wanted iterations; if none is, the first by preference whose gap is long enough; if there is none either, the one
 * with the longest gap. What an unsafe one reveals is then for analysis.ts to say.
 *
 * Deterministic: every site that plans for the same request gets the same pattern.
 */
export function planPattern(n: number, request: PlanRequest): PlannedPattern | PlanFailure {
  const all = patternCandidates(n).sort(byPreference);
  if (all.length === 0) return { ok: false, kind: 'too-few-sites', n, minimum: 4 };
  const { groupSize, iterations } = request;
  const fitting = all.filter((candidate) => groupSize === undefined || candidate.groupSize === groupSize);
  if (groupSize !== undefined && fitting.length === 0) {
    return { ok: false, kind: 'no-such-group-size', n, groupSize, nearest: nearestGroupSizes(n, request) };
  }
  const safe = fitting.find((candidate) => isSafe(candidate, request));
  const chosen =
    safe ??
    fitting.find((candidate) => candidate.gap >= iterations) ??
    fitting.reduce((best, candidate) => (candidate.gap > best.gap ? candidate : best));
  return { ok: true, pattern: chosen.build(), candidate: chosen, safe: safe !== undefined };
}

/**
 * The most curious sites working together that a pattern for n sites can be safe against, at most n - 2: two honest ones
 * must remain. From the second iteration on none withstands two of them (telltaleCoalition in coalition.ts). Undefined
 * where the wanted iterations or group size are not safe against a single one either.
 */
export function safeCollusion(n: number, request: PlanRequest): number | undefined {
  const collusion = request.iterations === 1 ? n - 2 : 1;
  const planned = planPattern(n, { ...request, collusion });
  return planned.ok && planned.safe ? collusion : undefined;
}

/** Group sizes named to someone whose own choice does not work. */
const SUGGESTED_SIZES = 3;

/**
 * Up to three group sizes for n sites with a pattern that is safe at the wanted iterations, nearest to the wanted size
 * first; empty when no size is.
 */
export function safeGroupSizes(n: number, request: PlanRequest): number[] {
  const found: number[] = [];
  for (const [size, candidates] of candidatesByDistance(n, request.groupSize)) {
    if (candidates.some((candidate) => isSafe(candidate, request))) found.push(size);
    if (found.length === SUGGESTED_SIZES) break;
  }
  return found;
}

/** Like {@link safeGroupSizes}; where no size is safe, the nearest sizes that exist at all. */
function nearestGroupSizes(n: number, request: PlanRequest): number[] {
  const safe = safeGroupSizes(n, request);
  return safe.length > 0
    ? safe
    : candidatesByDistance(n, request.groupSize)
        .map(([size]) => size)
        .slice(0, SUGGESTED_SIZES);
}

function candidatesByDistance(n: number, wanted: number | undefined): [number, Candidate[]][] {
  const bySize = new Map<number, Candidate[]>();
  for (const candidate of patternCandidates(n).sort(byPreference)) {
    bySize.set(candidate.groupSize, [...(bySize.get(candidate.groupSize) ?? []), candidate]);
  }
  const distance = (size: number): number => Math.abs(size - (wanted ?? size));
  return [...bySize].sort(([a], [b]) => distance(a) - distance(b) || a - b);
}
