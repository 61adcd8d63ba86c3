/** What the graph's boxes are coloured by: pure, so that legend, boxes and table tell the same. */
import type { GraphBox, GraphPicture } from '../../../server/src/lsp/protocol.ts';
import { bytes, microseconds } from '../drawing/figures.ts';

export type Overlay = 'device' | 'time' | 'memory' | 'critical';

export const OVERLAYS: readonly { readonly overlay: Overlay; readonly title: string; readonly hint: string }[] = [
  { overlay: 'device', title: 'Device', hint: 'Colours by the device that holds most of a box' },
  { overlay: 'time', title: 'Time', hint: 'Colours by how long the nodes of a box compute' },
  { overlay: 'memory', title: 'Memory', hint: 'Colours by how much memory the nodes of a box hold' },
  {
    overlay: 'critical',
    title: 'Critical path',
    hint: 'Lights the runs and transfers that make the step as long as it is',
  },
];

/** The quantity that a box is coloured by; null where it is coloured by its device. */
export function weight(overlay: Overlay, box: GraphBox): number | null {
  switch (overlay) {
    case 'device':
      return null;
    case 'time':
      return box.computeUs;
    case 'memory':
      return box.memoryBytes;
    case 'critical':
      return box.criticalUs;
  }
}

/** The end of the ramp: the most that any box has. */
export function heaviest(overlay: Overlay, picture: GraphPicture): number {
  return Math.max(0, ...picture.boxes.map((box) => weight(overlay, box) ?? 0));
}

export function weightText(overlay: Overlay, value: number): string {
  return overlay === 'memory' ? bytes(value) : microseconds(value);
}
