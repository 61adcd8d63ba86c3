import { MOST_EXACT_NODES, placeExactly } from '../exact.ts';
import type { Placer } from '../placer.ts';
import { simulateForward } from '../training-run.ts';
import { mEtf } from './m-etf.ts';

export const exact: Placer = {
  name: 'exact',
  documentation: `Looks at every placement of a graph of ${MOST_EXACT_NODES} nodes at most, and takes the fastest that fits.`,
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  mostNodes: MOST_EXACT_NODES,
  place(run, options) {
    const found = placeExactly(run, options);
    if (found.kind === 'cancelled') return found;
    // Where no placement fits, what m-ETF lacks says which node is in the way.
    if (!found.device) return mEtf.place(run, options);
    const { start, end, makespanUs, peakBytes } = simulateForward(run, found.device);
    return { kind: 'placement', device: found.device, start, end, estimateUs: makespanUs, peakBytes };
  },
};
