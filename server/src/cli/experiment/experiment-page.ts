/** An experiment as one HTML file that needs nothing beside it: the sentence, the charts, and every number as a table. */
import { bestOf } from '../../faro/experiment/comparison.ts';
import { escaped, SCHEMES } from '../../language/pictures/svg.ts';
import { plusMinus, significant } from '../text/number.ts';
import { CHART_STYLE, chartElement, chartOf } from './experiment-chart.ts';
import { COMPARED, shown } from './experiment-figure.ts';
import { ablationNotes, labelOf, sizeOf, variantsAt, verdict, type ExperimentReport } from './experiment-report.ts';

const STYLE = `${SCHEMES}
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.15rem; }
.verdict { margin: .5rem 0; font-size: 1.1rem; }
.soft { color: var(--soft); margin: 0 0 .5rem; }
figure { margin: 2rem 0 0; }
figcaption { font-weight: 600; }
figcaption small { display: block; color: var(--soft); font-weight: normal; font-size: .85rem; max-width: 46rem; }
.chart { display: block; width: 100%; min-width: 40rem; max-width: 51rem; height: auto; margin-top: .5rem; }
.wide { position: relative; overflow-x: auto; }
table { border-collapse: collapse; margin: .25rem 0 1.5rem; font-variant-numeric: tabular-nums; }
h3 { margin: 1.5rem 0 0; font-size: 1rem; }
th, td { padding: .3rem 0 .3rem 1.5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { padding-left: 0; text-align: left; }
th { font-weight: 500; }
thead th { color: var(--soft); }
td.best { font-weight: 700; }
summary { cursor: pointer; margin-top: 2rem; font-weight: 600; }
.only-read { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
${CHART_STYLE}`;

export function experimentPage(report: ExperimentReport): string {
  const { name, capacities, seeds, trials } = report;
  const requests = trials[0]?.requests ?? 0;
  const over = seeds.length === 1 ? 'with one seed' : `with ${seeds.length} seeds each`;
  const facts = `${significant(trials.length)} simulations of ${significant(requests)} requests ${over} (${seeds.join(', ')}).`;
  const spread = seeds.length === 1 ? '' : ' Mean ± sample standard deviation over the seeds.';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(name)}: policies compared</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(name)}: policies compared</h1>
<p class="verdict">${escaped(verdict(report))}</p>
<p class="soft">${escaped(facts + spread)}</p>
${COMPARED.map((figure) => {
  const chart = chartOf(report, figure);
  return `<figure><figcaption>${escaped(chart.title)}<small>${escaped(figure.means)} Less is better.</small></figcaption>${scrollable(chart.title, chartElement(chart))}</figure>`;
}).join('\n')}
<h2>The figures</h2>
<p class="soft">The best of each column is marked with a star.</p>
${capacities.map((capacity) => figuresTable(report, capacity)).join('\n')}
${ablationList(report)}
<details>
<summary>Job by job</summary>
${capacities.map((capacity) => jobsTable(report, capacity)).join('\n')}
</details>
</main>
</body>
</html>
`;
}

function ablationList(report: ExperimentReport): string {
  const notes = ablationNotes(report);
  return notes.length === 0 ? '' : `<ul class="soft">${notes.map((note) => `<li>${escaped(note)}</li>`).join('')}</ul>`;
}

function figuresTable(report: ExperimentReport, capacity: number): string {
  const rows = variantsAt(report, capacity);
  const best = COMPARED.map(({ key }) => bestOf(rows, key));
  const cells = rows.map((row) => {
    const figures = COMPARED.map((figure, i) => cell(shown(figure, row[figure.key]), best[i]!.includes(row)));
    const replicas = cell(plusMinus(row.averageReplicas.mean, row.averageReplicas.deviation), false);
    return `<tr><th scope="row">${escaped(labelOf(report, row))}</th>${figures.join('')}${replicas}</tr>`;
  });
  return tableOf(sizeOf(report, capacity), ['Policy', ...COMPARED.map(({ title }) => title), 'Replicas'], cells);
}

function jobsTable(report: ExperimentReport, capacity: number): string {
  const rows = variantsAt(report, capacity);
  const jobs = rows[0]?.perJob ?? [];
  const cells = jobs.map(({ name }, j) => {
    const rates = rows.map(({ perJob }) => perJob[j]!.violationRate.mean);
    const words = rates.map((mean) => shown(COMPARED[0]!, { mean, deviation: null }));
    // What reads the same is equally good: there is no deviation here to judge a smaller difference by.
    const best = words[rates.indexOf(Math.min(...rates))];
    const isDecided = words.some((word) => word !== best);
    const figures = words.map((word) => cell(word, word === best && isDecided));
    return `<tr><th scope="row">${escaped(name)}</th>${figures.join('')}</tr>`;
  });
  const caption = `Requests over their SLO of each job, at ${sizeOf(report, capacity)}`;
  return tableOf(caption, ['Job', ...rows.map((row) => labelOf(report, row))], cells);
}

function tableOf(caption: string, titles: readonly string[], rows: readonly string[]): string {
  const head = titles.map((title) => `<th scope="col">${escaped(title)}</th>`).join('');
  // The heading stands outside of what is scrolled, so that all of it is seen on a narrow page.
  const table = `<table aria-label="${escaped(caption)}"><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return `<h3>${escaped(caption)}</h3>${scrollable(caption, table)}`;
}

/** What keeps its size on a narrow page and is scrolled there, also by keys. */
function scrollable(name: string, content: string): string {
  return `<div class="wide" tabindex="0" role="region" aria-label="${escaped(name)}">${content}</div>`;
}

function cell(value: string, isBest: boolean): string {
  if (!isBest) return `<td>${escaped(value)}</td>`;
  return `<td class="best"><span aria-hidden="true">★ </span>${escaped(value)}<span class="only-read">, the best</span></td>`;
}
