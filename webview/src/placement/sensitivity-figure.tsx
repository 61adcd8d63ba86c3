import type { SensitivityPoint, SensitivityPreview } from '../../../server/src/lsp/protocol.ts';
import { count, measuredPercent, microseconds } from '../drawing/figures.ts';
import { linearScale } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';

const TITLE = 'How far it holds';

type Axis = SensitivityPreview['axes'][number];

const HEIGHT = 130;
const TOP = 10;
const BOTTOM = 20;
const LEFT = 64;
const RIGHT = 22;
/** Two charts stand side by side where each has so much room, in px. */
const LEAST_WIDTH = 320;
/** Between them; as in the style sheet. */
const GAP = 8;

/** What becomes of a step where memory, transfers, computing or the profile are others: the placement kept, and planned anew. */
export function SensitivityFigure(props: {
  sensitivity: SensitivityPreview | undefined;
  wanted: boolean;
  onWant: (wanted: boolean) => void;
  onStop: () => void;
}) {
  const { sensitivity, wanted, onWant, onStop } = props;
  const close = (
    <button type="button" class="link" onClick={() => onWant(false)}>
      close
    </button>
  );
  if (!wanted || !sensitivity) {
    return (
      <section class="figure" aria-labelledby="how-far">
        <div class="section-head">
          <h2 id="how-far">{TITLE}</h2>
          <span class="note">
            {wanted
              ? 'begins once the placement is found, and nothing is wrong with it '
              : 'with other memory, bandwidth and times than it was planned with'}
            {wanted && close}
          </span>
        </div>
        {!wanted && (
          <vscode-button secondary onClick={() => onWant(true)}>
            Try other figures
          </vscode-button>
        )}
      </section>
    );
  }
  return (
    <Figure
      title={TITLE}
      note={
        <>
          <span role="status">{progressWords(sensitivity)}</span>{' '}
          {sensitivity.running && (
            <vscode-button secondary onClick={onStop}>
              Stop
            </vscode-button>
          )}{' '}
          {close}
        </>
      }
      table={() => sensitivity.axes.map((axis) => <PointTable key={axis.title} axis={axis} />)}
    >
      {sensitivity.judged > 0 && !sensitivity.running && <p>{sensitivity.words}</p>}
      <Multiples axes={sensitivity.axes} />
    </Figure>
  );
}

function Multiples({ axes }: { axes: readonly Axis[] }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const columns = width >= 2 * LEAST_WIDTH ? 2 : 1;
  return (
    <>
      <div ref={frame} class="small-multiples">
        {axes.map(
          (axis) =>
            axis.points.length > 0 && (
              <Curves key={axis.title} axis={axis} width={Math.floor((width - GAP * (columns - 1)) / columns)} />
            ),
        )}
      </div>
      <p class="note">
        <span class="line-sample" /> kept as it is <span class="line-sample anew" /> planned anew; where a line is
        missing nothing fits
      </p>
    </>
  );
}

function progressWords(sensitivity: SensitivityPreview): string {
  const { judged, cases, running } = sensitivity;
  if (running) return `${count(judged)} of ${count(cases)} cases`;
  return judged === cases ? `${count(cases)} cases` : `stopped after ${count(judged)} of ${count(cases)} cases`;
}

function Curves({ axis, width }: { axis: Axis; width: number }) {
  const { points, title, means } = axis;
  const factors = points.map(({ factor }) => factor);
  const most = Math.max(1, ...points.flatMap(({ keptUs, anewUs }) => [keptUs ?? 0, anewUs ?? 0]));
  const x = linearScale([Math.min(...factors), Math.max(...factors)], [LEFT, width - RIGHT]);
  const y = linearScale([0, most], [HEIGHT - BOTTOM, TOP]);
  return (
    <div class="multiple">
      <h3>{title}</h3>
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {[0, most].map((us) => (
          <g key={us}>
            <line class="grid" x1={LEFT} x2={width - RIGHT} y1={y(us)} y2={y(us)} />
            <text class="tick" x={LEFT - 6} y={y(us) + 4} text-anchor="end">
              {us === 0 ? '0' : microseconds(us)}
            </text>
          </g>
        ))}
        {labelled(factors, x).map((factor) => (
          <text key={factor} class="tick" x={x(factor)} y={HEIGHT - 4} text-anchor="middle">
            {measuredPercent(factor)}
          </text>
        ))}
        <Line points={points} value={({ keptUs }) => keptUs} x={x} y={y} class="kept" />
        <Line points={points} value={({ anewUs }) => anewUs} x={x} y={y} class="anew" />
      </svg>
      <p class="note">{means}</p>
    </div>
  );
}

/** Those factors whose words have room beside those before; the last one always. */
function labelled(factors: readonly number[], x: (factor: number) => number): readonly number[] {
  const room = 36;
  const last = factors.at(-1);
  if (last === undefined) return [];
  const shown: number[] = [];
  for (const factor of factors.slice(0, -1)) {
    const before = shown.at(-1);
    const fits = before === undefined || x(factor) - x(before) >= room;
    if (fits && x(last) - x(factor) >= room) shown.push(factor);
  }
  return [...shown, last];
}

/** A line through the points that have a value, parted where one has none. */
function Line(props: {
  points: readonly SensitivityPoint[];
  value: (point: SensitivityPoint) => number | null;
  x: (factor: number) => number;
  y: (us: number) => number;
  class: string;
}) {
  const { points, value, x, y } = props;
  let path = '';
  let parted = true;
  const marks = points.flatMap((point) => {
    const us = value(point);
    if (us === null) {
      parted = true;
      return [];
    }
    path += `${parted ? 'M' : 'L'}${x(point.factor).toFixed(1)} ${y(us).toFixed(1)}`;
    parted = false;
    return [<circle key={point.factor} class="point" cx={x(point.factor)} cy={y(us)} r={3} />];
  });
  return (
    <g class={`sensitivity-line ${props.class}`}>
      <path class="line plain" d={path} />
      {marks}
    </g>
  );
}

function PointTable({ axis }: { axis: Axis }) {
  const fits = (fit: number, cases: number): string =>
    cases === 1 ? (fit === 1 ? 'fits' : '✕') : `${count(fit)} of ${count(cases)}`;
  const share = (value: number | null): string => (value === null ? '–' : measuredPercent(value));
  const time = (us: number | null): string => (us === null ? '–' : microseconds(us));
  return (
    <DataTable
      caption={`${axis.title}, ${axis.means}`}
      rows={axis.points}
      rowKey={(point) => `${point.factor}`}
      columns={[
        { key: 'factor', title: axis.title, numeric: true, cell: ({ factor }) => measuredPercent(factor) },
        { key: 'kept', title: 'Kept', numeric: true, cell: ({ keptUs }) => time(keptUs) },
        { key: 'keptFits', title: 'Fits', cell: ({ keptFits, cases }) => fits(keptFits, cases) },
        { key: 'anew', title: 'Planned anew', numeric: true, cell: ({ anewUs }) => time(anewUs) },
        { key: 'anewFits', title: 'Fits', cell: ({ anewFits, cases }) => fits(anewFits, cases) },
        { key: 'regret', title: 'Regret', numeric: true, cell: ({ regret }) => share(regret) },
        { key: 'worst', title: 'At worst', numeric: true, cell: ({ worstRegret }) => share(worstRegret) },
      ]}
    />
  );
}
