import { favouriteChildren } from '../favourite-children.ts';
import { placeMSct } from '../m-sct.ts';
import type { Placer } from '../placer.ts';

export const mSct: Placer = {
  name: 'm-SCT',
  documentation: 'Earliest start, with each node kept beside its favourite child.',
  needsLp: true,
  isAutomatic: true,
  needsAllPins: false,
  place({ graph, devices, tensorUs, unlike }, options) {
    // The program knows as many devices as one likes: each node has the quickest for it.
    const children = unlike
      ? favouriteChildren({ ...graph, computeUs: unlike.leastUs }, unlike.leastTensorUs, options.solve, options)
      : favouriteChildren(graph, tensorUs, options.solve, options);
    if (!children) return { kind: 'cancelled' };
    const times = { ...options, ...(unlike && { unlike }) };
    return placeMSct(graph, devices, tensorUs, children.favourites, times);
  },
};
