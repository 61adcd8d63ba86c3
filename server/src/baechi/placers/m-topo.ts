import { placeGrouped } from '../grouping/grouped-run.ts';
import { placeMTopo } from '../m-topo.ts';
import type { Placer } from '../placer.ts';

export const mTopo: Placer = {
  name: 'm-TOPO',
  documentation: 'Fills devices one after the other in topological order.',
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  place(run, options) {
    const { fill = 'even' } = run.rules;
    return placeGrouped(run, options, (graph, devices, tensorUs, given) =>
      placeMTopo(graph, devices, tensorUs, { ...given, fill }),
    );
  },
};
