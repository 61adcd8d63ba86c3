import { memo } from 'preact/compat';
import type { GraphLine, GraphPicture } from '../../../server/src/lsp/protocol.ts';
import { bytes, counted } from '../drawing/figures.ts';
import { category } from '../drawing/palette.ts';
import { lineWidth } from '../drawing/scale.ts';
import { groupName } from './graph-walk.ts';
import type { Overlay } from './overlay.ts';

/** The lines between boxes: as wide as the bytes they carry, coloured by the sending device only where they cross to another. */
export const GraphLines = memo(function GraphLines(props: {
  picture: GraphPicture;
  overlay: Overlay;
  lit: ReadonlySet<string> | null;
  scale: number;
}) {
  const { picture, overlay, lit, scale } = props;
  const byPath = overlay === 'critical' && lit === null;
  const device = new Map(picture.boxes.map((box) => [box.id, box.device]));
  return (
    <g class="lines" aria-hidden="true">
      {picture.lines.map((line) => {
        const dim = lit === null ? byPath && !line.critical : !(lit.has(line.from) && lit.has(line.to));
        // Far away a line keeps at least most of a pixel.
        const width = Math.max(lineWidth(line.bytes), 0.8 / scale);
        const colour =
          line.crossing && !(byPath && line.critical) ? category(device.get(line.from) ?? -1).colour : undefined;
        const look = `line ${line.crossing ? 'crossing' : ''} ${byPath && line.critical ? 'critical' : ''} ${dim ? 'dim' : ''}`;
        return (
          <g key={`${line.from} ${line.to}`} class={look} style={colour === undefined ? undefined : { color: colour }}>
            <title>{`${groupName(line.from)} → ${groupName(line.to)}: ${bytes(line.bytes)}${line.count > 1 ? ` in ${counted(line.count, 'edge')}` : ''}${line.crossing ? ', crosses devices' : ''}${line.critical ? ', on the critical path' : ''}`}</title>
            <path d={rounded(line.points)} stroke-width={width} />
            <path class="head" d={head(line, width)} />
          </g>
        );
      })}
    </g>
  );
});

/** A polyline whose corners are rounded by up to six units. */
export function rounded(points: GraphLine['points']): string {
  const first = points[0];
  if (first === undefined) return '';
  let path = `M${first[0]} ${first[1]}`;
  for (const [i, at] of points.entries()) {
    const before = points[i - 1];
    const after = points[i + 1];
    if (before === undefined || after === undefined) continue;
    const [ax, ay] = toward(at, before);
    const [bx, by] = toward(at, after);
    path += ` L${ax} ${ay} Q${at[0]} ${at[1]} ${bx} ${by}`;
  }
  const last = points.at(-1) ?? first;
  return points.length > 1 ? `${path} L${last[0]} ${last[1]}` : path;
}

function toward(from: readonly [number, number], to: readonly [number, number]): [number, number] {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const step = length === 0 ? 0 : Math.min(6, length / 2) / length;
  return [round(from[0] + (to[0] - from[0]) * step), round(from[1] + (to[1] - from[1]) * step)];
}

/** The arrow's head at the end of a line, in the direction of its last piece. */
function head(line: GraphLine, width: number): string {
  const end = line.points[line.points.length - 1];
  const before = line.points[line.points.length - 2];
  if (end === undefined || before === undefined) return '';
  const length = Math.hypot(end[0] - before[0], end[1] - before[1]) || 1;
  const [ux, uy] = [(end[0] - before[0]) / length, (end[1] - before[1]) / length];
  const size = 4 + width;
  const [bx, by] = [end[0] - ux * size, end[1] - uy * size];
  const half = size * 0.5;
  return `M${end[0]} ${end[1]} L${round(bx - uy * half)} ${round(by + ux * half)} L${round(bx + uy * half)} ${round(by - ux * half)} Z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
