import { memo } from 'preact/compat';
import type { DevicePreview, GraphBox, GraphPicture } from '../../../server/src/lsp/protocol.ts';
import { bytes, counted, microseconds } from '../drawing/figures.ts';
import { fill } from '../drawing/palette.ts';

interface Props {
  readonly picture: GraphPicture;
  readonly devices: readonly DevicePreview[];
  readonly lit: ReadonlySet<string> | null;
  readonly found: ReadonlySet<string>;
  readonly selectedBox: string | null;
  readonly selectedDevice: number | null;
  readonly roving: string | null;
  readonly scale: number;
  readonly onFocus: (id: string) => void;
  readonly onSelect: (box: GraphBox) => void;
  readonly onOpen: (box: GraphBox) => void;
}

/** The boxes, each a button of which one is in the tab order (roving tabindex); a band at the left is the device, or its parts. */
export function GraphBoxes(props: Props) {
  const { picture, devices, lit, found, selectedBox, selectedDevice, roving, scale } = props;
  return (
    <>
      {picture.boxes.map((box) => (
        <Box
          key={box.id}
          box={box}
          device={devices[box.device]?.name ?? 'several devices'}
          inputs={picture.lines.reduce((sum, line) => sum + (line.to === box.id ? line.count : 0), 0)}
          outputs={picture.lines.reduce((sum, line) => sum + (line.from === box.id ? line.count : 0), 0)}
          state={[
            box.id === selectedBox ? 'selected' : '',
            (lit !== null && !lit.has(box.id)) || (selectedDevice !== null && (box.share[selectedDevice] ?? 0) === 0)
              ? 'dim'
              : '',
            found.has(box.id) ? 'found' : '',
          ]
            .join(' ')
            .trim()}
          tabbable={box.id === roving}
          near={scale >= 0.8}
          nameSize={nameSize(box, scale)}
          onFocus={props.onFocus}
          onSelect={props.onSelect}
          onOpen={props.onOpen}
        />
      ))}
    </>
  );
}

interface BoxProps {
  readonly box: GraphBox;
  readonly device: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly state: string;
  readonly tabbable: boolean;
  readonly near: boolean;
  /** Size of the name in the picture's own units; 0 where it could not be read anyway. */
  readonly nameSize: number;
  readonly onFocus: (id: string) => void;
  readonly onSelect: (box: GraphBox) => void;
  readonly onOpen: (box: GraphBox) => void;
}

const BAND = 6;
/** The mean width of a letter in em, of a wide font. */
const LETTER = 0.6;

const Box = memo(function Box(props: BoxProps) {
  const { box, device, inputs, outputs, state, tabbable, near, nameSize, onFocus, onSelect, onOpen } = props;
  const group = box.count > 1 || box.foldable;
  const numbers = near && box.height >= 34 && box.width >= 60;
  const numberLine = `${microseconds(box.computeUs)} · ${bytes(box.memoryBytes)}`;
  const shownNumbers = fits(numberLine, box.width - BAND - 8, 10) ? numberLine : microseconds(box.computeUs);
  return (
    <g
      class={`box ${group ? 'group' : ''} ${state}`}
      transform={`translate(${box.x} ${box.y})`}
      onClick={() => onSelect(box)}
      onDblClick={() => onOpen(box)}
    >
      <title>{`${box.label}: ${device}, ${numberLine}${group ? `, ${counted(box.count, 'node')}` : ''}`}</title>
      {group && <rect class="stack" x={3} y={3} width={box.width} height={box.height} rx={4} />}
      <rect class="ground" width={box.width} height={box.height} rx={4} />
      {box.device >= 0 && <rect class="tint" width={box.width} height={box.height} rx={4} fill={fill(box.device)} />}
      <Band box={box} />
      <rect
        class="frame"
        width={box.width}
        height={box.height}
        rx={4}
        data-box={box.id}
        role="button"
        tabindex={tabbable ? 0 : -1}
        aria-pressed={state.includes('selected')}
        aria-label={`${box.label}${group ? `, ${counted(box.count, 'node')}${box.foldable ? ', Enter opens' : ''}` : ''}, on ${device}, ${microseconds(box.computeUs)}, ${bytes(box.memoryBytes)}, ${counted(inputs, 'input')}, ${counted(outputs, 'output')}`}
        onFocus={() => onFocus(box.id)}
      />
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
