import type { FederationPreview } from '../../../server/src/lsp/protocol.ts';
import { count, measuredPercent, percent, threeDigits } from '../drawing/figures.ts';
import { linearScale, logScale, logTicks } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';

const HEIGHT = 132;
const LEFT = 60;
const BOTTOM = 22;

/** How far the sites' average is off as a share of the weights, on a logarithmic scale, as far as rounding leaves any of it. */
export function ErrorFigure({ preview }: { preview: FederationPreview }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const { offPerIteration, words } = preview.accuracy;
  if (offPerIteration.length === 0) return null;
  const errors = offPerIteration.filter((off) => off !== null);
  const positive = errors.filter((error) => error > 0);
  const low = Math.min(...positive, 1);
  const high = Math.max(...positive, low * 10);
  const y = logScale([10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))], [HEIGHT - BOTTOM, 8]);
  const x = linearScale([1, Math.max(2, errors.length)], [LEFT + 8, width - 16]);
  const points = errors.map((error, index) => `${x(index + 1).toFixed(1)} ${y(error).toFixed(1)}`);
  const every = Math.ceil(errors.length / Math.max(2, Math.floor(width / 60)));
  return (
    <Figure
      title="Error of the average by iteration"
      note={words}
      table={() => (
        <DataTable
          caption="Error of the average by iteration, as a share of the weights"
          rows={offPerIteration.map((error, index) => ({ error, index }))}
          rowKey={(row) => String(row.index)}
          columns={[
            { key: 'iteration', title: 'Iteration', numeric: true, cell: (row) => count(row.index + 1) },
            {
              key: 'error',
              title: 'Of the weights',
              numeric: true,
              cell: (row) => (row.error === null ? 'drowned by rounding' : measuredPercent(row.error)),
            },
            { key: 'rho', title: 'ρ', numeric: true, cell: (row) => threeDigits(preview.rho[row.index]) },
          ]}
        />
      )}
    >
      <div ref={frame}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Error of the average as a share of the weights: ${errors.map((error, index) => `${percent(error)} after iteration ${index + 1}`).join(', ')}. ${words}`}
        >
          {logTicks(y.domain, 4).map((value) => (
            <g key={value}>
              <line class="grid" x1={LEFT} x2={width - 8} y1={y(value)} y2={y(value)} />
              <text class="tick" x={LEFT - 6} y={y(value) + 4} text-anchor="end">
                {percent(value)}
              </text>
            </g>
          ))}
          <path class="line plain" d={`M${points.join(' L')}`} />
          {errors.map((error, index) => (
            <g key={index}>
              <circle class="point" cx={x(index + 1)} cy={y(error)} r={3.5}>
                <title>{`iteration ${index + 1}: ${percent(error)} of the weights`}</title>
              </circle>
              {(index % every === 0 || index === errors.length - 1) && (
                <text class="tick" x={x(index + 1)} y={HEIGHT - 5} text-anchor="middle">
                  {index + 1}
                </text>
              )}
            </g>
          ))}
        </svg>
      </div>
    </Figure>
  );
}
