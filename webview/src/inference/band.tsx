import type { Spread } from '../../../server/src/lsp/protocol.ts';
import { count, measuredPercent, plusMinus, threeDigits } from '../drawing/figures.ts';

/** A figure over several seeds: the mean and, behind ±, half of what lies between the least and the most; heard in words. */
export function Band({ of, seeds, share = false }: { of: Spread; seeds: number; share?: boolean }) {
  const half = (of.most - of.least) / 2;
  const write = share ? measuredPercent : threeDigits;
  if (half <= 0) return <>{write(of.mean)}</>;
  const [mean, band] = plusMinus(of.mean * (share ? 100 : 1), half * (share ? 100 : 1)).split(' ± ');
  return (
    <span title={bandWords(of, seeds, write)}>
      <span aria-hidden="true">
        {mean}{' '}
        <span class="band">
          ± {band}
          {share && ' %'}
        </span>
      </span>
      <span class="sr-only">{bandWords(of, seeds, write)}</span>
    </span>
  );
}

export function bandWords({ mean, least, most }: Spread, seeds: number, write: (value: number) => string): string {
  return `${write(mean)}, between ${write(least)} and ${write(most)} over ${count(seeds)} seeds`;
}
