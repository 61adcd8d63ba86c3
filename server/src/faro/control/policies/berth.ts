import { without } from '../ablation.ts';
import { berth, defaultBerthOptions } from '../berth.ts';
import type { Policy } from '../policy.ts';

export const berthPolicy: Policy = {
  name: 'berth',
  documentation:
    'Every ten seconds weighs what each job would lose in the coming minutes, with what a move costs; the weighted sum over the jobs decides, whatever the objective.',
  followsObjective: false,
  sheds: true,
  create({ cluster, shedding, router, mechanics, horizonMinutes, reactiveIntervalSeconds, forecaster, lever }) {
    const { coldStartSeconds, idleSeconds, sweepSeconds } = mechanics;
    const options = {
      ...defaultBerthOptions,
      shedding,
      forecaster: forecaster(),
      horizonMinutes,
      lookSeconds: reactiveIntervalSeconds,
      freeStartSeconds: coldStartSeconds,
      moveSeconds: coldStartSeconds + (idleSeconds > 0 ? idleSeconds + sweepSeconds / 2 : 0),
      router,
    };
    return berth(cluster, lever === null ? options : without(lever, options));
  },
};
