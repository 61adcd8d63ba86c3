import type { GraphPicture } from '../../../server/src/lsp/protocol.ts';
import { category } from '../drawing/palette.ts';
import type { Camera, Extent } from './camera.ts';

const WIDTH = 120;

/** The whole graph small, with the part in view framed; a click goes there. The graph itself is what keyboards and readers use. */
export function Minimap(props: {
  picture: GraphPicture;
  camera: Camera;
  frame: Extent;
  onMove: (camera: Camera) => void;
}) {
  const { picture, camera, frame, onMove } = props;
  const scale = Math.min(WIDTH / Math.max(1, picture.width), 80 / Math.max(1, picture.height));
  const width = picture.width * scale;
  const height = picture.height * scale;
  return (
    <svg
      class="minimap"
      width={width}
      height={height}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.stopPropagation();
        const bounds = event.currentTarget.getBoundingClientRect();
        const x = (event.clientX - bounds.left) / scale;
        const y = (event.clientY - bounds.top) / scale;
        onMove({ ...camera, x: frame.width / 2 - x * camera.scale, y: frame.height / 2 - y * camera.scale });
      }}
    >
      {picture.boxes.map((box) => (
        <rect
          key={box.id}
          x={box.x * scale}
          y={box.y * scale}
          width={Math.max(1, box.width * scale)}
          height={Math.max(1, box.height * scale)}
          fill={category(box.device).colour}
        />
      ))}
      <rect
        class="view"
        x={(-camera.x / camera.scale) * scale}
        y={(-camera.y / camera.scale) * scale}
        width={(frame.width / camera.scale) * scale}
        height={(frame.height / camera.scale) * scale}
      />
    </svg>
  );
}
