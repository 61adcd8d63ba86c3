import { useEffect, useRef, useState } from 'preact/hooks';
import type { DevicePreview, GraphBox } from '../../../server/src/lsp/protocol.ts';
import { counted } from '../drawing/figures.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { seen } from '../drawing/seen.ts';

/** A box that is being dragged: where the pointer is in the window, and the device that it is over. */
export interface Dragged {
  readonly box: GraphBox;
  readonly x: number;
  readonly y: number;
  readonly over: string | null;
}

/**
 * Dragging a box onto whatever says `data-device`: a device of the legend, its timeline, or the bar that stands above the graph
 * meanwhile. Escape takes it back.
 */
export function usePinDrag(onPin: (box: GraphBox, device: string) => void): {
  readonly dragged: Dragged | null;
  readonly move: (box: GraphBox, event: PointerEvent) => void;
  readonly drop: () => void;
} {
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const current = useRef<Dragged | null>(null);
  const set = (next: Dragged | null): void => {
    current.current = next;
    setDragged(next);
  };
  useEffect(() => {
    if (dragged === null) return;
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') set(null);
    };
    window.addEventListener('keydown', escape);
    return () => window.removeEventListener('keydown', escape);
  }, [dragged === null]);
  useEffect(() => {
    for (const element of document.querySelectorAll<HTMLElement>('[data-device]'))
      element.classList.toggle('drop-here', dragged !== null && element.dataset.device === dragged.over);
  }, [dragged?.over]);
  return {
    dragged,
    move: (box, event) => {
      const under = document.elementsFromPoint(event.clientX, event.clientY);
      const target = under.map((element) => element.closest<HTMLElement>('[data-device]')).find((one) => one !== null);
      set({ box, x: event.clientX, y: event.clientY, over: target?.dataset.device ?? null });
    },
    drop: () => {
      const held = current.current;
      set(null);
      if (held !== null && held.over !== null) onPin(held.box, held.over);
    },
  };
}

/** The devices to drop on, above the graph, and what is dragged at the pointer. Keyboards have the menu of the box instead. */
export function DropBar({ dragged, devices }: { dragged: Dragged; devices: readonly DevicePreview[] }) {
  const { box } = dragged;
  return (
    <>
      <div class="drop-bar" aria-hidden="true">
        <span class="note">Pin to</span>
        {devices.map((device, index) => (
          <span
            key={device.name}
            class={`drop ${dragged.over === device.name ? 'drop-here' : ''}`}
            data-device={device.name}
          >
            <Swatch index={index} /> {device.name}
          </span>
        ))}
      </div>
      <div class="drag-ghost" aria-hidden="true" style={{ left: dragged.x + 10, top: dragged.y + 10 }}>
        {seen(box.label)}
        {box.count > 1 && ` ×${box.count}`}
        {dragged.over !== null && ` → ${dragged.over}`}
        {box.count > 1 && <span class="note"> {counted(box.count, 'pin')}</span>}
      </div>
    </>
  );
}
