/** What a picture of a preview is made of, and what its parts share. */
import { text } from '../../language/pictures/svg.ts';

/** One drawing below a title of its own. */
export interface Part {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly body: readonly string[];
}

/** Width of parts that have none of their own accord. */
export const WIDTH = 928;

/** Letters of 12 pixels, on average. */
const LETTER = 6.4;

/** A name cut to the room it has. */
export function fitting(name: string, room: number): string {
  const most = Math.max(1, Math.floor(room / LETTER));
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

/** A line that counts what is left out of a picture. */
export function leftOut(y: number, many: number, what: string): string {
  return text(0, y, `… and ${many} more ${what}`, 'class="soft"');
}

/** Rules of the classes that these pictures use beside those of every picture. */
export const PREVIEW_STYLE = `
.chart .name { font-size: 18px; font-weight: 600; }
.chart .sentence { font-size: 14px; }
.chart .bad { fill: var(--bad); }
.chart .mark { stroke: var(--bad); stroke-width: 2; }
.chart .bar { fill: var(--line); }
.chart .box { fill: var(--ground); stroke-width: 2; }
.chart .edge { fill: none; stroke: var(--soft); }
.chart .crossing { stroke: var(--bad); }
.chart .ink { stroke: var(--ink); }
`;
