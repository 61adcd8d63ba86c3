import { linearScale } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';

const HEIGHT = 64;
const LEFT = 46;

interface Props {
  readonly label: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
  readonly write: (value: number) => string;
}

/** A small line of something over steps or rounds, with its least and greatest value written out; nothing before there are two. */
export function HistoryLine(props: Props) {
  const first = props.points[0];
  const last = props.points.at(-1);
  return first === undefined || first === last || last === undefined ? null : (
    <Line {...props} first={first} last={last} />
  );
}

function Line({ label, points, write, first, last }: Props & Record<'first' | 'last', Props['points'][number]>) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const values = points.map((point) => point.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = linearScale([first.at, last.at], [LEFT, width - 8]);
  const y = linearScale([low, high === low ? low + 1 : high], [HEIGHT - 8, 26]);
  return (
    <div ref={frame}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${label}: from ${write(first.value)} to ${write(last.value)}`}
      >
        <text class="chart-title" x={0} y={10}>
          {label}
        </text>
        {[low, high].map((value, index) => (
          <g key={index}>
            <line class="grid" x1={LEFT} x2={width - 8} y1={y(value)} y2={y(value)} />
            <text class="tick" x={LEFT - 6} y={y(value) + 4} text-anchor="end">
              {write(value)}
            </text>
          </g>
        ))}
        <path
          class="line plain"
          d={`M${points.map((point) => `${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`).join(' L')}`}
        />
      </svg>
    </div>
  );
}
