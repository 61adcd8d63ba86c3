import type { Spread } from '../../../server/src/lsp/protocol.ts';
import { count } from '../drawing/figures.ts';

/** A figure over several seeds: the mean and, behind ±, half of what lies between the least and the most; heard in words. */
export function Band({ of, seeds, write }: { of: Spread; seeds: number; write: (value: number) => string }) {
  const half = (of.most - of.least) / 2;
  if (half <= 0) return <>{write(of.mean)}</>;
  return (
    <span title={bandWords(of, seeds, write)}>
      <span aria-hidden="true">
        {write(of.mean)} <span class="band">± {write(half)}</span>
      </span>
      <span class="sr-only">{bandWords(of, seeds, write)}</span>
    </span>
  );
}

export function bandWords({ mean, least, most }: Spread, seeds: number, write: (value: number) => string): string {
  return `${write(mean)}, between ${write(least)} and ${write(most)} over ${count(seeds)} seeds`;
}
