import { RESOURCES, type Node, type Resources } from '../types.ts';

/** As many replicas as the whole cluster holds when no other job takes any: the maximum of a job that gives none. */
export function mostReplicas(capacity: Resources, takes: Resources, nodes: readonly Node[] = []): number {
  const within = fitting(capacity, takes);
  const onNodes = nodes.length === 0 ? Infinity : nodes.reduce((sum, node) => sum + fitting(node, takes), 0);
  return Math.max(1, Math.min(within, onNodes));
}

function fitting(room: Resources, takes: Resources): number {
  const counts = RESOURCES.flatMap((resource) => {
    const [has, needs] = [room[resource], takes[resource]];
    return has === undefined || needs === undefined || needs === 0 ? [] : [Math.floor(has / needs + 1e-9)];
  });
  return Math.min(...counts);
}
