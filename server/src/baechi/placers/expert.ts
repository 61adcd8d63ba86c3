import { placeExpert } from '../expert.ts';
import { placeGrouped } from '../grouping/grouped-run.ts';
import type { Placer } from '../placer.ts';

export const expert: Placer = {
  name: 'expert',
  documentation: 'An equal number of layers on every device, in their order, as one places by hand.',
  needsLp: false,
  isAutomatic: false,
  needsAllPins: false,
  place: (run, options) => placeGrouped(run, options, placeExpert),
};
