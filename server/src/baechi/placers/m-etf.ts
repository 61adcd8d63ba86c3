import { placeGrouped } from '../grouping/grouped-run.ts';
import { placeMEtf } from '../m-etf.ts';
import type { Placer } from '../placer.ts';

export const mEtf: Placer = {
  name: 'm-ETF',
  documentation: 'Gives the task that can start earliest to the device on which it does.',
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  place: (run, options) => placeGrouped(run, options, placeMEtf),
};
