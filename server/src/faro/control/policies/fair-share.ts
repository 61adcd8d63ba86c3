import { fairShare } from '../baselines.ts';
import type { Policy } from '../policy.ts';

export const fairSharePolicy: Policy = {
  name: 'fairShare',
  documentation: 'The same number of replicas for each job.',
  followsObjective: false,
  sheds: false,
  isFixed: true,
  startsWith: (cluster) => fairShare(cluster).initialReplicas,
  create: ({ cluster }) => fairShare(cluster),
};
