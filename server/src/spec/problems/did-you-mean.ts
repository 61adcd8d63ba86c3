/** The name that a misspelt one was meant to be. */
import { lookOf } from '../text/look-alike.ts';

/**
 * Edit distance of lower-case words, in which two neighbours that changed places count once (optimal string alignment).
 * Infinity above `limit`.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    if (Math.min(...row) > limit) return Infinity;
    [before, above] = [above, row];
  }
  const total = above[b.length]!;
  return total <= limit ? total : Infinity;
}

/** Longer names are compared as a whole: the distance of two texts costs the product of their lengths. UTF-16 units. */
const LONGEST = 120;

/** Words written another way (`cold_start`, `cold-start`, `ColdStart`), or that look the same, are the same word. */
function folded(name: string): string {
  return lookOf(name).replace(/[-_ ]/g, '').toLowerCase();
}

/** The nearest of the names, if it is near: a slip in every third letter at most. Of equals, the first. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  if (name === '') return undefined;
  const lower = name.toLowerCase();
  const fold = folded(name);
  for (const candidate of names) {
    if (candidate === name) continue;
    const other = candidate.toLowerCase();
    const near = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    const long = Math.max(name.length, candidate.length) > LONGEST;
    let cost = long ? Infinity : distance(lower, other, Math.min(near, least - 0.5));
    if (fold === folded(candidate)) cost = 0;
    // A word that was only begun is meant, too: `percent` for `percentile`.
    else if (name.length >= 3 && other.startsWith(lower)) cost = Math.min(cost, 0.75);
    if (cost < least) [best, least] = [candidate, cost];
    if (least === 0) break;
  }
  return best;
}
