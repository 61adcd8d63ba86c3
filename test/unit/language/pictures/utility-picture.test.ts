import { expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { utilityPicture } from '../../../../server/src/language/pictures/utility-picture.ts';
import type { InferencePreview, JobPreview } from '../../../../server/src/preview/model.ts';

const [example] = (
  JSON.parse(
    readFileSync(new URL('../../../fixtures/previews/inference.json', import.meta.url), 'utf8'),
  ) as InferencePreview
).jobs;

/** A job whose utility is given for one replica, two, … and that has some of them. */
function job(utilities: readonly number[], replicas: number): JobPreview {
  const curve = utilities.map((utility, i) => ({ replicas: i + 1, utility, latencyMs: utility < 1 ? 900 : 500 }));
  const needed = utilities.findIndex((utility) => utility === 1) + 1;
  return { ...example!, sloMs: 720, curve, needed, replicas, utility: utilities[replicas - 1]! };
}

function svgIn(markdown: string): string {
  return Buffer.from(/base64,([^)]*)\)/.exec(markdown)![1]!, 'base64').toString('utf8');
}

const gentle = [...Array.from({ length: 20 }, (_, i) => ((i + 1) / 20) ** 2), 1, 1, 1];
const steep = [0.1, 1, 1, 1];

it.each([
  ['low on a gentle curve', gentle, 1],
  ['in the middle of a gentle curve', gentle, 12],
  ['high on a gentle curve', gentle, 19],
  ['below a steep rise', steep, 1],
  ['where it is flat', steep, 2],
  ['at the end of what it may have', [0.01, 0.03], 2],
])('the label of where a job stands keeps clear of the curve: %s', (_, utilities, replicas) => {
  const picture = svgIn(utilityPicture(job(utilities, replicas)));
  const points = /<polyline[^>]*points="([^"]*)"/
    .exec(picture)![1]!
    .split(' ')
    .map((point) => point.split(',').map(Number));
  const [, x, y, anchor, label] = /<text x="([^"]*)" y="([^"]*)" text-anchor="(\w+)" font-weight="bold">([^<]*)/.exec(
    picture,
  )!;
  const width = 6 * label!.length;
  const left = Number(x) - { start: 0, middle: width / 2, end: width }[anchor as 'start' | 'middle' | 'end'];
  for (let share = 0; share <= 1; share += 0.01) {
    const at = left + share * width;
    const next = points.findIndex(([px]) => px! >= at);
    if (next < 1) continue;
    const [[x0, y0], [x1, y1]] = [points[next - 1] as [number, number], points[next] as [number, number]];
    const curve = y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
    expect(curve < Number(y) - 8 || curve > Number(y) + 2).toBe(true);
  }
});
