import { largestSum } from './allocation-options.ts';
import type { AllocationOptions, Chosen, ReplicaOption } from './allocation-options.ts';
import { fits } from '../job.ts';

/** Steps that the search for the best sum and spread may take before it settles for a bound: a few seconds of work. */
const stepLimit = 3e8;

/** Labels to keep in the two rounds of the search: the first is rough and quick, so that the second can prune. */
const labelRounds = [50, 2000];

/** What is known once every job must reach a level: the cheapest way to do so, and the highest level it entails. */
interface Floor {
  readonly level: number;
  /** Every allocation above the floor has some job at this level or higher. */
  readonly entailed: number;
}

/** Allocations whose lowest level is one of floors from…to, and whose highest level is at most `highest`. */
interface Region {
  readonly from: number;
  readonly to: number;
  readonly highest: number;
  readonly bound: number;
}

/**
 * The allocation with the smallest spread of utilities and, among those, the largest weighted sum; exact.
 *
 * For a given floor the cheapest options above it are also those with the lowest highest level, since utility never falls
 * with replicas; so trying every floor finds the smallest spread, and one sum problem per such floor the largest sum.
 */
export function smallestSpread(options: AllocationOptions): Chosen | undefined {
  const floors = feasibleFloors(options);
  const spread = floors.reduce((min, { level, entailed }) => Math.min(min, entailed - level), Infinity);
  let best: Chosen | undefined;
  let bound = -Infinity;
  for (const { level, entailed } of floors) {
    if (entailed - level > spread) continue;
    const found = largestSum(options, { lowest: level, highest: level + spread });
    if (found.kind === 'infeasible') continue;
    bound = Math.max(bound, found.bound);
    if (best === undefined || found.value > best.value || (found.value === best.value && found.cost < best.cost)) {
      best = found;
    }
  }
  return best && { ...best, bound, optimal: bound <= best.value };
}

/**
 * The allocation with the largest `sum + gamma · (lowest - highest utility)`; exact.
 *
 * Branch and bound over the pair (lowest, highest level). The largest sum within a pair of limits bounds the sum of every
 * tighter pair, and the allocation that attains it settles all pairs outside its own lowest and highest level; what remains
 * are two smaller regions: a higher floor, or a lower ceiling.
 *
 * `value` and `bound` of the result are those of the whole objective, in units of `options.valueUnit`.
 * @param gamma factor of the spread, in units of utility; at least 0.
 */
export function bestSumAndSpread(options: AllocationOptions, gamma: number): Chosen | undefined {
  const floors = feasibleFloors(options);
  if (floors.length === 0) return undefined;
  // Levels are unweighted, values count weights: both in units of the value.
  const levelWeight = options.valueUnit > 0 ? gamma / options.resolution / options.valueUnit : gamma;
  let best: Chosen | undefined;
  for (const labelLimit of labelRounds) {
    best = searchRegions(options, floors, levelWeight, labelLimit, best);
    if (best?.optimal === true) break;
  }
  return best;
}

/** One round of the search, from the best allocation known before. */
function searchRegions(
  options: AllocationOptions,
  floors: readonly Floor[],
  levelWeight: number,
  labelLimit: number,
  known: Chosen | undefined,
): Chosen | undefined {
  const tolerance = 1e-12 * options.resolution * (1 + levelWeight);
  let best = known;
  let settledBound = -Infinity;
  const open: Region[] = [{ from: 0, to: floors.length - 1, highest: Infinity, bound: known?.bound ?? Infinity }];
  for (let steps = 0; open.length > 0 && steps < stepLimit;) {
    const region = takeMostPromising(open);
    if (best !== undefined && region.bound < best.value - tolerance) {
      open.length = 0;
      break;
    }
    const found = largestSum(options, { lowest: floors[region.from]!.level, highest: region.highest, labelLimit });
    if (found.kind === 'infeasible') continue;
    steps += found.steps;
    const levels = found.options.map(({ level }) => level);
    const [lowest, highest] = [Math.min(...levels), Math.max(...levels)];
    const spread = levelWeight * (lowest - highest);
    settledBound = Math.max(settledBound, Math.min(region.bound, found.bound + spread));
    const candidate: Chosen = { ...found, value: found.value + spread };
    if (best === undefined || isPreferred(candidate, best, tolerance)) best = candidate;

    const children = [
      { from: floors.findIndex(({ level }) => level > lowest), to: region.to, highest: region.highest },
      { from: region.from, to: Math.min(region.to, floorAt(floors, lowest)), highest: highest - 1 },
    ];
    for (const child of children) {
      if (child.from < 0 || child.from > child.to) continue;
      const bound = Math.min(region.bound, found.bound + levelWeight * largestGain(floors, child));
      if (bound >= best.value - tolerance) open.push({ ...child, bound });
    }
  }
  if (best === undefined) return undefined;
  const bound = open.reduce((max, region) => Math.max(max, region.bound), Math.max(best.value, settledBound));
  return { ...best, bound, optimal: bound <= best.value + tolerance };
}

/** The largest (lowest - highest level) that an allocation in a region can have. */
function largestGain(floors: readonly Floor[], region: Omit<Region, 'bound'>): number {
  let gain = -Infinity;
  for (let f = region.from; f <= region.to; f++) {
    const { level, entailed } = floors[f]!;
    if (entailed <= region.highest) gain = Math.max(gain, level - entailed);
  }
  return gain;
}

/** The levels that all jobs can reach at once, ascending, with what they entail. */
function feasibleFloors(options: AllocationOptions): Floor[] {
  const levels = [...new Set(options.jobs.flatMap((rows) => rows.map(({ level }) => level)))].sort((a, b) => a - b);
  const cheapest = options.jobs.map(() => 0);
  const floors: Floor[] = [];
  for (const level of levels) {
    const chosen: ReplicaOption[] = [];
    for (const [i, rows] of options.jobs.entries()) {
      while (cheapest[i]! < rows.length && rows[cheapest[i]!]!.level < level) cheapest[i]!++;
      const row = rows[cheapest[i]!];
      if (row === undefined) return floors;
      chosen.push(row);
    }
    const isFeasible = options.capacities.every((capacity, d) =>
      fits(
        chosen.reduce((sum, { choice }) => sum + choice.demand[d]!, 0),
        capacity,
      ),
    );
    if (!isFeasible) return floors;
    floors.push({ level, entailed: chosen.reduce((max, row) => Math.max(max, row.level), -Infinity) });
  }
  return floors;
}

/** Index of the highest floor that is not above a level. */
function floorAt(floors: readonly Floor[], level: number): number {
  return floors.findLastIndex((floor) => floor.level <= level);
}

function takeMostPromising(open: Region[]): Region {
  let most = 0;
  for (let i = 1; i < open.length; i++) if (open[i]!.bound > open[most]!.bound) most = i;
  return open.splice(most, 1)[0]!;
}

/** Larger value; then the smaller tie cost; then more replicas for the earlier jobs. */
function isPreferred(candidate: Chosen, best: Chosen, tolerance: number): boolean {
  if (candidate.value > best.value + tolerance) return true;
  if (candidate.value < best.value - tolerance) return false;
  if (candidate.cost !== best.cost) return candidate.cost < best.cost;
  for (const [i, option] of candidate.options.entries()) {
    if (option.replicas !== best.options[i]!.replicas) return option.replicas > best.options[i]!.replicas;
  }
  return false;
}
