/** An experiment on a TrainingPlacement as data, as a picture of curves, and as a page. */
import {
  CATEGORY,
  circle,
  escaped,
  line,
  moved,
  polyline,
  SCHEMES,
  standalone,
  STANDALONE_STYLE,
  text,
} from '../../language/pictures/svg.ts';
import type { SensitivityPoint } from '../../preview/model.ts';
import { measuredPercent, microseconds } from '../text/number.ts';
import { AXES, pointsOf, sensitivityVerdict, type SensitivityReport } from '../../preview/sensitivity.ts';

/** The documented JSON. */
export function sensitivityJson({ name, algorithm, makespanUs, outcomes }: SensitivityReport): unknown {
  return { name, algorithm, makespanUs, cases: outcomes };
}

const COLUMNS = ['axis', 'factor', 'seed', 'keptUs', 'keptFits', 'anewUs', 'anewFits', 'regret'];

/** One line a case. */
export function sensitivityCsv({ outcomes }: SensitivityReport): string {
  const rows = outcomes.map(({ axis, factor, seed, kept, anew, regret }) =>
    [axis, factor, seed, kept.makespanUs, kept.fits, anew?.makespanUs ?? '', anew?.fits ?? false, regret ?? ''].join(
      ',',
    ),
  );
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 84;
const BOTTOM = 36;

/** Makespan over the factor: the placement kept, and planned anew. Where a line is missing nothing fits. */
function curves(points: readonly SensitivityPoint[]): string[] {
  const times = points.flatMap(({ keptUs, anewUs }) => [keptUs, anewUs].filter((us) => us !== null));
  const most = Math.max(1, ...times) * 1.08;
  const factors = points.map(({ factor }) => factor);
  const [first, last] = [Math.min(...factors), Math.max(...factors)];
  const x = (factor: number): number => LEFT + ((factor - first) / Math.max(1e-9, last - first)) * (WIDTH - LEFT - 130);
  const y = (us: number): number => HEIGHT - BOTTOM - (us / most) * (HEIGHT - BOTTOM - 10);
  const body = [line(LEFT, y(0), WIDTH - 130, y(0), 'class="ink"')];
  for (const share of [0, 0.5, 1]) {
    body.push(
      text(
        LEFT - 8,
        y(share * most * 0.92) + 4,
        share === 0 ? '0' : microseconds(share * most * 0.92),
        'text-anchor="end" class="soft"',
      ),
    );
  }
  points.forEach(({ factor }, i) => {
    const isCrowded = i > 0 && x(factor) - x(factors[i - 1] ?? factor) < 34;
    if (!isCrowded)
      body.push(text(x(factor), HEIGHT - BOTTOM + 18, measuredPercent(factor), 'text-anchor="middle" class="soft"'));
  });
  const series = [
    { label: 'kept', colour: CATEGORY[0] ?? '', dash: '', value: ({ keptUs }: SensitivityPoint) => keptUs },
    {
      label: 'planned anew',
      colour: CATEGORY[1] ?? '',
      dash: ' stroke-dasharray="6 4"',
      value: ({ anewUs }: SensitivityPoint) => anewUs,
    },
  ];
  series.forEach(({ label, colour, dash, value }, s) => {
    const known = points.flatMap((point) => {
      const us = value(point);
      return us === null ? [] : [[x(point.factor), y(us)] as const];
    });
    body.push(polyline(known, `fill="none" stroke="${colour}" stroke-width="2"${dash}`));
    body.push(...known.map(([cx, cy]) => circle(cx, cy, 3.5, `fill="${colour}"`)));
    body.push(line(WIDTH - 118, 18 + 20 * s, WIDTH - 94, 18 + 20 * s, `stroke="${colour}" stroke-width="2"${dash}`));
    body.push(text(WIDTH - 88, 22 + 20 * s, label));
  });
  return body;
}

export function sensitivitySvg(report: SensitivityReport): string {
  const [margin, heading] = [16, 26];
  let top = margin;
  const parts: string[] = [];
  for (const { axis, title, means } of AXES) {
    parts.push(moved(margin, top, [text(0, 12, `${title}, ${means}`, 'class="title"')]));
    parts.push(moved(margin, top + heading, curves(pointsOf(report, axis))));
    top += heading + HEIGHT + margin;
  }
  return standalone(WIDTH + 2 * margin, top, `${report.name}: how far the placement holds`, parts, '');
}

const STYLE = `${SCHEMES}
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; }
.verdict { margin: .5rem 0; font-size: 1.1rem; }
figure { margin: 2rem 0 0; overflow-x: auto; }
figcaption { font-weight: 600; }
.chart { display: block; width: 100%; min-width: 40rem; height: auto; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem 0 .3rem 1.5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { padding-left: 0; text-align: left; }
thead th { color: var(--soft); font-weight: 500; }
${STANDALONE_STYLE}`;

export function sensitivityPage(report: SensitivityReport): string {
  const title = `${report.name}: how far the placement holds`;
  const figures = AXES.map(({ axis, title: of, means }) => {
    const points = pointsOf(report, axis);
    const caption = escaped(`${of}, ${means}`);
    const picture = `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${caption}">${curves(points).join('')}</svg>`;
    const rows = points.map((point) => `<tr>${cells(point).map((cell, i) => (i === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td>${escaped(cell)}</td>`)).join('')}</tr>`); // prettier-ignore
    const head = HEADINGS.map((heading) => `<th scope="col">${heading}</th>`).join('');
    return `<figure><figcaption>${caption}</figcaption>${picture}<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></figure>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="verdict">${escaped(sensitivityVerdict(report))}</p>
${figures.join('\n')}
</main>
</body>
</html>
`;
}

export const HEADINGS = ['', 'kept', 'fits', 'planned anew', 'fits', 'regret', 'at worst'] as const;

/** A row of every table: what is written where, beside its headings. */
export function cells(point: SensitivityPoint): string[] {
  const { factor, keptUs, anewUs, keptFits, anewFits, cases, regret, worstRegret } = point;
  const fits = (count: number): string => (cases === 1 ? (count === 1 ? 'fits' : '✗') : `${count} of ${cases}`);
  return [
    measuredPercent(factor),
    keptUs === null ? '–' : microseconds(keptUs),
    fits(keptFits),
    anewUs === null ? '–' : microseconds(anewUs),
    fits(anewFits),
    regret === null ? '–' : measuredPercent(regret),
    worstRegret === null ? '–' : measuredPercent(worstRegret),
  ];
}
