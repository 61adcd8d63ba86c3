import { oneshot } from '../baselines.ts';
import type { Policy } from '../policy.ts';

export const oneshotPolicy: Policy = {
  name: 'oneshot',
  documentation: 'Replicas in proportion to latency over SLO, after 30 s over it or 10 min within it.',
  followsObjective: false,
  sheds: false,
  create: ({ cluster }) => oneshot(cluster),
};
