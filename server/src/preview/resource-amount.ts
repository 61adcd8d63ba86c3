/** What a cluster has and what its jobs take, as people read it and as a spec writes it. */
import { formatQuantity } from '../spec/quantities/quantity.ts';
import { RESOURCES, type InferenceCluster } from '../spec/types.ts';
import { figureOf } from './words.ts';

/** The resource that the capacity is counted in: replicas where they are given. */
export function capacityUnit({ capacity }: InferenceCluster): string {
  return RESOURCES.find((resource) => capacity[resource] !== undefined) ?? 'replicas';
}

/** `12 replicas`, `4.5 cpu`, `8Gi of memory`. */
export function resourceAmount(resource: string, amount: number, digits = 3): string {
  const bare = bareAmount(resource, amount, digits);
  if (resource === 'memory') return `${bare} of memory`;
  if (resource === 'cpu') return `${bare} cpu`;
  return figureOf(amount, resource === 'accelerators' ? 'accelerator' : 'replica');
}

/** The amount alone: replicas are counted to the last, the rest has a few digits. */
export function bareAmount(resource: string, amount: number, digits = 3): string {
  if (resource === 'memory') return formatQuantity(amount, 'size', { digits });
  return Number.isInteger(amount) ? `${amount}` : `${Number(amount.toPrecision(digits))}`;
}

/** An amount as the spec writes it, rounded up so that what needs it fits. */
export function resourceText(resource: string, amount: number): string | number {
  if (resource === 'memory')
    return amount < 2 ** 30 ? `${Math.ceil(amount / 2 ** 20)}Mi` : `${Math.ceil((amount / 2 ** 30) * 100) / 100}Gi`;
  return resource === 'cpu' ? Math.ceil(amount * 1000 - 1e-6) / 1000 : Math.ceil(amount);
}
