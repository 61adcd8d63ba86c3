import type { FederationPreview } from '../../preview/model.ts';
import { CATEGORY, FAINT, INK, circle, markdownImage, svg, text } from './svg.ts';

const CELL = 110;
const HEIGHT = 118;
const MOST_ITERATIONS = 4;

/** Sites on a circle, one small picture an iteration, groups as filled hulls. */
export function patternPicture(preview: FederationPreview): string {
  const partitions = preview.partitions.slice(0, Math.min(MOST_ITERATIONS, Math.max(1, preview.iterations)));
  const n = preview.sites.length;
  const body: string[] = [];
  partitions.forEach((partition, i) => {
    const cx = CELL * i + CELL / 2;
    const cy = 70;
    const place = new Map(
      preview.sites.map((site, k) => {
        const angle = (k / n) * 2 * Math.PI - Math.PI / 2;
        return [site, [cx + 40 * Math.cos(angle), cy + 40 * Math.sin(angle)] as const];
      }),
    );
    body.push(text(cx, 14, `iteration ${i + 1}`, 'text-anchor="middle"'));
    body.push(circle(cx, cy, 40, `fill="none" stroke="${FAINT}"`));
    partition.forEach((group, g) => {
      const points = group
        .map((site) =>
          place
            .get(site)!
            .map((v) => Math.round(v * 10) / 10)
            .join(','),
        )
        .join(' ');
      const colour = CATEGORY[g % CATEGORY.length]!;
      body.push(
        `<polygon points="${points}" fill="${colour}" fill-opacity=".25" stroke="${colour}" stroke-width="1.5" stroke-linejoin="round"/>`,
      );
    });
    for (const [x, y] of place.values()) body.push(circle(x, y, 3, `fill="${INK}"`));
  });
  const alternative = partitions
    .map((partition, i) => `iteration ${i + 1}: ${partition.map((group) => group.join(' ')).join(' | ')}`)
    .join('; ');
  return markdownImage(svg(CELL * partitions.length, HEIGHT, body), alternative);
}
