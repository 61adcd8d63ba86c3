import { mark } from '../mark.ts';
import type { Policy } from '../policy.ts';

export const markPolicy: Policy = {
  name: 'mark',
  documentation: 'MArk: each job by itself gets what its forecast needs, and one replica more where it is overloaded.',
  followsObjective: false,
  sheds: false,
  create: ({ cluster, forecaster, quantile, horizonMinutes }) =>
    mark(cluster, { forecaster: forecaster(), quantile, horizonMinutes }),
};
