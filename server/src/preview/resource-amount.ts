/** What a cluster has and what its jobs take, as people read it and as a spec writes it. */
import { formatQuantity } from '../spec/quantities/quantity.ts';
import { RESOURCES, type InferenceCluster } from '../spec/types.ts';
import { amount } from './figures.ts';
import { quantity } from './words.ts';

/** The resource that the capacity is counted in: replicas where they are given. */
export function capacityUnit({ capacity }: InferenceCluster): string {
  return RESOURCES.find((resource) => capacity[resource] !== undefined) ?? 'replicas';
}

/** `12 replicas`, `4.50 cpu`, `8 GiB of memory`; more digits where three would not tell it from its limit. */
export function resourceAmount(resource: string, value: number, digits = 3): string {
  if (digits === 3) return amount(value, resource);
  if (resource === 'memory') return `${quantity(value, 'size', digits).replace(/i$/, 'iB')} of memory`;
  return resource === 'cpu' ? `${bareAmount(resource, value, digits)} cpu` : amount(value, resource);
}

/** The amount alone, as the spec writes it: replicas are counted to the last, the rest has a few digits. */
export function bareAmount(resource: string, value: number, digits = 3): string {
  if (resource === 'memory') return formatQuantity(value, 'size', { digits });
  return Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(digits))}`;
}

/** An amount as the spec writes it, rounded up so that what needs it fits. */
export function resourceText(resource: string, amount: number): string | number {
  if (resource === 'memory')
    return amount < 2 ** 30 ? `${Math.ceil(amount / 2 ** 20)}Mi` : `${Math.ceil((amount / 2 ** 30) * 100) / 100}Gi`;
  return resource === 'cpu' ? Math.ceil(amount * 1000 - 1e-6) / 1000 : Math.ceil(amount);
}
