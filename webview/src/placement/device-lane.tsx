import { seen } from '../drawing/seen.ts';
import type { CriticalPathPreview, DevicePreview } from '../../../server/src/lsp/protocol.ts';
import { bytes, measuredPercent, microseconds } from '../drawing/figures.ts';
import { fill, hatch } from '../drawing/palette.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { linearScale } from '../drawing/scale.ts';
import type { Scale } from '../drawing/scale.ts';

const BUSY_TOP = 4;
const BUSY_HEIGHT = 20;
const MEMORY_TOP = 28;
const MEMORY_HEIGHT = 26;
const HEIGHT = MEMORY_TOP + MEMORY_HEIGHT + 4;

interface Props {
  readonly device: DevicePreview;
  readonly index: number;
  readonly x: Scale;
  readonly left: number;
  readonly width: number;
  readonly boundUs: number;
  readonly makespanUs: number;
  readonly ghostUs: number | null;
  /** Nodes that are selected in the graph. */
  readonly marks: ReadonlySet<string>;
  /** The critical path, where it is lit. */
  readonly path: CriticalPathPreview['steps'] | null;
  readonly dim: boolean;
  readonly onSelect: () => void;
  /** A run or a transfer was clicked: the node that it belongs to. */
  readonly onNode: (node: string) => void;
}

/** One device: what it does when, and how much memory that holds. */
export function DeviceLane(props: Props) {
  const { device, index, x, left, width, boundUs, makespanUs, ghostUs, marks, path, dim, onSelect, onNode } = props;
  const narrow = left < 100;
  const share = measuredPercent(makespanUs > 0 ? device.busyUs / makespanUs : null);
  const memory = `${bytes(device.peakBytes)} of ${bytes(device.memoryBytes)}`;
  const over = device.peakBytes > device.memoryBytes;
  return (
    <div class={`lane ${dim ? 'dim' : ''} ${path === null ? '' : 'with-path'}`} data-device={device.name}>
      <button
        type="button"
        class={narrow ? 'lane-name above' : 'lane-name'}
        onClick={onSelect}
        title={`memory ${memory}`}
      >
        <span class="lane-title">
          <Swatch index={index} /> {device.name}
        </span>
        <span class="note">busy {share}</span>
        <span class={over ? 'note state-word error' : 'note'}>
          {over ? '✕ ' : ''}
          memory {narrow ? memory : measuredPercent(device.peakBytes / device.memoryBytes)}
        </span>
      </button>
      <svg class="lane-picture" width={width} height={HEIGHT} aria-hidden="true">
        <rect class="lane-ground" x={left} y={BUSY_TOP} width={Math.max(0, width - left - 10)} height={BUSY_HEIGHT} />
        {device.intervals.map((interval, at) => {
          const from = Math.max(x(interval.startUs), left);
          const to = Math.min(x(interval.endUs), x.range[1]);
          if (to < left || from > x.range[1]) return null;
          return (
            <rect
              key={at}
              class={`interval ${interval.kind} ${marks.has(interval.node ?? interval.label) ? 'marked' : ''}`}
              x={from}
              y={interval.kind === 'compute' ? BUSY_TOP : BUSY_TOP + 5}
              width={Math.max(0.75, to - from)}
              height={interval.kind === 'compute' ? BUSY_HEIGHT : BUSY_HEIGHT - 10}
              fill={interval.kind === 'compute' ? fill(index) : hatch(index)}
              onClick={() => onNode(interval.node ?? interval.label)}
            >
              <title>{`${seen(interval.label)}: ${interval.kind}, ${microseconds(interval.startUs)} to ${microseconds(interval.endUs)}`}</title>
            </rect>
          );
        })}
        {path !== null && <PathMarks path={path} index={index} x={x} left={left} />}
        <MemoryArea device={device} index={index} x={x} left={left} width={width} />
        <Upright at={x(boundUs)} kind="bound" left={left} right={x.range[1]} />
        <Upright at={x(makespanUs)} kind="end" left={left} right={x.range[1]} />
        {ghostUs !== null && <Upright at={x(ghostUs)} kind="ghost" left={left} right={x.range[1]} />}
      </svg>
    </div>
  );
}

/** What of the critical path this device computes, sends or receives: a bar on top of its lane, dashed for a transfer. */
function PathMarks(props: { path: CriticalPathPreview['steps']; index: number; x: Scale; left: number }) {
  const { path, index, x, left } = props;
  return (
    <>
      {path.map((step, at) => {
        if (step.device !== index && step.to !== index) return null;
        const from = Math.max(x(step.startUs), left);
        const to = Math.min(x(step.endUs), x.range[1]);
        if (to < left || from > x.range[1]) return null;
        return (
          <g key={at} class={`on-path ${step.kind}`}>
            <title>{`On the critical path: ${step.kind === 'transfer' ? 'transfer of ' : ''}${seen(step.label)}, ${microseconds(step.startUs)} to ${microseconds(step.endUs)}`}</title>
            <line x1={from} x2={Math.max(to, from + 0.75)} y1={BUSY_TOP - 1.5} y2={BUSY_TOP - 1.5} />
            {step.kind === 'compute' && (
              <rect x={from} y={BUSY_TOP} width={Math.max(0.75, to - from)} height={BUSY_HEIGHT} />
            )}
          </g>
        );
      })}
    </>
  );
}

function Upright({
  at,
  kind,
  left,
  right,
}: {
  at: number;
  kind: 'bound' | 'end' | 'ghost';
  left: number;
  right: number;
}) {
  return at < left - 0.5 || at > right + 0.5 ? null : (
    <line class={`upright ${kind}`} x1={at} x2={at} y1={0} y2={HEIGHT} />
  );
}

/** Memory in use, as steps, against the device's limit. The scale ends at whichever is more. */
function MemoryArea({
  device,
  index,
  x,
  left,
  width,
}: {
  device: DevicePreview;
  index: number;
  x: Scale;
  left: number;
  width: number;
}) {
  const y = linearScale(
    [0, Math.max(device.memoryBytes, device.peakBytes, 1) * 1.08],
    [MEMORY_TOP + MEMORY_HEIGHT, MEMORY_TOP],
  );
  const inside = (pixel: number): number => Math.round(Math.min(x.range[1], Math.max(left, pixel)) * 10) / 10;
  let path = '';
  for (const [time, used] of device.memoryOverTime) {
    const at = inside(x(time));
    path += path === '' ? `M${at} ${y(0)} V${y(used).toFixed(1)}` : ` H${at} V${y(used).toFixed(1)}`;
  }
  return (
    <>
      {path !== '' && <path class="memory-area" d={`${path} H${inside(x.range[1])} V${y(0)} Z`} fill={fill(index)} />}
      <line class="memory-floor" x1={left} x2={width - 10} y1={y(0)} y2={y(0)} />
      <line class="memory-limit" x1={left} x2={width - 10} y1={y(device.memoryBytes)} y2={y(device.memoryBytes)} />
    </>
  );
}
