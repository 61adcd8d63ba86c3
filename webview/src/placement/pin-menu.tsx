import { useEffect, useRef } from 'preact/hooks';
import type { DevicePreview, GraphBox } from '../../../server/src/lsp/protocol.ts';
import { counted } from '../drawing/figures.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { seen } from '../drawing/seen.ts';
import { canPin } from './pinning.ts';

export interface MenuPlace {
  readonly box: GraphBox;
  /** In the frame, in pixels. */
  readonly x: number;
  readonly y: number;
}

/** What can be done with a box, as a menu: arrow keys walk, Enter does it, Escape leaves. */
export function PinMenu(props: {
  place: MenuPlace;
  devices: readonly DevicePreview[];
  /** Where all of the box's nodes are, if they are together. */
  here: string | null;
  onPin: (device: string) => void;
  onUnpin: () => void;
  onOpen: () => void;
  onClose: () => void;
}) {
  const { place, devices, here, onPin, onUnpin, onOpen, onClose } = props;
  const { box } = place;
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => menu.current?.querySelector('button')?.focus(), [box.id]);
  const walk = (event: KeyboardEvent): void => {
    const items = [...(menu.current?.querySelectorAll('button') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') onClose();
    else if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
  };
  const act = (what: () => void) => () => {
    what();
    onClose();
  };
  return (
    <div
      ref={menu}
      class="pin-menu"
      role="menu"
      aria-label={`${seen(box.label)}: what to do with it`}
      style={{ left: place.x, top: place.y }}
      onKeyDown={walk}
      onPointerDown={(event) => event.stopPropagation()}
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node) || menu.current?.contains(event.relatedTarget) !== true) onClose();
      }}
    >
      {canPin(box) ? (
        devices.map((device, index) => (
          <button
            key={device.name}
            type="button"
            role="menuitem"
            disabled={device.name === here && box.pinned === box.count}
            onClick={act(() => onPin(device.name))}
          >
            <Swatch index={index} /> Pin to {device.name}
            {device.name === here && <span class="note"> · it is there</span>}
          </button>
        ))
      ) : (
        <p class="note">{counted(box.count, 'node')} are too many to pin at once: open the group first.</p>
      )}
      {box.pinned > 0 && canPin(box) && (
        <button type="button" role="menuitem" onClick={act(onUnpin)}>
          Unpin {box.pinned > 1 ? counted(box.pinned, 'node') : ''}
        </button>
      )}
      {box.foldable && (
        <button type="button" role="menuitem" onClick={act(onOpen)}>
          Open group
        </button>
      )}
    </div>
  );
}
