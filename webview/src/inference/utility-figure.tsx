import type { JobPreview } from '../../../server/src/lsp/protocol.ts';
import { count, duration, threeDigits } from '../drawing/figures.ts';
import { ramp } from '../drawing/palette.ts';
import { linearScale } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';

const HEIGHT = 96;
const LEFT = 34;
const BOTTOM = 18;

/** What each number of replicas would be worth to one job: utility as bars, where it stands now, and what it needs. */
export function UtilityFigure({ job }: { job: JobPreview }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const curve = job.curve;
  if (curve.length === 0) return null;
  const step = Math.min(46, (width - LEFT - 8) / curve.length);
  const y = linearScale([0, 1], [HEIGHT - BOTTOM, 8]);
  const every = Math.ceil(26 / step);
  return (
    <Figure
      title={`${job.name}: utility by replicas`}
      note={
        job.needed === null
          ? `no number of replicas up to ${count(job.max)} meets ${duration(job.sloMs)}`
          : `${count(job.needed)} ${job.needed === 1 ? 'replica meets' : 'replicas meet'} ${duration(job.sloMs)}; it has ${count(job.replicas)}`
      }
      table={() => (
        <DataTable
          caption={`Utility of ${job.name} by replicas`}
          rows={curve}
          rowKey={(point) => String(point.replicas)}
          columns={[
            { key: 'replicas', title: 'Replicas', numeric: true, cell: (point) => count(point.replicas) },
            { key: 'utility', title: 'Utility', numeric: true, cell: (point) => threeDigits(point.utility) },
            {
              key: 'latency',
              title: 'Latency',
              numeric: true,
              cell: (point) => duration(point.latencyMs ?? Infinity),
            },
          ]}
        />
      )}
    >
      <div ref={frame}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Utility of ${job.name}: ${threeDigits(job.utility)} with ${count(job.replicas)} replicas`}
        >
          {[0, 0.5, 1].map((value) => (
            <g key={value}>
              <line class="grid" x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
              <text class="tick" x={LEFT - 6} y={y(value) + 4} text-anchor="end">
                {value}
              </text>
            </g>
          ))}
          {curve.map((point, index) => {
            const now = point.replicas === job.replicas;
            return (
              <g key={point.replicas}>
                <rect
                  class={now ? 'column now' : 'column'}
                  x={LEFT + index * step + step * 0.15}
                  width={step * 0.7}
                  y={y(Math.max(0, Math.min(1, point.utility)))}
                  height={Math.max(1, y(0) - y(Math.max(0, Math.min(1, point.utility))))}
                  fill={ramp(point.utility)}
                >
                  <title>{`${count(point.replicas)} replicas: utility ${threeDigits(point.utility)}, ${duration(point.latencyMs)}`}</title>
                </rect>
                {(now || (index % every === 0 && Math.abs(point.replicas - job.replicas) * step >= 26)) && (
                  <text
                    class={now ? 'tick strong' : 'tick'}
                    x={LEFT + index * step + step / 2}
                    y={HEIGHT - 4}
                    text-anchor="middle"
                  >
                    {now ? `▲${count(point.replicas)}` : count(point.replicas)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
    </Figure>
  );
}
