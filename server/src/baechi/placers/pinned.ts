import { placePinned } from '../pinned.ts';
import type { Placer } from '../placer.ts';

export const pinned: Placer = {
  name: 'pinned',
  documentation: 'Only what `pins` says.',
  needsLp: false,
  isAutomatic: false,
  needsAllPins: true,
  place: ({ graph, devices, tensorUs, unlike }, options) =>
    placePinned(graph, devices, tensorUs, { ...options, ...(unlike && { unlike }) }),
};
