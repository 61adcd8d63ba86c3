import { demandPerReplica } from '../job.ts';
import type { Job, ResourceVector } from '../job.ts';
import { nodeResources, replicasPerJob } from './node-packing.ts';
import { itemAt } from '../../numeric/at.ts';

/** Sizes by which a resource is cut, at most. */
const sizeLimit = 12;

/** Jobs and capacity with resources added that stand for what nodes waste. */
export interface NodeCuts {
  readonly jobs: readonly Job[];
  readonly capacity: ResourceVector;
}

/**
 * Adds capacities that every allocation keeps to that fits on the nodes, so that the best one by capacity alone is nearer to
 * fitting there.
 *
 * Counted in whole multiples of a size, rounded down, what runs on a node takes no more than the node has: for every size that
 * some replica takes of a resource, Σ floor(demand / size) · replicas <= Σ over nodes of floor(node / size). So eight
 * accelerators hold two replicas of three. And there are no more replicas than the nodes hold of the smallest one imaginable.
 */
export function withNodeCuts(
  jobs: readonly Job[],
  capacity: ResourceVector,
  nodes: readonly ResourceVector[],
): NodeCuts {
  const cuts: { readonly name: string; readonly demand: readonly number[]; readonly limit: number }[] = [];
  const least: Record<string, number> = {};
  for (const resource of nodeResources(nodes)) {
    const demands = jobs.map((job) => demandPerReplica(job, resource));
    least[resource] = demands.reduce((min, demand) => Math.min(min, demand), Infinity);
    const sizes = [...new Set(demands)].filter((size) => size > 0).sort((a, b) => b - a);
    for (const size of sizes.slice(0, sizeLimit)) {
      cuts.push({
        name: `${resource} by ${size}`,
        demand: demands.map((demand) => multiples(demand, size)),
        limit: nodes.reduce((sum, node) => sum + multiples(node[resource] ?? 0, size), 0),
      });
    }
  }
  const [limit = Infinity] = replicasPerJob(
    jobs.slice(0, 1).map((job) => ({ ...job, resources: least })),
    nodes,
  );
  if (limit < Infinity) cuts.push({ name: 'replicas on nodes', demand: jobs.map(() => 1), limit });
  return {
    jobs: jobs.map((job, i) => ({
      ...job,
      resources: { ...job.resources, ...Object.fromEntries(cuts.map(({ name, demand }) => [name, itemAt(demand, i)])) },
    })),
    capacity: { ...capacity, ...Object.fromEntries(cuts.map(({ name, limit: most }) => [name, most])) },
  };
}

function multiples(amount: number, size: number): number {
  return Math.max(0, Math.floor((amount / size) * (1 + 1e-9) + 1e-9));
}
