import type { JobPreview } from '../../preview/model.ts';
import { percent, three } from '../../preview/words.ts';
import { milliseconds } from '../amount.ts';
import { BAD, FAINT, GOOD, INK, circle, line, markdownImage, polyline, rect, svg, text } from './svg.ts';

const WIDTH = 440;
const HEIGHT = 112; // as much as a hover shows below the sentence and the table before it scrolls
const LEFT = 34;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 32;

/** A job's utility over its replicas, with where it stands now. */
export function utilityPicture(job: JobPreview): string {
  const most = Math.max(2, Math.min(job.curve.length, Math.max(job.replicas + 3, (job.needed ?? 0) + 2)));
  const shown = job.curve.slice(0, most);
  const x = (replicas: number): number => LEFT + ((replicas - 1) / (most - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (utility: number): number => TOP + (1 - utility) * (HEIGHT - TOP - BOTTOM);
  const body = [
    line(LEFT, y(0), WIDTH - RIGHT, y(0)),
    line(LEFT, y(1), WIDTH - RIGHT, y(1), `stroke="${FAINT}" stroke-dasharray="3 3"`),
    text(LEFT - 6, y(1) + 4, '1', 'text-anchor="end"'),
    text(LEFT - 6, y(0) + 4, '0', 'text-anchor="end"'),
    // upright beside the axis: above it, it would lie under the mark of a job that is fine with one replica
    text(-(y(1) + y(0)) / 2, 12, 'utility', 'text-anchor="middle" transform="rotate(-90)"'),
    text(WIDTH - RIGHT, HEIGHT - 5, 'replicas', 'text-anchor="end"'),
  ];
  if (job.needed !== null && job.needed >= 1 && job.needed <= most) {
    body.push(rect(x(job.needed), y(1), WIDTH - RIGHT - x(job.needed), y(0) - y(1), `fill="${GOOD}" opacity=".12"`));
  }
  const step = Math.max(1, Math.ceil(most / 12));
  for (const { replicas } of shown) {
    if ((replicas - 1) % step === 0) body.push(text(x(replicas), HEIGHT - 19, `${replicas}`, 'text-anchor="middle"'));
  }
  const curve = shown.map((point) => [x(point.replicas), y(point.utility)] as const);
  body.push(polyline(curve, `stroke="#0072B2" stroke-width="2"`));
  for (const point of shown) {
    const meets = point.latencyMs <= job.sloMs;
    body.push(
      circle(
        x(point.replicas),
        y(point.utility),
        3,
        meets ? `fill="${GOOD}"` : `fill="none" stroke="${BAD}" stroke-width="1.5"`,
      ),
    );
  }
  if (job.replicas >= 1 && job.replicas <= most) {
    body.push(circle(x(job.replicas), y(job.utility), 7, `fill="none" stroke="${INK}" stroke-width="2"`));
    const label = `now ${job.replicas}: ${three(job.utility)}`;
    const place = clearOf(curve, [x(job.replicas), y(job.utility)], LETTER * label.length);
    body.push(text(place.x, place.y, label, `text-anchor="${place.anchor}" font-weight="bold"`));
  }
  const alternative =
    `Utility of ${job.name} by replicas: ` +
    shown.map((point) => `${point.replicas}: ${three(point.utility)} (${milliseconds(point.latencyMs)})`).join(', ') +
    `; now ${job.replicas} with ${percent(job.utility)}`;
  return markdownImage(svg(WIDTH, HEIGHT, body), alternative);
}

type Point = readonly [number, number];

/** Width of a bold letter, and how far the letters reach above and below their line. */
const LETTER = 6.6;
const [ABOVE, BELOW] = [9, 3];

/** Beside a point, above or below it, and farther off: from the first that is tried to the last. */
const PLACES = [
  [12, 4, 'start'],
  [-12, 4, 'end'],
  [10, -9, 'start'],
  [-10, -9, 'end'],
  [10, 19, 'start'],
  [-10, 19, 'end'],
  [0, -13, 'middle'],
  [0, 24, 'middle'],
  [10, -18, 'start'],
  [-10, -18, 'end'],
  [0, 32, 'middle'],
] as const;

/** The place of a label at a point of a curve that the curve does not run through; the clearest where it runs through all. */
function clearOf(
  curve: readonly Point[],
  [x, y]: Point,
  width: number,
): { readonly x: number; readonly y: number; readonly anchor: string } {
  const places = PLACES.map(([dx, dy, anchor]) => {
    const left = x + dx - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2);
    const [top, bottom] = [y + dy - ABOVE, y + dy + BELOW];
    const inside = left >= LEFT && left + width <= WIDTH && top >= 0 && bottom <= HEIGHT - BOTTOM + 2;
    return {
      x: x + dx,
      y: y + dy,
      anchor,
      clear: inside ? clearance(curve, [left, left + width], [top, bottom]) : -HEIGHT,
    };
  });
  const enough = places.find(({ clear }) => clear >= 4);
  return enough ?? places.reduce((best, place) => (place.clear > best.clear ? place : best));
}

/** How far a curve passes above or below a box; negative where it runs through it. */
function clearance(curve: readonly Point[], [left, right]: Point, [top, bottom]: Point): number {
  let least = Infinity;
  for (let at = left; at <= right; at += 2) {
    const next = curve.findIndex(([x]) => x >= at);
    if (next < 0 || (next === 0 && curve[0]![0] > at)) continue;
    const [x1, y1] = curve[next]!;
    const [x0, y0] = curve[Math.max(0, next - 1)]!;
    const y = x1 === x0 ? y1 : y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
    least = Math.min(least, Math.max(top - y, y - bottom));
  }
  return least;
}
