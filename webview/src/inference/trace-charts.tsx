import type { ComponentChildren } from 'preact';
import type { ReplaySeries } from '../../../server/src/lsp/protocol.ts';
import { duration, threeDigits } from '../drawing/figures.ts';
import { category } from '../drawing/palette.ts';
import { linearScale, ticks } from '../drawing/scale.ts';
import type { Scale } from '../drawing/scale.ts';

interface ChartProps {
  readonly series: ReplaySeries;
  /** Of the job's SLO, and of the latencies in the series. */
  readonly percentile: number;
  readonly x: Scale;
  readonly width: number;
  readonly cursor: number | null;
  readonly brush: number | null;
  readonly category: number;
}

/** Room for the numbers at the left and the last tick at the right, the same in every chart of the stack. */
export const CHART_LEFT = 52;
export const CHART_RIGHT = 8;

const TOP = 16;

/** One chart of the stack: its title, its grid, its marks, and the cursor that all charts share. */
function Chart(
  props: ChartProps & {
    title: string;
    height: number;
    y: Scale;
    write: (value: number) => string;
    whole?: boolean;
    children: ComponentChildren;
  },
) {
  const { x, y, width, height, cursor, brush, title, write, whole, children } = props;
  const values = ticks(y.domain, height > 70 ? 3 : 2).filter((value) => !whole || Number.isInteger(value));
  return (
    <svg class="chart" width={width} height={height} aria-hidden="true">
      <text class="chart-title" x={0} y={10}>
        {title}
      </text>
      {values.map((value) => (
        <g key={value}>
          <line class="grid" x1={CHART_LEFT} x2={width - CHART_RIGHT} y1={y(value)} y2={y(value)} />
          <text class="tick" x={CHART_LEFT - 6} y={y(value) + 4} text-anchor="end">
            {write(value)}
          </text>
        </g>
      ))}
      {children}
      {brush !== null && cursor !== null && (
        <rect
          class="brush"
          x={Math.min(x(brush), x(cursor))}
          width={Math.abs(x(cursor) - x(brush))}
          y={TOP}
          height={height - TOP}
        />
      )}
      {cursor !== null && <line class="cursor" x1={x(cursor)} x2={x(cursor)} y1={TOP} y2={height} />}
    </svg>
  );
}

/** Requests a minute, as an area, with what the autoscaler had expected as a dashed line. */
export function ArrivalsChart(props: ChartProps) {
  const { series, x } = props;
  const height = 78;
  const [from, to] = inside(x, series.arrivalsPerMinute.length);
  const forecast = series.forecastPerMinute.slice(from, to + 1);
  const top = Math.max(
    1,
    ...series.arrivalsPerMinute.slice(from, to + 1),
    ...forecast.filter((value) => value !== null),
  );
  const y = linearScale([0, top], [height - 4, TOP + 2]);
  const points: string[] = [];
  for (let minute = from; minute <= to; minute++)
    points.push(`${px(x(minute))} ${px(y(series.arrivalsPerMinute[minute] ?? 0))}`);
  const { colour } = category(props.category);
  return (
    <Chart {...props} title="Requests a minute, forecast dashed" height={height} y={y} write={short}>
      <path class="area" d={`M${px(x(from))} ${y(0)} L${points.join(' L')} L${px(x(to))} ${y(0)} Z`} fill={colour} />
      <path class="line" d={`M${points.join(' L')}`} stroke={colour} />
      <path class="forecast" d={broken(forecast, (at) => x(from + at), y)} />
    </Chart>
  );
}

/** Replicas chosen by the autoscaler, as steps. */
export function ReplicasChart(props: ChartProps) {
  const { series, x } = props;
  const height = 62;
  const [from, to] = inside(x, series.replicas.length);
  const top = Math.max(1, ...series.replicas.slice(from, to + 1));
  const y = linearScale([0, top], [height - 4, TOP + 2]);
  let path = '';
  for (let minute = from; minute <= to; minute++) {
    const at = px(y(series.replicas[minute] ?? 0));
    path += path === '' ? `M${px(x(minute))} ${at}` : ` H${px(x(minute))} V${at}`;
  }
  return (
    <Chart {...props} title="Replicas" height={height} y={y} write={short} whole>
      <path class="line" d={path} stroke={category(props.category).colour} />
    </Chart>
  );
}

/** The measured latency at the SLO's percentile with the SLO as a line, and minutes with violations as ticks along the bottom. */
export function LatencyChart(props: ChartProps) {
  const { series, x } = props;
  const height = 96;
  const [from, to] = inside(x, series.p99Ms.length);
  const known = series.p99Ms.slice(from, to + 1).filter((value): value is number => value !== null);
  // Four times the SLO is as far as the eye needs to see a promise broken; beyond it the line runs along the top.
  const top = Math.min(4 * series.sloMs, Math.max(1.25 * series.sloMs, ...known));
  const bottom = height - 12;
  const y = linearScale([0, top], [bottom, TOP + 2]);
  const shown = series.p99Ms.slice(from, to + 1).map((value) => (value === null ? null : Math.min(value, top)));
  return (
    <Chart
      {...props}
      title={`p${props.percentile} latency, SLO dashed; ${props.width < 380 ? 'ticks: over SLO' : 'ticks below: requests over SLO'}`}
      height={height}
      y={y}
      write={duration}
    >
      <line class="slo-line" x1={CHART_LEFT} x2={props.width - CHART_RIGHT} y1={y(series.sloMs)} y2={y(series.sloMs)} />
      <path class="line" d={broken(shown, (at) => x(from + at), y)} stroke={category(props.category).colour} />
      {series.violations.map((violations, minute) =>
        violations > 0 && minute >= from && minute <= to ? (
          <line key={minute} class="violation" x1={x(minute)} x2={x(minute)} y1={bottom + 3} y2={height} />
        ) : null,
      )}
    </Chart>
  );
}

/** The ruler under the stack, in minutes or hours. */
export function TimeAxis({ x, width }: { x: Scale; width: number }) {
  const hours = x.domain[1] - x.domain[0] > 240;
  const values = hours
    ? ticks([x.domain[0] / 60, x.domain[1] / 60], width / 90).map((hour) => hour * 60)
    : ticks(x.domain, width / 90);
  return (
    <svg class="axis" width={width} height={20} aria-hidden="true">
      <line class="axis-line" x1={CHART_LEFT} x2={width - CHART_RIGHT} y1={1} y2={1} />
      {values.map((minute) => (
        <g key={minute}>
          <line class="axis-line" x1={x(minute)} x2={x(minute)} y1={1} y2={5} />
          <text class="tick" x={x(minute)} y={16} text-anchor={x(minute) > width - 40 ? 'end' : 'middle'}>
            {hours ? `${minute / 60} h` : `${minute} min`}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** A line through the values that are known; where one stands alone, its round end shows as a point. */
function broken(values: readonly (number | null)[], x: (at: number) => number, y: Scale): string {
  let path = '';
  let drawing = false;
  values.forEach((value, at) => {
    if (value !== null) path += `${drawing ? ' L' : ' M'}${px(x(at))} ${px(y(value))}${drawing ? '' : ' h0'}`;
    drawing = value !== null;
  });
  return path.trim();
}

function inside(x: Scale, length: number): [number, number] {
  return [Math.max(0, Math.floor(x.domain[0])), Math.min(length - 1, Math.ceil(x.domain[1]))];
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}

function short(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : threeDigits(value);
}
