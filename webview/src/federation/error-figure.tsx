import type { FederationPreview } from '../../../server/src/lsp/protocol.ts';
import { count, threeDigits } from '../drawing/figures.ts';
import { linearScale, logScale, logTicks } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';

const HEIGHT = 132;
const LEFT = 60;
const BOTTOM = 22;

/** How the mean squared error of the sites' average falls with the iterations, on a logarithmic scale. */
export function ErrorFigure({ preview }: { preview: FederationPreview }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const errors = preview.errorPerIteration;
  if (errors.length === 0) return null;
  const positive = errors.filter((error) => error > 0);
  const low = Math.min(...positive, 1);
  const high = Math.max(...positive, low * 10);
  const y = logScale([10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))], [HEIGHT - BOTTOM, 8]);
  const x = linearScale([1, Math.max(2, errors.length)], [LEFT + 8, width - 16]);
  const points = errors.map((error, index) => `${x(index + 1).toFixed(1)} ${y(error).toFixed(1)}`);
  const every = Math.ceil(errors.length / Math.max(2, Math.floor(width / 60)));
  const last = errors[errors.length - 1];
  return (
    <Figure
      title="Squared error of the mean by iteration"
      note={`after ${count(errors.length)}: ${threeDigits(last)}`}
      table={() => (
        <DataTable
          caption="Mean squared error of the mean by iteration"
          rows={errors.map((error, index) => ({ error, index }))}
          rowKey={(row) => String(row.index)}
          columns={[
            { key: 'iteration', title: 'Iteration', numeric: true, cell: (row) => count(row.index + 1) },
            { key: 'error', title: 'Error', numeric: true, cell: (row) => threeDigits(row.error) },
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
          aria-label={`Mean squared error of the mean: ${threeDigits(errors[0])} after the first iteration, ${threeDigits(last)} after ${count(errors.length)}`}
        >
          {logTicks(y.domain, 4).map((value) => (
            <g key={value}>
              <line class="grid" x1={LEFT} x2={width - 8} y1={y(value)} y2={y(value)} />
              <text class="tick" x={LEFT - 6} y={y(value) + 4} text-anchor="end">
                {power(value)}
              </text>
            </g>
          ))}
          <path class="line plain" d={`M${points.join(' L')}`} />
          {errors.map((error, index) => (
            <g key={index}>
              <circle class="point" cx={x(index + 1)} cy={y(error)} r={3.5}>
                <title>{`iteration ${index + 1}: ${threeDigits(error)}`}</title>
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

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

function power(value: number): string {
  const exponent = String(Math.round(Math.log10(value)));
  return exponent === '0'
    ? '1'
    : exponent === '1'
      ? '10'
      : `10${Array.from(exponent, (letter) => SUPERSCRIPTS[letter] ?? letter).join('')}`;
}
