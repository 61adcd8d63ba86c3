import { placeMTopo } from '../m-topo.ts';
import type { Placer } from '../placer.ts';

export const mTopo: Placer = {
  name: 'm-TOPO',
  documentation: 'Fills devices one after the other in topological order.',
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  place: ({ graph, devices, tensorUs, unlike }, { pins }) =>
    placeMTopo(graph, devices, tensorUs, { ...(pins && { pins }), ...(unlike && { unlike }) }),
};
