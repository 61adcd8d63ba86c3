import type { DevicePreview, GraphBox, GraphPicture } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, microseconds } from '../drawing/figures.ts';
import { DataTable } from '../frame/data-table.tsx';

/** The boxes of the graph as a table. */
export function BoxTable(props: {
  picture: GraphPicture;
  devices: readonly DevicePreview[];
  onSelect: (box: GraphBox) => void;
}) {
  const { picture, devices, onSelect } = props;
  return (
    <DataTable
      caption="Boxes of the graph"
      rows={picture.boxes}
      rowKey={(box) => box.id}
      columns={[
        {
          key: 'name',
          title: 'Name',
          sortBy: (box) => box.label,
          cell: (box) => (
            <button type="button" class="link" onClick={() => onSelect(box)}>
              {box.label}
            </button>
          ),
        },
        { key: 'nodes', title: 'Nodes', numeric: true, sortBy: (box) => box.count, cell: (box) => count(box.count) },
        {
          key: 'device',
          title: 'Device',
          sortBy: (box) => devices[box.device]?.name ?? 'mixed',
          cell: (box) => devices[box.device]?.name ?? 'mixed',
        },
        {
          key: 'time',
          title: 'Time',
          numeric: true,
          sortBy: (box) => box.computeUs,
          cell: (box) => microseconds(box.computeUs),
        },
        {
          key: 'memory',
          title: 'Memory',
          numeric: true,
          sortBy: (box) => box.memoryBytes,
          cell: (box) => bytes(box.memoryBytes),
        },
        {
          key: 'critical',
          title: 'On the critical path',
          numeric: true,
          sortBy: (box) => box.criticalUs,
          cell: (box) => (box.criticalUs > 0 ? microseconds(box.criticalUs) : '–'),
        },
      ]}
    />
  );
}
