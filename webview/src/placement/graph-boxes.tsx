import { memo } from 'preact/compat';
import { useMemo } from 'preact/hooks';
import type { DevicePreview, GraphBox, GraphPicture } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, counted, microseconds } from '../drawing/figures.ts';
import { fill, ramp } from '../drawing/palette.ts';
import { heaviest, weight } from './overlay.ts';
import type { Overlay } from './overlay.ts';

interface Props {
  readonly picture: GraphPicture;
  readonly devices: readonly DevicePreview[];
  readonly overlay: Overlay;
  readonly lit: ReadonlySet<string> | null;
  readonly found: ReadonlySet<string>;
  readonly selectedBox: string | null;
  readonly selectedDevice: number | null;
  readonly roving: string | null;
  readonly scale: number;
  readonly onFocus: (id: string) => void;
  readonly onHover: (box: GraphBox | null) => void;
  readonly onSelect: (box: GraphBox) => void;
  readonly onOpen: (box: GraphBox) => void;
}

/** The boxes, each a button of which one is in the tab order (roving tabindex); a band at the left is the device, or its parts. */
export const GraphBoxes = memo(function GraphBoxes(props: Props) {
  const { picture, devices, overlay, lit, found, selectedBox, selectedDevice, roving, scale } = props;
  const degrees = useMemo(() => degreesOf(picture), [picture]);
  const most = useMemo(() => heaviest(overlay, picture), [overlay, picture]);
  const isDim = (box: GraphBox): boolean =>
    (lit !== null && !lit.has(box.id)) ||
    (overlay === 'critical' && lit === null && box.criticalUs === 0) ||
    (selectedDevice !== null && (box.share[selectedDevice] ?? 0) === 0);
  return (
    <>
      {picture.boxes.map((box) => (
        <Box
          key={box.id}
          box={box}
          device={devices[box.device]?.name ?? 'several devices'}
          inputs={degrees.get(box.id)?.inputs ?? 0}
          outputs={degrees.get(box.id)?.outputs ?? 0}
          overlay={overlay}
          share={most > 0 ? (weight(overlay, box) ?? 0) / most : 0}
          state={[
            box.id === selectedBox ? 'selected' : '',
            isDim(box) ? 'dim' : '',
            found.has(box.id) ? 'found' : '',
            overlay === 'critical' && box.criticalUs > 0 ? 'critical' : '',
          ]
            .join(' ')
            .trim()}
          tabbable={box.id === roving}
          near={scale >= 0.8}
          nameSize={nameSize(box, scale)}
          onFocus={props.onFocus}
          onHover={props.onHover}
          onSelect={props.onSelect}
          onOpen={props.onOpen}
        />
      ))}
    </>
  );
});

interface Degree {
  inputs: number;
  outputs: number;
}

function degreesOf({ boxes, lines }: GraphPicture): ReadonlyMap<string, Degree> {
  const degrees = new Map(boxes.map((box) => [box.id, { inputs: 0, outputs: 0 }]));
  for (const { from, to, count } of lines) {
    const [source, target] = [degrees.get(from), degrees.get(to)];
    if (source !== undefined) source.outputs += count;
    if (target !== undefined) target.inputs += count;
  }
  return degrees;
}

interface BoxProps {
  readonly box: GraphBox;
  readonly device: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly overlay: Overlay;
  /** Of the ramp that the boxes are coloured by, 0 to 1. */
  readonly share: number;
  readonly state: string;
  readonly tabbable: boolean;
  readonly near: boolean;
  /** Size of the name in the picture's own units; 0 where it could not be read anyway. */
  readonly nameSize: number;
  readonly onFocus: (id: string) => void;
  readonly onHover: (box: GraphBox | null) => void;
  readonly onSelect: (box: GraphBox) => void;
  readonly onOpen: (box: GraphBox) => void;
}

const BAND = 6;
/** The mean width of a letter in em, of a wide font. */
const LETTER = 0.6;

const Box = memo(function Box(props: BoxProps) {
  const { box, device, inputs, outputs, overlay, share, state, tabbable, near, nameSize } = props;
  const { onFocus, onHover, onSelect, onOpen } = props;
  const group = box.count > 1 || box.foldable;
  const pins = box.pinned === 0 ? '' : group ? `${box.pinned} of them pinned` : 'pinned';
  const elsewhere = (box.moved ?? 0) === 0 ? '' : group ? `, ${count(box.moved)} of them elsewhere` : ', elsewhere';
  const numbers = near && box.height >= 34 && box.width >= 60;
  const path = box.criticalUs > 0 ? `${microseconds(box.criticalUs)} of the critical path` : '';
  const numberLine =
    overlay === 'critical' && path !== '' ? path : `${microseconds(box.computeUs)} · ${bytes(box.memoryBytes)}`;
  const shownNumbers = fits(numberLine, box.width - BAND - 8, 10) ? numberLine : shortNumber(overlay, box);
  return (
    <g
      class={`box ${group ? 'group' : ''} ${state}`}
      transform={`translate(${box.x} ${box.y})`}
      onClick={() => onSelect(box)}
      onDblClick={() => onOpen(box)}
      onPointerEnter={() => onHover(box)}
      onPointerLeave={() => onHover(null)}
    >
      {group && <rect class="stack" x={3} y={3} width={box.width} height={box.height} rx={4} />}
      <rect class="ground" width={box.width} height={box.height} rx={4} />
      <Tint box={box} overlay={overlay} share={share} />
      <Band box={box} />
      {(box.moved ?? 0) > 0 && (
        <rect class="moved-mark" x={-4} y={-4} width={box.width + 8} height={box.height + 8} rx={6} />
      )}
      <rect
        class="frame"
        width={box.width}
        height={box.height}
        rx={4}
        data-box={box.id}
        role="button"
        tabindex={tabbable ? 0 : -1}
        aria-pressed={state.includes('selected')}
        aria-label={`${box.label}${group ? `, ${counted(box.count, 'node')}${box.foldable ? ', Enter opens' : ''}` : ''}, on ${device}, ${microseconds(box.computeUs)}, ${bytes(box.memoryBytes)}, ${counted(inputs, 'input')}, ${counted(outputs, 'output')}${path === '' ? '' : `, ${path}`}${pins === '' ? '' : `, ${pins}`}${elsewhere}`}
        onFocus={() => onFocus(box.id)}
      />
      {box.pinned > 0 && <PinMark x={box.width - 9} y={9} whole={box.pinned === box.count} />}
      {nameSize > 0 && (
        <text
          class="name"
          aria-hidden="true"
          x={BAND + 5}
          y={numbers ? box.height / 2 - 3 : box.height / 2 + nameSize * 0.36}
          font-size={nameSize}
        >
          {shortened(box.label, nameRoom(box, group, nameSize), nameSize)}
          {group && <tspan class="count">{` ×${box.count}`}</tspan>}
        </text>
      )}
      {numbers && (
        <text class="numbers" aria-hidden="true" x={BAND + 5} y={box.height / 2 + 12} font-size={10}>
          {shownNumbers}
        </text>
      )}
    </g>
  );
});

/** The box's ground: its device's colour, or its place on the ramp. */
function Tint({ box, overlay, share }: { box: GraphBox; overlay: Overlay; share: number }) {
  if (overlay === 'device' && box.device < 0) return null;
  if (overlay !== 'device' && share <= 0) return null;
  const paint = overlay === 'device' ? fill(box.device) : ramp(share);
  const look = overlay === 'device' ? 'tint' : 'tint ramp';
  return <rect class={look} width={box.width} height={box.height} rx={4} fill={paint} />;
}

/** A pin's head and needle; hollow where only some of a group's nodes are pinned. */
function PinMark({ x, y, whole }: { x: number; y: number; whole: boolean }) {
  return (
    <g class={whole ? 'pin whole' : 'pin'} transform={`translate(${x} ${y})`} aria-hidden="true">
      <path d="M0 2 V7" />
      <circle r="3" />
    </g>
  );
}

/** What a narrow box says of itself. */
function shortNumber(overlay: Overlay, box: GraphBox): string {
  if (overlay === 'memory') return bytes(box.memoryBytes);
  return microseconds(overlay === 'critical' && box.criticalUs > 0 ? box.criticalUs : box.computeUs);
}

/** The share of the box's time on each device, as parts of one band. */
function Band({ box }: { box: GraphBox }) {
  let at = 0;
  return (
    <g class="band">
      {box.share.map((share, device) => {
        if (share <= 0) return null;
        const top = at;
        at += share * box.height;
        return <rect key={device} x={0} y={top} width={BAND} height={share * box.height} fill={fill(device)} />;
      })}
    </g>
  );
}

/** Names keep a readable size on the screen, a little smaller before they are cut; what is too far to read is left out. */
function nameSize(box: GraphBox, scale: number): number {
  const wanted = Math.min(22, Math.max(12, 9.5 / scale));
  const most = Math.min(box.height * 0.62, (box.width - BAND - 8) / 3);
  const letters = box.label.length + (box.count > 1 || box.foldable ? String(box.count).length + 2 : 0);
  const whole = (box.width - BAND - 10) / (letters * LETTER);
  const size = Math.min(wanted, most, Math.max(whole, 8 / scale));
  return size * scale < 6.5 ? 0 : size;
}

/** What of a box's width is left for its name beside the count of a group. */
function nameRoom(box: GraphBox, group: boolean, size: number): number {
  return box.width - BAND - 10 - (group ? size * (String(box.count).length + 2) * LETTER : 0);
}

function fits(text: string, width: number, size: number): boolean {
  return text.length * size * LETTER <= width;
}

/** The text cut in the middle so that it fits: the ends of layer names tell them apart.  */
export function shortened(text: string, width: number, size: number): string {
  const letters = Math.max(2, Math.floor(width / (size * LETTER)));
  if (text.length <= letters) return text;
  const head = Math.ceil((letters - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (letters - 1 - head))}`;
}
