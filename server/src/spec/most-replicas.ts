import type { Resources } from './types.ts';

/** As many replicas as the whole capacity holds when no other job takes any: the maximum of a job that gives none. */
export function mostReplicas(capacity: Resources, takes: Resources): number {
  const room = (['replicas', 'cpu', 'memory'] as const).flatMap((resource) => {
    const [has, needs] = [capacity[resource], takes[resource]];
    return has === undefined || needs === undefined ? [] : [Math.floor(has / needs + 1e-9)];
  });
  return Math.max(1, Math.min(...room));
}
