import type { GraphPicture } from '../../../server/src/lsp/protocol.ts';
import { ramp } from '../drawing/palette.ts';
import { heaviest, OVERLAYS, weightText } from './overlay.ts';
import type { Overlay } from './overlay.ts';

/** What the boxes are coloured by, and the ends of the ramp. */
export function OverlaySwitch(props: {
  overlay: Overlay;
  picture: GraphPicture;
  onOverlay: (overlay: Overlay) => void;
}) {
  const { overlay, picture, onOverlay } = props;
  const most = heaviest(overlay, picture);
  return (
    <div class="overlay-switch" role="group" aria-label="Colour the graph by">
      <span class="note" aria-hidden="true">
        Colour by
      </span>
      {OVERLAYS.map((one) => (
        <button
          key={one.overlay}
          type="button"
          class="tool"
          title={one.hint}
          aria-pressed={one.overlay === overlay}
          onClick={() => onOverlay(one.overlay)}
        >
          {one.title}
        </button>
      ))}
      {overlay !== 'device' && (
        <span class="ramp-legend note">
          0 <span class="ramp-bar" aria-hidden="true" style={{ background: rampGradient() }} />{' '}
          {weightText(overlay, most)} a box
        </span>
      )}
    </div>
  );
}

function rampGradient(): string {
  return `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map(ramp).join(', ')})`;
}
