import { useMemo, useState } from 'preact/hooks';
import type { PlacementPreview } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, measuredPercent, microseconds } from '../drawing/figures.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { seen } from '../drawing/seen.ts';
import { linearScale } from '../drawing/scale.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Delta } from '../frame/delta.tsx';
import { Figure } from '../frame/figure.tsx';
import { TimeAxis } from './time-axis.tsx';
import { selected, selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';
import { DeviceLane } from './device-lane.tsx';

type Device = PlacementPreview['devices'][number];

export const LANE_RIGHT = 10;

/** A lane a device: compute solid, transfers hatched, idle blank; below it the memory in use against the limit. One ruler for all. */
export function DeviceFigure(props: {
  preview: PlacementPreview;
  base: PlacementPreview | null;
  touch: Touch;
  highlight: readonly string[];
  /** Whether the critical path is lit. */
  showPath: boolean;
}) {
  const { preview, base, touch, highlight, showPath } = props;
  const [frame, width] = useWidth<HTMLDivElement>();
  const [span, setSpan] = useState<readonly [number, number] | null>(null);
  const left = width < 480 ? 8 : 132;
  const end = Math.max(preview.makespanUs, preview.lowerBoundUs, base?.makespanUs ?? 0, 1) * 1.02;
  const shown = span ?? ([0, end] as const);
  const x = useMemo(() => linearScale(shown, [left, width - LANE_RIGHT]), [shown[0], shown[1], left, width]);
  const marks = useMemo(() => new Set(highlight), [highlight]);
  const chosen = selected(touch.selection, 'device');
  const zoomAbout = (factor: number, middle: number): void => {
    const wide = Math.min(end, (shown[1] - shown[0]) * factor);
    if (wide >= end * 0.999) return setSpan(null);
    const from = Math.min(Math.max(0, middle - ((middle - shown[0]) / (shown[1] - shown[0])) * wide), end - wide);
    setSpan([from, from + wide]);
  };
  const slide = (part: number): void => {
    const wide = shown[1] - shown[0];
    const from = Math.min(Math.max(0, shown[0] + part * wide), end - wide);
    if (span !== null) setSpan([from, from + wide]);
  };
  return (
    <Figure
      title="Devices over one step"
      note={
        <>
          <span class="key solid" /> compute <span class="key hatched" /> transfer <span class="key memory" /> memory,
          limit dashed
        </>
      }
      tableTitle="Devices as a table"
      table={() => (
        <>
          <DeviceTable preview={preview} base={base} />
          <PathTable preview={preview} />
        </>
      )}
    >
      <div
        ref={frame}
        class="lanes"
        role="group"
        tabIndex={0}
        aria-label="Timelines of the devices: plus and minus zoom, arrow keys move, 0 shows all; the table below has every number"
        onKeyDown={(event) => {
          if (event.key === '+' || event.key === '=') zoomAbout(0.5, (shown[0] + shown[1]) / 2);
          else if (event.key === '-') zoomAbout(2, (shown[0] + shown[1]) / 2);
          else if (event.key === '0' || (event.key === 'Escape' && span !== null)) setSpan(null);
          else if (event.key === 'ArrowRight') slide(0.2);
          else if (event.key === 'ArrowLeft') slide(-0.2);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          zoomAbout(
            Math.exp(event.deltaY / 300),
            x.invert(event.clientX - event.currentTarget.getBoundingClientRect().left),
          );
        }}
        onDblClick={() => setSpan(null)}
      >
        <TimeAxis shown={shown} x={x} width={width} />
        {preview.devices.map((device, index) => (
          <DeviceLane
            key={device.name}
            device={device}
            index={index}
            x={x}
            left={left}
            width={width}
            boundUs={preview.lowerBoundUs}
            makespanUs={preview.makespanUs}
            ghostUs={base !== null && base.makespanUs !== preview.makespanUs ? base.makespanUs : null}
            marks={marks}
            path={showPath ? preview.critical.steps : null}
            dim={chosen !== null && chosen !== device.name}
            onSelect={() => touch.onSelect(selectionOf('device', device.name))}
            onNode={(node) => touch.onSelect(selectionOf('node', node))}
          />
        ))}
        <p class="note">{preview.critical.words}</p>
        <p class="lane-notes note">
          <span class="bound-word">┆ best possible {microseconds(preview.lowerBoundUs)}</span>
          <span>│ end {microseconds(preview.makespanUs)}</span>
          {span !== null && (
            <button type="button" class="link" onClick={() => setSpan(null)}>
              show all
            </button>
          )}
        </p>
      </div>
    </Figure>
  );
}

/** The pieces of the critical path, each with its place. */
function PathTable({ preview }: { preview: PlacementPreview }) {
  const { steps, hidden } = preview.critical;
  const name = (index: number | undefined): string => (index === undefined ? '' : (preview.devices[index]?.name ?? ''));
  return (
    <>
      <h3>Critical path</h3>
      {hidden > 0 && (
        <p class="note">
          The {count(steps.length)} longest pieces; {count(hidden)} shorter ones are left out.
        </p>
      )}
      <DataTable
        caption="Critical path"
        rows={steps}
        rowKey={(step) => `${step.kind} ${step.device} ${step.startUs}`}
        sorting={{ key: 'start', descending: false }}
        columns={[
          {
            key: 'what',
            title: 'What',
            cell: (step) => `${step.kind === 'transfer' ? 'transfer of ' : ''}${seen(step.label)}`,
          },
          {
            key: 'where',
            title: 'Where',
            sortBy: (step) => name(step.device),
            cell: (step) => `${name(step.device)}${step.to === undefined ? '' : ` → ${name(step.to)}`}`,
          },
          {
            key: 'start',
            title: 'Starts',
            numeric: true,
            sortBy: (step) => step.startUs,
            cell: (step) => microseconds(step.startUs),
          },
          {
            key: 'takes',
            title: 'Takes',
            numeric: true,
            sortBy: (step) => step.endUs - step.startUs,
            cell: (step) => microseconds(step.endUs - step.startUs),
          },
        ]}
      />
    </>
  );
}

function DeviceTable({ preview, base }: { preview: PlacementPreview; base: PlacementPreview | null }) {
  const before = (device: Device): Device | undefined => base?.devices.find((other) => other.name === device.name);
  return (
    <DataTable
      caption="Devices"
      rows={preview.devices}
      rowKey={(device) => device.name}
      columns={[
        {
          key: 'name',
          title: 'Device',
          sortBy: (device) => device.name,
          cell: (device) => (
            <>
              <Swatch index={preview.devices.indexOf(device)} /> {device.name}
            </>
          ),
        },
        {
          key: 'nodes',
          title: 'Nodes',
          numeric: true,
          sortBy: (device) => device.nodes,
          cell: (device) => count(device.nodes),
        },
        {
          key: 'busy',
          title: 'Busy',
          numeric: true,
          sortBy: (device) => device.busyUs,
          cell: (device) => (
            <>
              {microseconds(device.busyUs)} (
              {measuredPercent(preview.makespanUs > 0 ? device.busyUs / preview.makespanUs : null)})
              <Delta now={device.busyUs} before={before(device)?.busyUs} write={microseconds} />
            </>
          ),
        },
        {
          key: 'peak',
          title: 'Peak memory',
          numeric: true,
          sortBy: (device) => device.peakBytes,
          cell: (device) => (
            <>
              {bytes(device.peakBytes)}
              <Delta now={device.peakBytes} before={before(device)?.peakBytes} write={bytes} />
            </>
          ),
        },
        {
          key: 'limit',
          title: 'Limit',
          numeric: true,
          sortBy: (device) => device.memoryBytes,
          cell: (device) => bytes(device.memoryBytes),
        },
        {
          key: 'filled',
          title: 'Filled',
          numeric: true,
          sortBy: (device) => device.peakBytes / device.memoryBytes,
          cell: (device) => measuredPercent(device.peakBytes / device.memoryBytes),
        },
      ]}
    />
  );
}
