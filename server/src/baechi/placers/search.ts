import type { Placement, PlacementResult } from '../placement.ts';
import type { AlgorithmOptions, Placer } from '../placer.ts';
import { placementOf } from '../schedule.ts';
import { searchSteps } from '../search/search.ts';
import { placingRules, type TrainingRun } from '../training-run.ts';
import { mEtf } from './m-etf.ts';

export const search: Placer = {
  name: 'search',
  documentation: 'Improves the best of many list schedules by moving nodes, one move after another.',
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  place(run, options) {
    const steps = improvements(run, options);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  },
  improvements,
};

function* improvements(
  run: TrainingRun,
  options: AlgorithmOptions,
): Generator<(() => Placement) | undefined, PlacementResult> {
  const { pins, shouldStop, search: settings = {} } = options;
  let better: Int32Array | undefined;
  let stopped = false;
  const givenUp = (): boolean => (stopped ||= shouldStop?.() ?? false);
  const steps = searchSteps(run, {
    ...settings,
    ...(pins && { pins }),
    ...(run.colocation && { together: run.colocation.unitOf }),
    shouldStop: () => givenUp() || (settings.shouldStop?.() ?? false),
    onBetter: (device) => (better = device),
  });
  const placed = (device: Int32Array): Placement =>
    placementOf(run.graph, device, run.devices.length, run.tensorUs, placingRules(run));
  for (;;) {
    const { done, value } = steps.next();
    if (givenUp()) return { kind: 'cancelled' };
    if (done) {
      // Nodes of one group that are pinned apart can only be placed by who does not keep groups.
      return value ? placed(value.device) : mEtf.place(run, options);
    }
    const device = better;
    better = undefined;
    yield device && (() => placed(device));
  }
}
