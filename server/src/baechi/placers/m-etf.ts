import { placeMEtf } from '../m-etf.ts';
import type { Placer } from '../placer.ts';

export const mEtf: Placer = {
  name: 'm-ETF',
  documentation: 'Gives the task that can start earliest to the device on which it does.',
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  place: ({ graph, devices, tensorUs, unlike }, options) =>
    placeMEtf(graph, devices, tensorUs, { ...options, ...(unlike && { unlike }) }),
};
