import type { PlacementComparison } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, counted, measuredPercent, microseconds } from '../drawing/figures.ts';
import { seen } from '../drawing/seen.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Delta } from '../frame/delta.tsx';
import { Figure } from '../frame/figure.tsx';
import { selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';

/** Two placements beside one another: steps, transfers and peaks, then the nodes that sit elsewhere. */
export function ComparisonFigure(props: { comparison: PlacementComparison; touch: Touch; onClose: () => void }) {
  const { comparison, touch, onClose } = props;
  const [a, b] = comparison.sides;
  const rows = [
    { what: 'One step', values: [a.makespanUs, b.makespanUs] as const, write: microseconds, limit: null },
    { what: 'Bytes sent', values: [a.transferBytes, b.transferBytes] as const, write: bytes, limit: null },
    ...comparison.devices.map(({ device, peakBytes, memoryBytes }) => ({
      what: `Peak of ${device}`,
      values: peakBytes,
      write: bytes,
      limit: memoryBytes,
    })),
  ];
  const value = (row: (typeof rows)[number], side: 0 | 1) => (
    <>
      {row.write(row.values[side])}
      {row.limit !== null && (
        <span class={row.values[side] > row.limit ? 'state-word error' : 'note'}>
          {' '}
          {row.values[side] > row.limit ? '✕ ' : ''}
          {measuredPercent(row.values[side] / Math.max(1, row.limit))}
        </span>
      )}
      {side === 1 && <Delta now={row.values[1]} before={row.values[0]} write={row.write} better="less" />}
    </>
  );
  return (
    <Figure
      title={`${a.algorithm} and ${b.algorithm}`}
      note={
        <button type="button" class="link" onClick={onClose}>
          close
        </button>
      }
      tableTitle={`${counted(comparison.moved, 'node')} elsewhere`}
      table={() => <MovedNodes comparison={comparison} touch={touch} />}
    >
      <p role="status">{comparison.words}</p>
      {comparison.renamed.length > 0 && (
        <p class="note">
          Devices that are alike are taken for one another: in {b.algorithm}{' '}
          {comparison.renamed.map(([there, here]) => `${there} is called ${here}`).join(', ')}.
        </p>
      )}
      <DataTable
        caption={`${a.algorithm} and ${b.algorithm} side by side`}
        rows={rows}
        rowKey={(row) => row.what}
        columns={[
          { key: 'what', title: 'What', cell: (row) => row.what },
          { key: 'a', title: a.algorithm, numeric: true, cell: (row) => value(row, 0) },
          { key: 'b', title: b.algorithm, numeric: true, cell: (row) => value(row, 1) },
        ]}
      />
    </Figure>
  );
}

function MovedNodes({ comparison, touch }: { comparison: PlacementComparison; touch: Touch }) {
  const left = comparison.moved - comparison.nodes.length;
  return (
    <>
      {left > 0 && (
        <p class="note">
          The {count(comparison.nodes.length)} that compute longest; {count(left)} more are left out.
        </p>
      )}
      <DataTable
        caption="Nodes that sit elsewhere"
        rows={comparison.nodes}
        rowKey={(row) => row.node}
        columns={[
          {
            key: 'node',
            title: 'Node',
            sortBy: (row) => row.node,
            cell: (row) => (
              <button type="button" class="link" onClick={() => touch.onSelect(selectionOf('node', row.node))}>
                {seen(row.node)}
              </button>
            ),
          },
          { key: 'from', title: comparison.sides[0].algorithm, sortBy: (row) => row.from, cell: (row) => row.from },
          { key: 'to', title: comparison.sides[1].algorithm, sortBy: (row) => row.to, cell: (row) => row.to },
          {
            key: 'time',
            title: 'Time',
            numeric: true,
            sortBy: (row) => row.computeUs,
            cell: (row) => microseconds(row.computeUs),
          },
        ]}
      />
    </>
  );
}
