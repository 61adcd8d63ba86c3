import { defaultFaroOptions, faro } from '../faro.ts';
import type { Policy } from '../policy.ts';

export const faroPolicy: Policy = {
  name: 'faro',
  documentation: 'Faro: optimises the objective over a forecast at every interval, and reacts to overload in between.',
  followsObjective: true,
  sheds: false,
  create({ cluster, forecaster, ...setting }) {
    const { objective, models, search, horizonMinutes, coldStartSeconds, quantile, adaptsQuantile } = setting;
    const { intervalSeconds, reactiveIntervalSeconds } = setting;
    return faro(cluster, {
      ...defaultFaroOptions,
      objective,
      models,
      search,
      intervalSeconds,
      reactiveIntervalSeconds,
      firstAllocationSeconds: Math.min(defaultFaroOptions.firstAllocationSeconds, intervalSeconds),
      horizonMinutes,
      coldStartSeconds,
      quantile,
      adaptsQuantile,
      forecaster: forecaster(),
    });
  },
};
