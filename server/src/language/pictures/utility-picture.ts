import type { JobPreview } from '../../preview/model.ts';
import { percent, three } from '../../preview/words.ts';
import { milliseconds } from '../amount.ts';
import { BAD, FAINT, GOOD, INK, circle, line, markdownImage, polyline, rect, svg, text } from './svg.ts';

const WIDTH = 440;
const HEIGHT = 128; // leaves room for the words below it before a hover scrolls
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
  body.push(
    polyline(
      shown.map((point) => [x(point.replicas), y(point.utility)]),
      `stroke="#0072B2" stroke-width="2"`,
    ),
  );
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
    const right = x(job.replicas) > WIDTH / 2;
    // Beside the curve, which rises to the right and is flat where it is high.
    const below = y(job.utility) <= TOP + 30 ? 20 : right ? -8 : 4;
    const place = right ? 'text-anchor="end"' : '';
    body.push(text(x(job.replicas) + (right ? -12 : 12), y(job.utility) + below, label, `${place} font-weight="bold"`));
  }
  const alternative =
    `Utility of ${job.name} by replicas: ` +
    shown.map((point) => `${point.replicas}: ${three(point.utility)} (${milliseconds(point.latencyMs)})`).join(', ') +
    `; now ${job.replicas} with ${percent(job.utility)}`;
  return markdownImage(svg(WIDTH, HEIGHT, body), alternative);
}
