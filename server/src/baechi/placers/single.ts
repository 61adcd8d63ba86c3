import { realAt } from '../../numeric/at.ts';
import type { Placer } from '../placer.ts';
import { placeSingleDevice } from '../single-device.ts';
import { placingRules, simulateStep } from '../training-run.ts';

export const single: Placer = {
  name: 'single',
  documentation: 'Everything on the first device that can hold it.',
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  place(run, { pins }) {
    const { graph, planDevices, tensorUs } = run;
    const { peakBytes } = simulateStep(run, new Int32Array(graph.nodeCount)).schedule;
    return placeSingleDevice(graph, planDevices, tensorUs, realAt(peakBytes, 0), pins, placingRules(run));
  },
};
