import { seen } from '../drawing/seen.ts';
import type {
  DevicePreview,
  GraphBox,
  GraphPicture,
  NodeFacts,
  PlacementPreview,
} from '../../../server/src/lsp/protocol.ts';
import { bytes, count, counted, microseconds, percent } from '../drawing/figures.ts';
import { groupName } from './graph-walk.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { NodeMoves, NodeRuns } from './node-moves.tsx';
import { canPin } from './pinning.ts';

/** What is known of the selected box, and a way to pin it to another device. */
export function BoxFacts(props: {
  box: GraphBox;
  picture: GraphPicture;
  devices: readonly DevicePreview[];
  placement: PlacementPreview['placement'];
  /** Of a single node, once they have come. */
  facts: NodeFacts | null;
  onPin: (device: string) => void;
  onUnpin: () => void;
  onOpen: () => void;
}) {
  const { box, picture, devices, placement, facts, onPin, onUnpin, onOpen } = props;
  const name = groupName(box.id);
  const crossing = picture.lines.filter((line) => line.crossing && (line.from === box.id || line.to === box.id));
  const here = new Set(box.nodes.map((node) => placement[node]));
  return (
    <section class="box-facts" aria-label={`Selected: ${seen(name)}`}>
      <h2>{seen(name)}</h2>
      <p>
        {box.count > 1 && `${counted(box.count, 'node')}, `}
        {microseconds(box.computeUs)}, {bytes(box.memoryBytes)}
        {crossing.length > 0 &&
          `; ${bytes(crossing.reduce((sum, line) => sum + line.bytes, 0))} cross devices on ${counted(crossing.length, 'line')}`}
      </p>
      <ul class="legend" aria-label="Share of its time per device">
        {box.share.map((share, index) =>
          share > 0 ? (
            <li key={index} class="free">
              <Swatch index={index} /> {devices[index]?.name} <span class="figure-number">{percent(share)}</span>
            </li>
          ) : null,
        )}
      </ul>
      {facts !== null && (
        <>
          <NodeRuns facts={facts} />
          <NodeMoves facts={facts} devices={devices} onPin={onPin} />
        </>
      )}
      <div class="actions">
        {box.foldable && (
          <vscode-button secondary onClick={onOpen}>
            Open group
          </vscode-button>
        )}
        {box.pinned > 0 && canPin(box) && (
          <vscode-button secondary onClick={onUnpin}>
            {box.count > 1 ? `Unpin ${counted(box.pinned, 'node')}` : 'Unpin'}
          </vscode-button>
        )}
        {canPin(box) &&
          facts === null &&
          devices.map((device) =>
            here.size === 1 && here.has(device.name) ? null : (
              <vscode-button
                key={device.name}
                secondary
                title={`What if ${box.count > 1 ? `these ${count(box.count)} nodes were` : 'this node was'} pinned to ${device.name}?`}
                onClick={() => onPin(device.name)}
              >
                Pin to {device.name}
              </vscode-button>
            ),
          )}
      </div>
    </section>
  );
}
