/** A Federation as drawings: who meets whom in each iteration, and what each could learn. */
import { groupPicture, sitePlaces } from '../../language/pictures/pattern-picture.ts';
import { text } from '../../language/pictures/svg.ts';
import type { FederationPreview } from '../../preview/model.ts';
import { figureOf } from '../../preview/words.ts';
import { leakRows } from '../text/leak-rows.ts';
import { fitting, leftOut, WIDTH, type Part } from './part.ts';

export function federationParts(preview: FederationPreview): Part[] {
  return [groupsPart(preview), learntPart(preview)];
}

const CELL = WIDTH / 4;
const RADIUS = 62;
const HEIGHT = 2 * RADIUS + 64;

function groupsPart({ partitions, iterations, sites, patternName, gap }: FederationPreview): Part {
  const shown = partitions.slice(0, Math.max(1, iterations));
  const longest = Math.max(...sites.map((site) => site.length));
  const perRow = sites.length > 16 || longest > 14 ? 2 : sites.length > 10 || longest > 7 ? 3 : 4;
  const scale = 4 / perRow;
  const [cell, radius, height] = [CELL * scale, RADIUS * scale * 0.95, HEIGHT * scale];
  const body = shown.flatMap((partition, i) => {
    const [left, top] = [(i % perRow) * cell, Math.floor(i / perRow) * height];
    const centre = [left + cell / 2, top + height / 2 + 8] as const;
    return [
      text(left + cell / 2, top + 12, `iteration ${i + 1}`, 'text-anchor="middle" class="soft"'),
      ...groupPicture(partition, sitePlaces(sites, centre, radius)),
      ...Array.from(sitePlaces(sites, centre, radius + 9), ([site, [x, y]]) => {
        const aside = Math.abs(x - centre[0]) < radius * 0.2 ? 'middle' : x < centre[0] ? 'end' : 'start';
        const down = y < centre[1] - radius * 0.5 ? 0 : y > centre[1] + radius * 0.5 ? 8 : 4;
        const room = aside === 'middle' ? cell / 2 : cell / 2 - Math.abs(x - centre[0]);
        return text(x, y + down, fitting(site, room), `text-anchor="${aside}"`);
      }),
    ];
  });
  const repeats = iterations > gap ? `; after ${gap} they repeat` : '';
  const title = `Groups, iteration after iteration (${patternName}): sites in one hull average with one another${repeats}`;
  return { title, width: WIDTH, height: Math.ceil(shown.length / perRow) * height, body };
}

const ROW = 20;
const MOST_ROWS = 16;

function learntPart(preview: FederationPreview): Part {
  const rows = leakRows(preview);
  const shown = rows.slice(0, MOST_ROWS);
  const body = shown.flatMap(({ who, words, beyondMean }, i) => [
    text(0, i * ROW + 12, fitting(who, 330)),
    text(350, i * ROW + 12, fitting(words, 400), beyondMean > 0 ? 'class="bad"' : ''),
    beyondMean === 0
      ? ''
      : text(WIDTH, i * ROW + 12, `${figureOf(beyondMean, 'sum')} beyond the mean`, 'text-anchor="end" class="soft"'),
  ]);
  const last = shown.length * ROW;
  if (rows.length > shown.length) body.push(leftOut(last + 12, rows.length - shown.length, 'observers'));
  body.push(text(0, last + 36, preview.accuracy.words));
  return { title: 'Who could compute what exactly', width: WIDTH, height: last + 44, body };
}
