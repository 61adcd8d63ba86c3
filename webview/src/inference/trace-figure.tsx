import { useMemo, useState } from 'preact/hooks';
import type { InferencePreview, JobPreview, ReplaySeries } from '../../../server/src/lsp/protocol.ts';
import { count, duration, percent } from '../drawing/figures.ts';
import { linearScale } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';
import { selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';
import { ArrivalsChart, CHART_LEFT, CHART_RIGHT, LatencyChart, ReplicasChart, TimeAxis } from './trace-charts.tsx';
import { NAMES, VIOLATIONS_HINT } from './policy-table.tsx';
import { keyStep } from './stepping.ts';

type Replay = NonNullable<InferencePreview['replay']>;

/**
 * The trace replayed for one job: arrivals, replicas and latency over the same minutes, with one cursor for all of them. Drag over a
 * chart to look closer, press Escape or double click for the whole; arrow keys step through the minutes.
 */
export function TraceFigure(props: { replay: Replay; job: string | null; jobs: readonly JobPreview[]; touch: Touch }) {
  const { replay, job, jobs, touch } = props;
  const series = replay.series.find((one) => one.job === job) ?? replay.series[0];
  const [frame, width] = useWidth<HTMLDivElement>();
  const [zoomed, setZoomed] = useState<readonly [number, number] | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [brush, setBrush] = useState<number | null>(null);
  const minutes = replay.minutes;
  const shown = zoomed ?? ([0, Math.max(1, minutes - 1)] as const);
  const x = useMemo(() => linearScale(shown, [CHART_LEFT, width - CHART_RIGHT]), [shown[0], shown[1], width]);
  if (series === undefined) return null;
  const all = series.arrivalsPerMinute.reduce((sum, n) => sum + n, 0);
  const index = jobs.findIndex((one) => one.name === series.job);
  const minuteAt = (event: PointerEvent): number => {
    const left = frame.current?.getBoundingClientRect().left ?? 0;
    return Math.round(Math.min(shown[1], Math.max(shown[0], x.invert(event.clientX - left))));
  };
  const percentile = jobs[index]?.percentile ?? 99;
  const charts = { series, percentile, x, width, cursor, brush, category: Math.max(0, index) };
  return (
    <Figure
      title={`${series.job}: the trace replayed under ${NAMES[replay.policy]}`}
      note={
        <>
          {count(minutes)} min, {count(all)} requests,{' '}
          <span title={VIOLATIONS_HINT}>{percent(series.violationRate)} over SLO</span>
        </>
      }
      tableTitle={`${series.job}: the trace as a table`}
      table={() => <MinuteTable series={series} percentile={percentile} />}
    >
      {replay.series.length > 1 && (
        <label class="picker">
          <span>Job</span>
          <vscode-single-select
            label="Job whose trace is shown"
            value={series.job}
            onChange={(event) =>
              touch.onSelect(selectionOf('job', (event.currentTarget as unknown as HTMLSelectElement).value))
            }
          >
            {replay.series.map((one) => (
              <vscode-option key={one.job} value={one.job} selected={one.job === series.job}>
                {one.job}
              </vscode-option>
            ))}
          </vscode-single-select>
        </label>
      )}
      <div
        ref={frame}
        class="charts"
        role="slider"
        tabIndex={0}
        aria-label={`Minute of the replayed trace of ${series.job}`}
        aria-valuemin={0}
        aria-valuemax={minutes - 1}
        aria-valuenow={cursor ?? 0}
        aria-valuetext={readout(series, percentile, cursor ?? 0)}
        onPointerDown={(event) => {
          setBrush(minuteAt(event));
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => setCursor(minuteAt(event))}
        onPointerLeave={() => setCursor(null)}
        onPointerUp={(event) => {
          const to = minuteAt(event);
          if (brush !== null && Math.abs(to - brush) >= 3) setZoomed([Math.min(brush, to), Math.max(brush, to)]);
          setBrush(null);
        }}
        onDblClick={() => setZoomed(null)}
        onKeyDown={(event) => {
          const step = keyStep(event.key, 1, 15);
          if (step !== null)
            setCursor((now) => Math.min(shown[1], Math.max(shown[0], (now ?? shown[0] - Math.sign(step)) + step)));
          else if (event.key === 'Home') setCursor(shown[0]);
          else if (event.key === 'End') setCursor(shown[1]);
          else if (event.key === 'Escape' && zoomed !== null) setZoomed(null);
          else if (event.key === '+') setZoomed(closer(shown, cursor, 0.5, minutes));
          else if (event.key === '-') setZoomed(closer(shown, cursor, 2, minutes));
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <ArrivalsChart {...charts} />
        <ReplicasChart {...charts} />
        <LatencyChart {...charts} />
        <TimeAxis x={x} width={width} />
      </div>
      <p class="readout">
        <span aria-hidden="true">
          {cursor === null
            ? 'Point at a minute, or step with the arrow keys; drag to look closer.'
            : readout(series, percentile, cursor)}
        </span>
        {zoomed !== null && (
          <button type="button" class="link" onClick={() => setZoomed(null)}>
            show all
          </button>
        )}
      </p>
    </Figure>
  );
}

/** The minutes shown after zooming by `factor` about the cursor; null where that is all of them. */
export function closer(
  shown: readonly [number, number],
  cursor: number | null,
  factor: number,
  minutes: number,
): readonly [number, number] | null {
  const middle = cursor ?? (shown[0] + shown[1]) / 2;
  const half = Math.max(2, ((shown[1] - shown[0]) * factor) / 2);
  const from = Math.max(0, Math.round(middle - half));
  const to = Math.min(minutes - 1, Math.round(middle + half));
  return from === 0 && to === minutes - 1 ? null : [from, to];
}

function readout(series: ReplaySeries, percentile: number, minute: number): string {
  const latency = series.p99Ms[minute];
  const violations = series.violations[minute] ?? 0;
  return (
    `Minute ${count(minute)}: ${count(series.arrivalsPerMinute[minute])} requests, ` +
    `${count(series.replicas[minute])} replicas, p${percentile} ${duration(latency ?? undefined)} of ${duration(series.sloMs)}` +
    (violations > 0 ? `, ${count(violations)} over SLO` : '')
  );
}

function MinuteTable({ series, percentile }: { series: ReplaySeries; percentile: number }) {
  const rows = series.arrivalsPerMinute.map((_, minute) => minute);
  return (
    <DataTable
      caption={`Minutes of ${series.job}`}
      rows={rows}
      rowKey={String}
      columns={[
        { key: 'minute', title: 'Minute', numeric: true, sortBy: (minute) => minute, cell: (minute) => count(minute) },
        {
          key: 'arrivals',
          title: 'Requests',
          numeric: true,
          sortBy: (minute) => series.arrivalsPerMinute[minute] ?? 0,
          cell: (minute) => count(series.arrivalsPerMinute[minute]),
        },
        {
          key: 'forecast',
          title: 'Forecast',
          numeric: true,
          sortBy: (minute) => series.forecastPerMinute[minute] ?? NaN,
          cell: (minute) => count(series.forecastPerMinute[minute] ?? undefined),
        },
        {
          key: 'replicas',
          title: 'Replicas',
          numeric: true,
          sortBy: (minute) => series.replicas[minute] ?? 0,
          cell: (minute) => count(series.replicas[minute]),
        },
        {
          key: 'p99',
          title: `p${percentile}`,
          numeric: true,
          sortBy: (minute) => series.p99Ms[minute] ?? NaN,
          cell: (minute) => duration(series.p99Ms[minute] ?? undefined),
        },
        {
          key: 'violations',
          title: 'Over SLO',
          numeric: true,
          sortBy: (minute) => series.violations[minute] ?? 0,
          cell: (minute) => count(series.violations[minute]),
        },
      ]}
    />
  );
}
