import type { FederationPreview } from '../../preview/model.ts';

/** Observers who learn the same, together in one row; what is worst first. */
export function leakRows(
  preview: FederationPreview,
): { readonly who: string; readonly words: string; readonly beyondMean: number }[] {
  const rows = new Map<string, { observers: string[]; size: number; beyondMean: number; words: string }>();
  for (const { observers, beyondMean, words } of preview.leaks) {
    const key = `${observers.length} ${words}`;
    const row = rows.get(key) ?? { observers: [], size: observers.length, beyondMean, words };
    row.observers.push(observers.join(' + '));
    rows.set(key, row);
  }
  return [...rows.values()]
    .sort((a, b) => b.beyondMean - a.beyondMean || a.size - b.size)
    .map(({ observers, size, beyondMean, words }) => {
      const many =
        size === 1 ? `each of ${observers.length} sites alone` : `each of ${observers.length} groups of ${size}`;
      return { who: observers.length > 2 ? many : observers.join(', '), words, beyondMean };
    });
}
