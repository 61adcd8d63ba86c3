/** Hover on a federation's pattern: who meets whom, how soon again, and what anyone could learn. */
import type { FederationPreview } from '../../preview/model.ts';
import { figureOf, listOf, three } from '../../preview/words.ts';
import { paragraphs, plain, table } from '../markdown.ts';
import { patternPicture } from '../pictures/pattern-picture.ts';

const MOST_ROWS = 4;

export function patternHover(preview: FederationPreview): string {
  const { gap, safeIterations, accuracy } = preview;
  return paragraphs([
    plain(preview.sentence),
    exposure(preview),
    patternPicture(preview),
    `${plain(preview.patternName)}: two sites that met meet again after **${figureOf(gap, 'iteration')}** at the earliest; up to ${figureOf(safeIterations, 'iteration')} nobody learns more than the mean. ${accuracy.words}`,
    `Each site sends ${three(preview.vectorsPerSitePerRound)} vectors a round.`,
  ]);
}

/** What a site of this name could learn alone, and with others. */
export function siteHover(preview: FederationPreview, site: string): string {
  const alone = preview.leaks.find(({ observers }) => observers.length === 1 && observers[0] === site);
  const groups = preview.partitions.slice(0, preview.iterations).map((partition, i) => {
    const group = partition.find((members) => members.includes(site)) ?? [];
    return `${i + 1}: ${plain(
      listOf(
        group.filter((other) => other !== site),
        6,
      ),
    )}`;
  });
  return paragraphs([
    alone ? `**${plain(site)}** alone could learn ${plain(alone.words)}.` : undefined,
    groups.length > 0 ? `Meets, iteration by iteration – ${groups.join('; ')}.` : undefined,
  ]);
}

/** Who could learn what, those who learn most first. */
function exposure(preview: FederationPreview): string {
  if (preview.meanOnly)
    return 'Every site, alone or with as many others as `privacy.collusion` says, learns only the mean.';
  const worst = [...preview.leaks]
    .filter(({ beyondMean }) => beyondMean > 0)
    .sort((a, b) => b.learns.length - a.learns.length || b.beyondMean - a.beyondMean);
  const rows = worst
    .slice(0, MOST_ROWS)
    .map(({ observers, beyondMean, words }) => [plain(listOf(observers)), plain(words), `${beyondMean}`]);
  const more = worst.length > MOST_ROWS ? `\n\n${worst.length - MOST_ROWS} more in the preview.` : '';
  return rows.length === 0 ? '' : table(['who', 'could compute', 'sums beyond the mean'], rows) + more;
}
