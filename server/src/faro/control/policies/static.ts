import { fixed } from '../baselines.ts';
import type { Policy } from '../policy.ts';

export const staticPolicy: Policy = {
  name: 'static',
  documentation: 'Each job keeps the replicas it started with.',
  followsObjective: true,
  sheds: false,
  isFixed: true,
  create: ({ plannedReplicas }) => fixed('static', plannedReplicas()),
};
