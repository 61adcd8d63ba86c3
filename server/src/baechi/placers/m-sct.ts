import { favouriteChildren } from '../favourite-children.ts';
import { placeGrouped } from '../grouping/grouped-run.ts';
import { placeMSct } from '../m-sct.ts';
import type { Placer } from '../placer.ts';

export const mSct: Placer = {
  name: 'm-SCT',
  documentation: 'Earliest start, with each node kept beside its favourite child.',
  needsLp: true,
  isAutomatic: true,
  needsAllPins: false,
  place(run, options) {
    const { threshold = options.threshold } = run.rules;
    const rounding = { ...options, ...(threshold === undefined ? {} : { threshold }) };
    return placeGrouped(run, options, (graph, devices, tensorUs, given) => {
      const { unlike } = given;
      // The program knows as many devices as one likes: each node has the quickest for it.
      const children = unlike
        ? favouriteChildren({ ...graph, computeUs: unlike.leastUs }, unlike.leastTensorUs, options.solve, rounding)
        : favouriteChildren(graph, tensorUs, options.solve, rounding);
      return children ? placeMSct(graph, devices, tensorUs, children.favourites, given) : { kind: 'cancelled' };
    });
  },
};
