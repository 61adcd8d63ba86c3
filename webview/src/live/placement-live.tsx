import type { PlacementStatus } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, duration, measuredPercent, threeDigits } from '../drawing/figures.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { DataTable } from '../frame/data-table.tsx';
import { HistoryLine } from './history-line.tsx';

type Device = PlacementStatus['devices'][number];

/** Shown where a device was measured. */
const MEMORY = {
  key: 'memory',
  title: 'Memory',
  numeric: true,
  cell: (device: Device) => bytes(device.peakBytes ?? null),
};

/** The training run as it is: how far, how well, and measured times beside the predicted ones. */
export function PlacementLive({ status }: { status: PlacementStatus }) {
  const times = [
    { name: 'Forward pass', predicted: status.predictedForwardMs, measured: status.measuredForwardMs },
    { name: 'Step', predicted: status.predictedStepMs, measured: status.measuredStepMs },
  ];
  return (
    <>
      <p>
        <Progress done={status.step} of={status.steps} label="Training steps" /> step {count(status.step)} of{' '}
        {count(status.steps)}
        {status.loss !== null && `, loss ${threeDigits(status.loss)}`}
        {status.accuracy !== null && `, accuracy ${measuredPercent(status.accuracy)}`}
      </p>
      <HistoryLine
        label="Loss by step"
        points={status.history.map((entry) => ({ at: entry.step, value: entry.loss }))}
        write={threeDigits}
      />
      <DataTable
        caption="Predicted and measured times"
        rows={times}
        rowKey={(row) => row.name}
        columns={[
          { key: 'name', title: 'Time of', cell: (row) => row.name },
          {
            key: 'predicted',
            title: 'Predicted',
            hint: 'By the schedule simulator',
            numeric: true,
            cell: (row) => duration(row.predicted),
          },
          { key: 'measured', title: 'Measured', numeric: true, cell: (row) => duration(row.measured) },
          {
            key: 'ratio',
            title: 'Ratio',
            numeric: true,
            cell: (row) =>
              row.predicted === null || row.measured === null || row.predicted === 0
                ? '–'
                : `${threeDigits(row.measured / row.predicted)} ×`,
          },
        ]}
      />
      <DataTable
        caption="Devices as they run"
        rows={status.devices}
        rowKey={(device) => device.name}
        columns={[
          {
            key: 'device',
            title: 'Device',
            cell: (device) => (
              <>
                <Swatch index={status.devices.indexOf(device)} /> {device.name}
              </>
            ),
          },
          { key: 'nodes', title: 'Nodes', numeric: true, cell: (device) => count(device.nodes) },
          { key: 'busy', title: 'Busy a step', numeric: true, cell: (device) => duration(device.busyMsPerStep) },
          { key: 'sent', title: 'Sent a step', numeric: true, cell: (device) => bytes(device.bytesSentPerStep) },
          ...(status.devices.some(({ peakBytes }) => peakBytes != null) ? [MEMORY] : []),
        ]}
      />
    </>
  );
}

export function Progress({ done, of, label }: { done: number; of: number; label: string }) {
  return <progress aria-label={label} value={done} max={Math.max(1, of)} />;
}
