import type { FederationPreview } from '../../preview/model.ts';
import { categoryColour, FAINT, INK, circle, markdownImage, svg, text } from './svg.ts';

const CELL = 110;
const HEIGHT = 118;
const MOST_ITERATIONS = 4;

/** Sites on a circle, one small picture an iteration, groups as filled hulls. */
export function patternPicture(preview: FederationPreview): string {
  const partitions = preview.partitions.slice(0, Math.min(MOST_ITERATIONS, Math.max(1, preview.iterations)));
  const body: string[] = [];
  partitions.forEach((partition, i) => {
    const cx = CELL * i + CELL / 2;
    const place = sitePlaces(preview.sites, [cx, 70], 40);
    body.push(text(cx, 14, `iteration ${i + 1}`, 'text-anchor="middle"'), ...groupPicture(partition, place));
    body.push(circle(cx, 70, 40, `fill="none" stroke="${FAINT}"`));
  });
  const alternative = partitions
    .map((partition, i) => `iteration ${i + 1}: ${partition.map((group) => group.join(' ')).join(' | ')}`)
    .join('; ');
  return markdownImage(svg(CELL * partitions.length, HEIGHT, body), alternative);
}

type Place = readonly [x: number, y: number];

/** Where the sites stand: on a circle, clockwise from the top, in every iteration in the same place. */
export function sitePlaces(sites: readonly string[], [cx, cy]: Place, radius: number): ReadonlyMap<string, Place> {
  return new Map(
    sites.map((site, k) => {
      const angle = (k / sites.length) * 2 * Math.PI - Math.PI / 2;
      return [site, [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)]];
    }),
  );
}

/** The groups of one iteration as filled hulls, and the sites as dots. */
export function groupPicture(partition: readonly (readonly string[])[], place: ReadonlyMap<string, Place>): string[] {
  const hulls = partition.map((group, g) => {
    const points = group
      .map((site) =>
        place
          .get(site)!
          .map((v) => Math.round(v * 10) / 10)
          .join(','),
      )
      .join(' ');
    const colour = categoryColour(g);
    return `<polygon points="${points}" fill="${colour}" fill-opacity=".25" stroke="${colour}" stroke-width="1.5" stroke-linejoin="round"/>`;
  });
  return [...hulls, ...Array.from(place.values(), ([x, y]) => circle(x, y, 3, `fill="${INK}"`))];
}
