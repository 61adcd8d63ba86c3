import { placeGrouped } from '../grouping/grouped-run.ts';
import { placePinned } from '../pinned.ts';
import type { Placer } from '../placer.ts';

export const pinned: Placer = {
  name: 'pinned',
  documentation: 'Only what `pins` says.',
  needsLp: false,
  isAutomatic: false,
  needsAllPins: true,
  place: (run, options) => placeGrouped(run, options, placePinned),
};
