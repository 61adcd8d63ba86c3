import { favouriteChildren } from '../favourite-children.ts';
import { placeMSct } from '../m-sct.ts';
import type { Placer } from '../placer.ts';

export const mSct: Placer = {
  name: 'm-SCT',
  documentation: 'Earliest start, with each node kept beside its favourite child.',
  needsLp: true,
  isAutomatic: true,
  needsAllPins: false,
  place({ graph, devices, tensorUs }, options) {
    const children = favouriteChildren(graph, tensorUs, options.solve, options);
    return children ? placeMSct(graph, devices, tensorUs, children.favourites, options) : { kind: 'cancelled' };
  },
};
