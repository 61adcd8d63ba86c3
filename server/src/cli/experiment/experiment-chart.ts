/**
 * Charts of an experiment as SVG: one for each figure, over the capacity where several were tried, else one row a variant.
 *
 * Colours come from classes, so that the page and the picture follow the reader's light or dark scheme; each variant has a mark
 * and, past the eighth, a dash of its own as well, so that colour is never the only sign.
 */
import type { Spread } from '../../faro/experiment/comparison.ts';
import {
  CATEGORY,
  categoryColour,
  STANDALONE_STYLE,
  circle,
  escaped,
  line,
  moved,
  polyline,
  standalone,
  text,
} from '../../language/pictures/svg.ts';
import { significant } from '../text/number.ts';
import { COMPARED, shown, type ComparedFigure } from './experiment-figure.ts';
import { labelOf, labels, sizeOf, type ExperimentReport } from './experiment-report.ts';

export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly body: string;
  /** What it shows, in words. */
  readonly title: string;
}

const CASE_STYLE = `
.chart .case { stroke: var(--case); stroke-width: 4; stroke-linejoin: round; }
.chart .mark { stroke: var(--case); stroke-width: 1; }
`;

/** Style rules of a chart's classes; the page gives the variables their values. */
export const CHART_STYLE = STANDALONE_STYLE + CASE_STYLE;

const WIDTH = 720;

/** Room for the longest label, with its mark. */
function labelRoom(report: ExperimentReport): number {
  return 44 + 7 * Math.max(...labels(report).map((label) => label.length));
}

export function chartOf(report: ExperimentReport, figure: ComparedFigure): Chart {
  return report.capacities.length > 1 ? overCapacity(report, figure) : asRows(report, figure);
}

/** The charts of all figures below one another, as a picture that stands alone. */
export function experimentSvg(report: ExperimentReport): string {
  const charts = COMPARED.map((figure) => chartOf(report, figure));
  const [margin, heading] = [16, 28];
  let y = margin;
  const parts: string[] = [];
  for (const { body, title, height } of charts) {
    parts.push(moved(margin, y, [text(0, 12, title, 'class="title"')]), moved(margin, y + heading, [body]));
    y += heading + height + margin;
  }
  return standalone(WIDTH + 2 * margin, y, charts.map(({ title }) => title).join('; '), parts, CASE_STYLE);
}

/** A chart as an element of a page. */
export function chartElement({ width, height, body, title }: Chart): string {
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">${body}</svg>`;
}

interface Point extends Spread {
  readonly capacity: number;
}

function overCapacity(report: ExperimentReport, figure: ComparedFigure): Chart {
  const { capacities } = report;
  const [left, right, top, height] = [56, WIDTH - labelRoom(report), 10, 300];
  const bottom = height - 34;
  const series = labels(report).map((label) => ({
    label,
    points: report.variants
      .filter((variant) => labelOf(report, variant) === label)
      .map(({ capacity, [figure.key]: spread }): Point => ({ capacity, ...spread }))
      .sort((a, b) => a.capacity - b.capacity),
  }));
  const axis = valueAxis(
    series.flatMap(({ points }) => points),
    figure,
    [bottom, top],
  );
  const [least, most] = [capacities[0]!, capacities.at(-1)!];
  const x = (capacity: number): number => left + 14 + ((capacity - least) / (most - least)) * (right - left - 28);
  const body: string[] = [];
  for (const tick of axis.ticks) {
    body.push(line(left, axis.at(tick), right, axis.at(tick), 'class="grid"'));
    body.push(text(left - 8, axis.at(tick) + 4, axis.label(tick), 'class="soft" text-anchor="end"'));
  }
  for (const capacity of spacedOut(capacities, x, 34)) {
    body.push(line(x(capacity), bottom, x(capacity), bottom + 4, 'class="grid"'));
    body.push(text(x(capacity), bottom + 18, significant(capacity), 'class="soft" text-anchor="middle"'));
  }
  body.push(text(right, bottom + 32, report.unit, 'class="soft" text-anchor="end"'));
  series.forEach(({ label, points }, i) => {
    const path = points.map(({ capacity, mean }) => [x(capacity), axis.at(mean)] as const);
    const words = points.map((point) => `${sizeOf(report, point.capacity)}: ${shown(figure, point)}`).join('\n');
    body.push('<g>', `<title>${escaped(`${label}\n${words}`)}</title>`);
    body.push(polyline(path, 'class="case"'));
    body.push(polyline(path, `stroke="${categoryColour(i)}" stroke-width="2"${dashOf(i)}`));
    for (const point of points) {
      body.push(whiskerY(x(point.capacity), axis, point, i), markOf(i, x(point.capacity), axis.at(point.mean)));
    }
    body.push('</g>');
  });
  const ends = series.map(({ points }) => axis.at(points.at(-1)!.mean));
  apart(ends, 15, top + 4, bottom).forEach((y, i) => {
    body.push(line(right - 8, ends[i]!, right + 12, y, 'class="grid"'));
    body.push(markOf(i, right + 18, y), text(right + 28, y + 4, series[i]!.label));
  });
  return { width: WIDTH, height, body: body.join(''), title: titleOf(report, figure) };
}

function asRows(report: ExperimentReport, figure: ComparedFigure): Chart {
  const [row, left, right, top] = [26, labelRoom(report), WIDTH - 150, 6];
  const bottom = top + report.variants.length * row;
  const axis = valueAxis(
    report.variants.map((variant) => variant[figure.key]),
    figure,
    [left, right],
  );
  const body: string[] = [];
  for (const tick of axis.ticks) {
    body.push(line(axis.at(tick), top, axis.at(tick), bottom, 'class="grid"'));
    body.push(text(axis.at(tick), bottom + 18, axis.label(tick), 'class="soft" text-anchor="middle"'));
  }
  report.variants.forEach((variant, i) => {
    const y = top + (i + 0.5) * row;
    const spread = variant[figure.key];
    const value = shown(figure, spread);
    body.push('<g>', `<title>${escaped(`${labelOf(report, variant)}: ${value}`)}</title>`);
    body.push(text(left - 14, y + 4, labelOf(report, variant), 'text-anchor="end"'));
    body.push(whiskerX(y, axis, spread, i), markOf(i, axis.at(spread.mean), y));
    body.push(text(WIDTH - 4, y + 4, value, 'text-anchor="end"'), '</g>');
  });
  return { width: WIDTH, height: bottom + 26, body: body.join(''), title: titleOf(report, figure) };
}

function titleOf(report: ExperimentReport, { title }: ComparedFigure): string {
  const [least, most] = [report.capacities[0]!, report.capacities.at(-1)!];
  return least === most
    ? `${title}, at ${sizeOf(report, least)}`
    : `${title}, from ${significant(least)} to ${sizeOf(report, most)}`;
}

interface ValueAxis {
  at(value: number): number;
  readonly ticks: readonly number[];
  label(tick: number): string;
}

/** From nothing upwards; by powers of ten where the values lie so far apart that the small ones would lie on the ground. */
function valueAxis(
  spreads: readonly Spread[],
  { times, unit }: ComparedFigure,
  range: readonly [number, number],
): ValueAxis {
  const means = spreads.map(({ mean }) => mean);
  const top = Math.max(...spreads.map(({ mean, deviation }) => mean + (deviation ?? 0)), 1e-9);
  const low = Math.min(...means);
  const [from, to] = range;
  const label = (tick: number): string => `${significant(tick * times)}${unit}`;
  if (low > 0 && top / low > 20) {
    const ends = [logStep(low, Math.floor), logStep(top, Math.ceil)] as const;
    const at = (value: number): number =>
      from + (Math.log(Math.max(value, ends[0]) / ends[0]) / Math.log(ends[1] / ends[0])) * (to - from);
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(ends[0])); power <= Math.ceil(Math.log10(ends[1])); power++) {
      for (const factor of [1, 2, 5]) ticks.push(Number((factor * 10 ** power).toPrecision(6)));
    }
    const inside = ticks.filter((tick) => tick >= ends[0] * 0.999 && tick <= ends[1] * 1.001);
    const gap = Math.min(...inside.slice(1).map((tick, i) => Math.abs(at(tick) - at(inside[i]!))));
    const powers = inside.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-9);
    const crowded = gap < (from > to ? 17 : 44) && powers.length > 1;
    return { at, label, ticks: crowded ? powers : inside };
  }
  const power = 10 ** Math.floor(Math.log10(top / 5));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= top / 5)! * power;
  const end = Math.ceil(top / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  const at = (value: number): number => from + (value / end) * (to - from);
  return { at, label, ticks: spacedOut(ticks, at, from > to ? 20 : 64) };
}

/** The next of 1, 2 and 5 times a power of ten, below or above. */
function logStep(value: number, towards: (value: number) => number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factors = [1, 2, 5, 10];
  const within = value / power;
  const found =
    towards(0.5) === 0
      ? factors.findLast((factor) => factor <= within * 1.000001)
      : factors.find((factor) => factor >= within * 0.999999);
  return Number(((found ?? 1) * power).toPrecision(6));
}

/** Those of some values whose labels do not touch, the first and as many as fit after it. */
function spacedOut(values: readonly number[], at: (value: number) => number, gap: number): number[] {
  const kept: number[] = [];
  for (const value of values) {
    if (kept.length === 0 || Math.abs(at(value) - at(kept.at(-1)!)) >= gap) kept.push(value);
  }
  return kept;
}

/** Moves labels apart until none touches another, as little as the order allows. */
function apart(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = [...wanted];
  order.forEach((i, k) => {
    placed[i] = Math.max(wanted[i]!, k === 0 ? top : placed[order[k - 1]!]! + gap);
  });
  let limit = bottom;
  for (const i of order.toReversed()) {
    placed[i] = Math.min(placed[i]!, limit);
    limit = placed[i] - gap;
  }
  return placed;
}

function whiskerY(x: number, axis: ValueAxis, { mean, deviation }: Spread, i: number): string {
  if (!deviation) return '';
  const style = `stroke="${categoryColour(i)}" stroke-width="1.5"`;
  const [high, low] = [axis.at(mean + deviation), axis.at(Math.max(0, mean - deviation))];
  return line(x, low, x, high, style) + line(x - 4, high, x + 4, high, style) + line(x - 4, low, x + 4, low, style);
}

function whiskerX(y: number, axis: ValueAxis, { mean, deviation }: Spread, i: number): string {
  if (!deviation) return '';
  const style = `stroke="${categoryColour(i)}" stroke-width="1.5"`;
  const [low, high] = [axis.at(Math.max(0, mean - deviation)), axis.at(mean + deviation)];
  return line(low, y, high, y, style) + line(low, y - 4, low, y + 4, style) + line(high, y - 4, high, y + 4, style);
}

function dashOf(i: number): string {
  return i < CATEGORY.length ? '' : ' stroke-dasharray="5 4"';
}

/** A shape of its own for each of eight: circle, square, diamond, triangle, and the same turned or hollow. */
function markOf(i: number, x: number, y: number): string {
  const style = `class="mark" fill="${categoryColour(i)}"`;
  const shape = (points: readonly (readonly [number, number])[]): string =>
    `<polygon points="${points.map(([dx, dy]) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`).join(' ')}" ${style}/>`;
  switch (i % 6) {
    case 0:
      return circle(x, y, 4.5, style);
    case 1:
      return shape([[-4, -4], [4, -4], [4, 4], [-4, 4]]); // prettier-ignore
    case 2:
      return shape([[0, -5.5], [5.5, 0], [0, 5.5], [-5.5, 0]]); // prettier-ignore
    case 3:
      return shape([[0, -5], [5, 4], [-5, 4]]); // prettier-ignore
    case 4:
      return shape([[0, 5], [5, -4], [-5, -4]]); // prettier-ignore
    default:
      return shape([[-5, -1.8], [-1.8, -1.8], [-1.8, -5], [1.8, -5], [1.8, -1.8], [5, -1.8], [5, 1.8], [1.8, 1.8], [1.8, 5], [-1.8, 5], [-1.8, 1.8], [-5, 1.8]]); // prettier-ignore
  }
}
