import type { SearchProgress } from '../../../server/src/lsp/protocol.ts';
import { count, counted, microseconds, percent } from '../drawing/figures.ts';
import { linearScale, ticks } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';

const HEIGHT = 120;
const TOP = 8;
const BOTTOM = 20;
const LEFT = 64;
const RIGHT = 10;

/** How a search comes nearer to the bound, move by move, and a way to end it with what it has. */
export function SearchFigure({ progress, onStop }: { progress: SearchProgress; onStop: () => void }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const { points, boundUs, running } = progress;
  const last = points.at(-1);
  const worst = Math.max(boundUs, ...points.map((point) => point.makespanUs));
  const margin = Math.max(1, worst - boundUs) * 0.08;
  const x = linearScale([0, Math.max(1, last?.moves ?? 1)], [LEFT, width - RIGHT]);
  const y = linearScale([Math.max(0, boundUs - margin), worst + margin], [HEIGHT - BOTTOM, TOP]);
  let path = '';
  for (const point of points) {
    const [px, py] = [x(point.moves).toFixed(1), y(point.makespanUs).toFixed(1)];
    path += path === '' ? `M${px} ${py}` : ` H${px} V${py}`;
  }
  return (
    <Figure
      title="Search"
      note={
        <>
          <span role="status">{searchWords(progress)}</span>{' '}
          {running && (
            <vscode-button secondary onClick={onStop}>
              Stop
            </vscode-button>
          )}
        </>
      }
      table={() => <PointTable progress={progress} />}
    >
      <div ref={frame}>
        <svg width={width} height={HEIGHT} class="search-curve" aria-hidden="true">
          {ticks([0, Math.max(1, last?.moves ?? 1)], width / 160).map((moves) => (
            <text
              key={moves}
              class="tick"
              x={x(moves)}
              y={HEIGHT - 4}
              text-anchor={x(moves) > width - 60 ? 'end' : moves === 0 ? 'start' : 'middle'}
            >
              {moves === 0 ? '0' : counted(moves, 'move')}
            </text>
          ))}
          <line class="axis-line" x1={LEFT} x2={width - RIGHT} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
          <line class="upright bound" x1={LEFT} x2={width - RIGHT} y1={y(boundUs)} y2={y(boundUs)} />
          <text class="tick" x={LEFT - 6} y={y(boundUs) + 4} text-anchor="end">
            {microseconds(boundUs)}
          </text>
          {last !== undefined && Math.abs(y(last.makespanUs) - y(boundUs)) > 14 && (
            <text class="tick" x={LEFT - 6} y={y(last.makespanUs) + 4} text-anchor="end">
              {microseconds(last.makespanUs)}
            </text>
          )}
          {path !== '' && <path class="curve" d={`${path} H${width - RIGHT}`} />}
        </svg>
      </div>
      <p class="note bound-word">┆ best possible {microseconds(boundUs)}</p>
    </Figure>
  );
}

export function searchWords({ points, boundUs, running }: SearchProgress): string {
  const last = points.at(-1);
  if (last === undefined) return running ? 'begins' : 'nothing was tried';
  const above =
    last.makespanUs <= boundUs
      ? 'the best possible'
      : `${percent(last.makespanUs / boundUs - 1)} above the best possible`;
  return `${running ? 'goes on: ' : ''}${microseconds(last.makespanUs)} after ${counted(last.moves, 'move')}, ${above}`;
}

function PointTable({ progress }: { progress: SearchProgress }) {
  return (
    <DataTable
      caption="What the search had found after how many moves"
      rows={progress.points}
      rowKey={(point) => `${point.moves}`}
      columns={[
        { key: 'moves', title: 'Moves', numeric: true, cell: (point) => count(point.moves) },
        { key: 'step', title: 'One step', numeric: true, cell: (point) => microseconds(point.makespanUs) },
        {
          key: 'above',
          title: 'Above best possible',
          numeric: true,
          cell: (point) => percent(point.makespanUs / Math.max(1, progress.boundUs) - 1),
        },
      ]}
    />
  );
}
