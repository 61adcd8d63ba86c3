import { useState } from 'preact/hooks';
import { Figure } from '../frame/figure.tsx';
import { usePassed } from '../frame/states.tsx';

const SAID_AFTER_MS = 300;
const MOMENTS = [SAID_AFTER_MS];

/** The replay takes longer than the allocation: what comes is said where it will stand, unless it comes at once. */
export function Replaying() {
  const [since] = useState(() => performance.now());
  const passed = usePassed(since, MOMENTS);
  if (passed < SAID_AFTER_MS) return null;
  return (
    <Figure title="The trace replayed">
      <div class="loading-line" role="status">
        <vscode-progress-ring aria-hidden="true" />
        <span>The trace is being replayed, under the policy of this spec and then under all others.</span>
      </div>
    </Figure>
  );
}
