/**
 * SVG pictures. Those for hovers are at most 480 × 200, on a transparent ground, in colours that are legible on light and dark: a hover
 * cannot read the theme, so lines and letters are mid-grey and data colours keep contrast on both grounds. A picture that stands alone
 * follows the reader's light or dark scheme by the classes of `STANDALONE_STYLE`.
 */
import { plain } from '../markdown.ts';
import { visible } from '../../spec/text/visible.ts';

export const INK = '#808080';
export const FAINT = '#80808055';
/** Okabe-Ito, the order of the whole product: the same thing has the same colour in graph, timeline, hover and terminal. */
export const CATEGORY = [
  '#0072B2',
  '#E69F00',
  '#009E73',
  '#CC79A7',
  '#56B4E9',
  '#D55E00',
  '#F0E442',
  '#999999',
] as const;

/** The colour of the i-th of several things. */
export function categoryColour(i: number): string {
  const colour = CATEGORY[i % CATEGORY.length];
  if (colour === undefined) throw new RangeError(`no colour for ${String(i)}`);
  return colour;
}

export const GOOD = '#009E73';
export const BAD = '#D55E00';

/** Escapes text for SVG content and attributes; what cannot be seen of it is shown: XML admits no control characters at all. */
export function escaped(text: string): string {
  return text
    .replace(/[^\n\u00a0]+/g, visible)
    .replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
}

export function svg(width: number, height: number, body: readonly string[]): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="system-ui,sans-serif" font-size="11" fill="${INK}">${body.join('')}</svg>`
  );
}

/** Values of the colours in both schemes. */
export const SCHEMES = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --case: #59636e66; --bad: #b35900; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #30363d; --case: #0d111799; --bad: #ff9a4d; }
}
`;

/** What all pictures that stand alone have in common; a chart in a page has its rules as well. */
export const STANDALONE_STYLE = `
.chart text { fill: var(--ink); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.chart .title { font-weight: 600; }
.chart .soft { fill: var(--soft); }
.chart .grid { stroke: var(--line); }
`;

/** A picture that stands alone, in a file. @param title what it shows, in words. @param style rules of its own. */
export function standalone(
  width: number,
  height: number,
  title: string,
  body: readonly string[],
  style: string,
): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="${r(width)}" height="${r(height)}" viewBox="0 0 ${r(width)} ${r(height)}" role="img">` +
    `<title>${escaped(title)}</title>` +
    `<style>${SCHEMES}${STANDALONE_STYLE}${style}</style><rect width="100%" height="100%" style="fill: var(--ground)"/>${body.join('')}</svg>\n`
  );
}

/** Parts of a picture, moved. */
export function moved(x: number, y: number, body: readonly string[]): string {
  return `<g transform="translate(${r(x)} ${r(y)})">${body.join('')}</g>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, style = `stroke="${INK}"`): string {
  return `<line x1="${r(x1)}" y1="${r(y1)}" x2="${r(x2)}" y2="${r(y2)}" ${style}/>`;
}

export function polyline(points: readonly (readonly [number, number])[], style: string): string {
  return `<polyline fill="none" points="${points.map(([x, y]) => `${r(x)},${r(y)}`).join(' ')}" ${style}/>`;
}

export function rect(x: number, y: number, width: number, height: number, style: string): string {
  return `<rect x="${r(x)}" y="${r(y)}" width="${r(Math.max(0, width))}" height="${r(Math.max(0, height))}" ${style}/>`;
}

export function text(x: number, y: number, content: string, style = ''): string {
  return `<text x="${r(x)}" y="${r(y)}" ${style}>${escaped(content)}</text>`;
}

export function circle(x: number, y: number, radius: number, style: string): string {
  return `<circle cx="${r(x)}" cy="${r(y)}" r="${r(radius)}" ${style}/>`;
}

/** A picture as a Markdown image whose alternative text says the same in words. */
export function markdownImage(picture: string, alternative: string): string {
  return `![${plain(alternative)}](data:image/svg+xml;base64,${Buffer.from(picture, 'utf8').toString('base64')})`;
}

function r(value: number): number {
  return Math.round(value * 10) / 10;
}
