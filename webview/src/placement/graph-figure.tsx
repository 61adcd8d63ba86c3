import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { DevicePreview, GraphBox, GraphPicture, PlacementPreview } from '../../../server/src/lsp/protocol.ts';
import { count, counted } from '../drawing/figures.ts';
import { useWidth } from '../drawing/width.ts';
import { Figure } from '../frame/figure.tsx';
import type { NodeAnswers } from '../frame/node-answers.ts';
import { anchored, distance, first, fit, frameHeight, pan, reveal, zoom } from './camera.ts';
import type { Camera } from './camera.ts';
import { BoxTip, useTip } from './box-tip.tsx';
import { BoxTable } from './box-table.tsx';
import { GraphBoxes } from './graph-boxes.tsx';
import { GraphLines } from './graph-lines.tsx';
import { directionOf, matching, pathOf, placeOf, walk } from './graph-walk.ts';
import { Minimap } from './minimap.tsx';
import { Opened } from './opened-groups.tsx';
import { OverlaySwitch } from './overlay-switch.tsx';
import type { Overlay } from './overlay.ts';
import { DropBar, usePinDrag } from './pin-drag.tsx';
import { PinMenu } from './pin-menu.tsx';
import type { MenuPlace } from './pin-menu.tsx';
import { canPin } from './pinning.ts';

interface Props {
  readonly picture: GraphPicture;
  readonly devices: readonly DevicePreview[];
  readonly overlay: Overlay;
  readonly onOverlay: (overlay: Overlay) => void;
  readonly selectedBox: string | null;
  readonly selectedDevice: number | null;
  /** Undefined where nobody has chosen: then it goes by the panel's shape. */
  readonly direction: 'right' | 'down' | undefined;
  readonly onDirection: (direction: 'right' | 'down' | undefined) => void;
  readonly onSelect: (box: GraphBox) => void;
  readonly onOpen: (opened: readonly string[]) => void;
  readonly placement: PlacementPreview['placement'];
  readonly answers: NodeAnswers;
  readonly onPin: (box: GraphBox, device: string) => void;
  readonly onUnpin: (box: GraphBox) => void;
}

/** In a panel narrower than this, in pixels, a graph flows from top to bottom. */
const NARROW = 480;

/** The graph: boxes by device, lines by bytes; pan by dragging, zoom by the wheel or keys, walk by the arrow keys. */
export function GraphFigure({
  picture,
  devices,
  overlay,
  onOverlay,
  selectedBox,
  selectedDevice,
  direction,
  onDirection,
  onSelect,
  onOpen,
  placement,
  answers,
  onPin,
  onUnpin,
}: Props) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const height = frameHeight(picture, width);
  const extent = { width, height };
  const [camera, setCamera] = useState<Camera | null>(null);
  const [query, setQuery] = useState('');
  const [focused, setFocused] = useState<string | null>(null);
  const last = useRef<GraphPicture>(picture);
  const moved = useRef(false);
  /** The group that was opened or closed last, until the picture of it has come. */
  const touched = useRef<string | null>(null);
  const refocus = useRef(false);
  const grip = useRef<{ x: number; y: number; dragged: boolean; box: GraphBox | null } | null>(null);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const pinDrag = usePinDrag(onPin);
  const tip = useTip(answers.onAsk);
  const view = camera ?? first(picture, extent);

  // A new layout keeps what one looks at in its place: the group that was opened or closed, or else the box in focus. A picture that
  // nobody moved is simply shown as at first. Where the box in focus is gone, the focus goes to what came out of it.
  useLayoutEffect(() => {
    const before = last.current;
    last.current = picture;
    if (before === picture) return;
    // a picture may come in between, e.g. of a placement that the search has bettered: it answers nobody
    const answered = before.opened.join('\n') !== picture.opened.join('\n');
    const id = (answered ? touched.current : null) ?? focused ?? selectedBox;
    const changed = answered && touched.current !== null;
    if (answered) touched.current = null;
    const old = id === null ? undefined : placeOf(before, id);
    const now = id === null ? undefined : placeOf(picture, id);
    const whole = !moved.current && first(before, extent).scale === fit(before, extent).scale;
    if (old !== undefined && now !== undefined && (moved.current || (changed && !whole)))
      setCamera((current) => anchored(current ?? first(before, extent), old, now));
    else if (!moved.current) setCamera(null);
    if (!answered || !refocus.current) return;
    refocus.current = false;
    const box = picture.boxes.find((one) => one.id === id) ?? picture.boxes.find((one) => one.parent === id);
    if (box === undefined) return;
    setFocused(box.id);
    elementOf(frame.current, box.id)?.focus({ preventScroll: true });
  }, [picture]);

  // A narrow panel has its room below. What it has chosen goes with it when the panel grows; what a person has chosen stays.
  const narrow = width < NARROW;
  const byShape = useRef(false);
  useEffect(() => {
    if (narrow && direction === undefined) {
      byShape.current = true;
      onDirection('down');
    } else if (!narrow && byShape.current) {
      byShape.current = false;
      onDirection(undefined);
    }
  }, [narrow]);

  // What was selected elsewhere (in the text, in a table) comes into view.
  useEffect(() => {
    const box = picture.boxes.find((one) => one.id === selectedBox);
    if (box === undefined) return;
    const next = reveal(view, box, extent);
    if (next.x !== view.x || next.y !== view.y) setCamera(next);
  }, [selectedBox]);

  const lit = useMemo(() => (selectedBox === null ? null : pathOf(picture.lines, selectedBox)), [picture, selectedBox]);
  const found = useMemo(() => new Set(matching(picture, query).map((box) => box.id)), [picture, query]);
  const roving = picture.boxes.some((box) => box.id === (focused ?? selectedBox))
    ? (focused ?? selectedBox)
    : (picture.boxes[0]?.id ?? null);

  const move = (next: Camera): void => {
    moved.current = true;
    tip.hide();
    setCamera(next);
  };
  const zoomBy = (factor: number): void => move(zoom(view, factor, width / 2, height / 2));
  const goTo = (id: string): void => {
    const box = picture.boxes.find((one) => one.id === id);
    if (box === undefined) return;
    setFocused(id);
    const next = reveal(view, box, extent);
    if (next.x !== view.x || next.y !== view.y) move(next);
    elementOf(frame.current, id)?.focus({ preventScroll: true });
  };
  const change = (group: string, opened: readonly string[]): void => {
    touched.current = group;
    refocus.current = frame.current?.contains(document.activeElement) === true;
    onOpen(opened);
  };
  const open = (box: GraphBox): void => (box.foldable ? change(box.id, [...picture.opened, box.id]) : onSelect(box));
  const close = (group: string): void =>
    change(
      group,
      picture.opened.filter((other) => other !== group),
    );
  const onKey = (event: KeyboardEvent): void => {
    const direction = directionOf(event.key);
    const box = picture.boxes.find((one) => one.id === roving);
    if (direction !== null && roving !== null) goTo(walk(picture, roving, direction));
    else if (event.key === 'Enter' && box !== undefined) open(box);
    else if (event.key === ' ' && box !== undefined) onSelect(box);
    else if (isMenuKey(event) && box !== undefined) openMenu(box);
    else if (event.key === 'Escape' && box !== undefined && box.parent !== null) close(box.parent);
    else if (event.key === '+' || event.key === '=') zoomBy(1.25);
    else if (event.key === '-') zoomBy(0.8);
    else if (event.key === '0') showAll();
    else return;
    event.preventDefault();
  };
  // The boxes are drawn anew only for what they show, not whenever the page has new handlers for them.
  const latest = useRef({ select: onSelect, open });
  latest.current = { select: onSelect, open };
  const openMenu = (box: GraphBox): void => {
    tip.hide();
    const x = view.x + (box.x + box.width / 2) * view.scale;
    const y = view.y + (box.y + box.height) * view.scale;
    setMenu({ box, x: Math.max(4, Math.min(x, width - 190)), y: Math.max(4, Math.min(y, height - 60)) });
  };
  const act = useMemo(
    () => ({
      hover: (box: GraphBox | null) => tip.over(box),
      select: (box: GraphBox) => latest.current.select(box),
      open: (box: GraphBox) => latest.current.open(box),
    }),
    [],
  );
  const showAll = (): void => move(fit(picture, extent));
  const next = (): void => {
    const order = picture.boxes.filter((box) => found.has(box.id));
    const at = order.findIndex((box) => box.id === selectedBox);
    const hit = order[(at + 1) % Math.max(1, order.length)];
    if (hit === undefined) return;
    onSelect(hit);
    setFocused(hit.id);
    move(reveal(view, hit, extent));
  };
  const drawnEdges = picture.lines.reduce((sum, line) => sum + line.count, 0);
  const hidden = Math.max(0, picture.totalEdges - drawnEdges);

  return (
    <Figure
      title="Graph"
      note={
        <>
          {counted(picture.totalNodes, 'node')} in {counted(picture.boxes.length, 'box', 'boxes')},{' '}
          {counted(picture.totalEdges, 'edge')}
          {hidden > 0 && ` (${count(hidden)} inside groups)`}
        </>
      }
      table={() => <BoxTable picture={picture} devices={devices} onSelect={onSelect} />}
    >
      <div class="graph-tools" role="group" aria-label="Graph view">
        <vscode-textfield
          type="search"
          placeholder="Find a node"
          label="Find a node"
          value={query}
          onInput={(event) => setQuery((event.currentTarget as unknown as HTMLInputElement).value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') next();
          }}
        />
        {query !== '' && (
          <span class="note" role="status">
            {counted(found.size, 'match', 'matches')}
          </span>
        )}
        <span class="spacer" />
        <button
          type="button"
          class="tool"
          onClick={() => {
            moved.current = false;
            byShape.current = false;
            onDirection(direction === 'down' ? 'right' : 'down');
          }}
          title="The way the graph flows"
        >
          {direction === 'down' ? 'Left to right' : 'Top down'}
        </button>
        <button type="button" class="tool" onClick={showAll} title="Show all of the graph (0)">
          Fit
        </button>
        <button
          type="button"
          class="tool"
          onClick={() => move(zoom(view, 1 / view.scale, width / 2, height / 2))}
          title="One to one"
        >
          1:1
        </button>
        <button type="button" class="tool" onClick={() => zoomBy(0.8)} aria-label="Zoom out" title="Zoom out (−)">
          −
        </button>
        <button type="button" class="tool" onClick={() => zoomBy(1.25)} aria-label="Zoom in" title="Zoom in (+)">
          +
        </button>
      </div>
      <OverlaySwitch overlay={overlay} picture={picture} onOverlay={onOverlay} />
      {picture.opened.length > 0 && <Opened groups={picture.opened} onClose={close} onCloseAll={() => onOpen([])} />}
      <div
        ref={frame}
        class={`graph ${distance(view.scale)}`}
        role="group"
        aria-label="Graph: arrow keys walk, Enter opens a group, Escape goes up, Space selects, P pins to a device"
        onKeyDown={onKey}
        onWheel={(event) => {
          // The page scrolls by the plain wheel; with Control (and by pinching, which browsers report so) the graph zooms.
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          const bounds = event.currentTarget.getBoundingClientRect();
          move(zoom(view, Math.exp(-event.deltaY / 300), event.clientX - bounds.left, event.clientY - bounds.top));
        }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          const id = (event.target as Element).closest('.box')?.querySelector<SVGElement>('[data-box]')?.dataset.box;
          const box = picture.boxes.find((one) => one.id === id);
          grip.current = {
            x: event.clientX,
            y: event.clientY,
            dragged: false,
            box: box !== undefined && canPin(box) ? box : null,
          };
        }}
        onContextMenu={(event) => {
          const id = (event.target as Element).closest('.box')?.querySelector<SVGElement>('[data-box]')?.dataset.box;
          const box = picture.boxes.find((one) => one.id === id);
          if (box === undefined) return;
          event.preventDefault();
          openMenu(box);
        }}
        onPointerMove={(event) => {
          const held = grip.current;
          if (held === null || event.buttons === 0) return;
          const dx = event.clientX - held.x;
          const dy = event.clientY - held.y;
          if (!held.dragged && Math.hypot(dx, dy) < 4) return;
          if (!held.dragged) event.currentTarget.setPointerCapture(event.pointerId);
          tip.hide();
          if (held.box !== null) {
            held.dragged = true;
            pinDrag.move(held.box, event);
            return;
          }
          grip.current = { x: event.clientX, y: event.clientY, dragged: true, box: null };
          move(pan(view, dx, dy));
        }}
        onPointerUp={() => {
          grip.current = null;
          pinDrag.drop();
        }}
        onPointerCancel={() => {
          grip.current = null;
        }}
      >
        <svg width={width} height={height} class="graph-canvas">
          <g class="camera" transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            <GraphLines picture={picture} overlay={overlay} lit={lit} scale={view.scale} />
            <GraphBoxes
              picture={picture}
              devices={devices}
              overlay={overlay}
              lit={lit}
              found={found}
              selectedBox={selectedBox}
              selectedDevice={selectedDevice}
              roving={roving}
              scale={view.scale}
              onFocus={setFocused}
              onHover={act.hover}
              onSelect={act.select}
              onOpen={act.open}
            />
          </g>
        </svg>
        {view.scale > fit(picture, extent).scale * 1.15 && (
          <Minimap picture={picture} camera={view} frame={extent} onMove={move} />
        )}
        {pinDrag.dragged !== null && <DropBar dragged={pinDrag.dragged} devices={devices} />}
        {menu !== null && (
          <PinMenu
            place={menu}
            devices={devices}
            here={together(menu.box, placement)}
            onPin={(device) => onPin(menu.box, device)}
            onUnpin={() => onUnpin(menu.box)}
            onOpen={() => open(menu.box)}
            onClose={() => {
              setMenu(null);
              elementOf(frame.current, menu.box.id)?.focus({ preventScroll: true });
            }}
          />
        )}
        {tip.box !== null && menu === null && pinDrag.dragged === null && (
          <BoxTip
            box={tip.box}
            devices={devices}
            facts={answers.facts}
            at={elementOf(frame.current, tip.box.id)?.getBoundingClientRect()}
          />
        )}
      </div>
    </Figure>
  );
}

/** P, and what opens a menu on each platform. */
function isMenuKey(event: KeyboardEvent): boolean {
  return event.key === 'p' || event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
}

/** The device that all of a box's nodes are on; null where they are on several. */
function together(box: GraphBox, placement: PlacementPreview['placement']): string | null {
  const here = new Set(box.nodes.map((node) => placement[node]));
  return here.size === 1 ? ([...here][0] ?? null) : null;
}

function elementOf(frame: HTMLElement | null, id: string): SVGRectElement | null {
  return frame?.querySelector<SVGRectElement>(`[data-box="${CSS.escape(id)}"]`) ?? null;
}
