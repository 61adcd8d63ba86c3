import { useEffect, useRef, useState } from 'preact/hooks';
import type { DevicePreview, GraphBox, NodeFacts } from '../../../server/src/lsp/protocol.ts';
import { bytes, counted, microseconds, percent } from '../drawing/figures.ts';
import { seen } from '../drawing/seen.ts';
import { NodeMoves, NodeRuns } from './node-moves.tsx';
import { groupName } from './graph-walk.ts';

const WIDTH = 340;
/** The pointer rests so long on a box before its tip comes. */
const REST_MS = 250;

/** The box whose tip is shown: the one that the pointer rests on. The facts of a single node are asked for then. */
export function useTip(onAsk: (node: string) => void): {
  readonly box: GraphBox | null;
  readonly over: (box: GraphBox | null) => void;
  readonly hide: () => void;
} {
  const [box, setBox] = useState<GraphBox | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const ask = useRef(onAsk);
  ask.current = onAsk;
  const stop = (): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  };
  useEffect(() => stop, []);
  return {
    box,
    over: (next) => {
      stop();
      if (next === null) return setBox(null);
      timer.current = setTimeout(() => {
        setBox(next);
        const [node] = next.nodes;
        if (next.count === 1 && node !== undefined) ask.current(node);
      }, REST_MS);
    },
    hide: () => {
      stop();
      setBox(null);
    },
  };
}

/** What is known of the box under the pointer or in focus, beside it: the same words as below the graph, in short. */
export function BoxTip(props: {
  box: GraphBox;
  devices: readonly DevicePreview[];
  facts: NodeFacts | null;
  /** Where the box is in the window. */
  at: DOMRect | undefined;
}) {
  const { box, devices, facts, at } = props;
  if (at === undefined) return null;
  // Beside the middle of the window: the tip never covers its box, and never leaves the panel.
  const below = at.top < window.innerHeight / 2;
  const left = Math.max(4, Math.min(at.left, window.innerWidth - WIDTH - 8));
  const style = below
    ? { left, top: at.bottom + 6, width: WIDTH }
    : { left, bottom: window.innerHeight - at.top + 6, width: WIDTH };
  const known = facts !== null && box.count === 1 && facts.node === box.nodes[0] ? facts : null;
  const where = box.share.flatMap((share, index) =>
    share > 0 ? [`${devices[index]?.name ?? ''}${share < 1 ? ` ${percent(share)}` : ''}`] : [],
  );
  return (
    <div class="box-tip" role="tooltip" style={style}>
      <b>{seen(groupName(box.id))}</b> on {where.join(', ')}
      <p>
        {box.count > 1 && `${counted(box.count, 'node')}, `}
        {microseconds(box.computeUs)}, {bytes(box.memoryBytes)}
        {box.criticalUs > 0 && `, ${microseconds(box.criticalUs)} on the critical path`}
        {box.pinned > 0 && (box.count > 1 ? `, ${box.pinned} pinned` : ', pinned')}
      </p>
      {known !== null && (
        <>
          <NodeRuns facts={known} />
          <NodeMoves facts={known} devices={devices} most={3} />
        </>
      )}
    </div>
  );
}
