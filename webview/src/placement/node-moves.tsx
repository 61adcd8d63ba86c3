import type { DevicePreview, NodeFacts } from '../../../server/src/lsp/protocol.ts';
import { counted, microseconds } from '../drawing/figures.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { seen } from '../drawing/seen.ts';

/** When a node runs and what it waits for, a sentence a run. */
export function NodeRuns({ facts }: { facts: NodeFacts }) {
  return (
    <>
      {facts.runs.map((run) => (
        <p key={String(run.backward)} class="node-run">
          {run.backward ? 'Backward' : 'Runs'} {microseconds(run.startUs)} to {microseconds(run.endUs)};{' '}
          {seen(run.waits)}.
        </p>
      ))}
    </>
  );
}

/** What the step would be with the node on each other device, simulated, and a way to pin it there. */
export function NodeMoves(props: {
  facts: NodeFacts;
  devices: readonly DevicePreview[];
  /** Moves shown at most; all of them where it is left out. */
  most?: number;
  onPin?: (device: string) => void;
}) {
  const { facts, devices, most = Infinity, onPin } = props;
  const best = [...facts.moves].sort((a, b) => Number(b.fits) - Number(a.fits) || a.makespanUs - b.makespanUs);
  const shown = best.slice(0, most);
  const more = best.length - shown.length + facts.untried;
  if (shown.length === 0) return null;
  return (
    <>
      <table class="moves">
        <caption class="sr-only">What moving {seen(facts.node)} would do to one step</caption>
        <thead>
          <tr>
            <th scope="col">Moved to</th>
            <th scope="col" class="numeric wide-only">
              One step
            </th>
            <th scope="col" class="numeric">
              Change
            </th>
            <th scope="col">Memory</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((move) => (
            <tr key={move.device}>
              <th scope="row">
                {onPin === undefined ? (
                  <>
                    <Swatch index={indexOf(devices, move.device)} /> {move.device}
                  </>
                ) : (
                  <button type="button" class="tool" onClick={() => onPin(move.device)}>
                    <Swatch index={indexOf(devices, move.device)} /> Pin to {move.device}
                  </button>
                )}
              </th>
              <td class="numeric wide-only">{microseconds(move.makespanUs)}</td>
              <td class="numeric">
                <Change us={move.changeUs} />
              </td>
              <td>{move.fits ? '✓ fits' : <span class="state-word error">✕ {move.memory}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="note">and {counted(more, 'more device')}</p>}
    </>
  );
}

function indexOf(devices: readonly DevicePreview[], name: string): number {
  return devices.findIndex((device) => device.name === name);
}

/** The difference with three digits of its own, however small it is beside the whole. */
function Change({ us }: { us: number }) {
  if (us === 0) return <>±0</>;
  return (
    <span class={`delta ${us < 0 ? 'good' : 'bad'}`}>
      {us < 0 ? '−' : '+'}
      {microseconds(Math.abs(us))}
    </span>
  );
}
