import type { Placement, PlacementResult } from '../placement.ts';
import type { AlgorithmOptions, Placer } from '../placer.ts';
import { placementOf } from '../schedule.ts';
import { searchSteps } from '../search/search.ts';
import type { TrainingRun } from '../training-run.ts';
import { mEtf } from './m-etf.ts';

export const search: Placer = {
  name: 'search',
  documentation:
    'Improves the best of many list schedules by moving nodes, one move after another; m-ETF where devices differ, transfers are parallel or memory is accounted for in another way than TensorFlow does.',
  needsLp: false,
  isAutomatic: true,
  needsAllPins: false,
  knows,
  place(run, options) {
    const steps = improvements(run, options);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  },
  improvements,
};

/** The simulator of moves has one time for all devices, one transfer at a time and TensorFlow's accounting. */
function knows({ stepUnlike, graph, step, rules: { channel = 'sequential', memory } }: TrainingRun): boolean {
  // A step with backward runs of its own says itself how long outputs live.
  const released = memory?.lifetime !== 'kept' || step !== graph;
  const isUsual = (memory?.accounting ?? 'tensorflow') === 'tensorflow' && released;
  return stepUnlike === undefined && channel === 'sequential' && isUsual;
}

function* improvements(
  run: TrainingRun,
  options: AlgorithmOptions,
): Generator<(() => Placement) | undefined, PlacementResult> {
  if (!knows(run)) return mEtf.place(run, options);
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
  const placed = (device: Int32Array): Placement => placementOf(run.graph, device, run.devices.length, run.tensorUs);
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
