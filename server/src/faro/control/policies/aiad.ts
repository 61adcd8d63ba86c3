import { aiad } from '../baselines.ts';
import type { Policy } from '../policy.ts';

export const aiadPolicy: Policy = {
  name: 'aiad',
  documentation: 'One replica more after 30 s over the SLO, one less after 10 min within it.',
  followsObjective: false,
  sheds: false,
  create: ({ cluster }) => aiad(cluster),
};
