/** Reads values of resources, and finds those that Kubernetes or Ray would refuse. */
import type { Found } from './found.ts';
import type { Resources } from './imported.ts';
import type { ManifestNode } from './manifest.ts';
import { decimal, kubernetesQuantity } from './quantity.ts';

/** As many as a spec can say of one job. */
export const MOST_REPLICAS = 100_000;

/** Items of one list that are read; nothing that runs has as many applications, deployments or groups. */
const MOST_ITEMS = 1000;

export class Reader {
  readonly found: Found;

  constructor(found: Found) {
    this.found = found;
  }

  /** @returns undefined where nothing is written, or no such number, which is found. */
  number(node: ManifestNode, key: string, { whole = false, min = 0, max = Infinity } = {}): number | undefined {
    if (node.isAbsent) return undefined;
    const { scalar } = node;
    if (typeof scalar === 'number' && scalar >= min && scalar <= max && (!whole || Number.isSafeInteger(scalar)))
      return scalar;
    const bounds = max === Infinity ? `from ${min} on` : `from ${min} to ${max}`;
    this.#malformed(node, key, `a ${whole ? 'whole ' : ''}number ${bounds}`);
    return undefined;
  }

  text(node: ManifestNode, key: string): string | undefined {
    if (node.isAbsent) return undefined;
    if (typeof node.scalar === 'string' && node.scalar !== '') return node.scalar;
    this.#malformed(node, key, 'a text');
    return undefined;
  }

  list(node: ManifestNode, key: string): readonly ManifestNode[] {
    if (!node.isList && !node.isAbsent) this.#malformed(node, key, 'a list');
    const { items } = node;
    if (items.length <= MOST_ITEMS) return items;
    const value = `a list of ${items.length} items`;
    this.found.add('BERTH5654', { key, value, wanted: `at most ${MOST_ITEMS} items` }, node.range);
    return items.slice(0, MOST_ITEMS);
  }

  mapping(node: ManifestNode, key: string): boolean {
    if (!node.isMapping && !node.isAbsent) this.#malformed(node, key, 'a mapping');
    return node.isMapping;
  }

  /** What containers take together. @param by which of a container's figures count, the first that is there. */
  resources(containers: readonly ManifestNode[], by: readonly ('limits' | 'requests')[]): Resources {
    const sum: { cpu?: number; memory?: number; accelerators?: number } = {};
    for (const container of containers) {
      const stated = by.map((way) => this.#quantities(container.at('resources', way), way));
      for (const [name, key] of RESOURCES) {
        const value = stated.find((one) => one.has(key))?.get(key);
        if (value !== undefined) sum[name] = decimal((sum[name] ?? 0) + value);
      }
    }
    return sum.memory === undefined ? sum : { ...sum, memory: Math.ceil(sum.memory) };
  }

  #quantities(node: ManifestNode, way: string): ReadonlyMap<string, number> {
    const quantities = new Map<string, number>();
    this.mapping(node, way);
    for (const { key, value: written } of node.fields) {
      const value = kubernetesQuantity(written.scalar);
      // Resources that have a domain are devices: none is handed out in parts.
      const whole = key.includes('/');
      if (value === undefined) this.#malformed(written, key, 'a quantity such as 250m, 2 or 4Gi');
      else if (whole && !Number.isSafeInteger(value)) this.#malformed(written, key, 'a whole number');
      else quantities.set(key, value);
    }
    return quantities;
  }

  #malformed(node: ManifestNode, key: string, wanted: string): void {
    this.found.add('BERTH5654', { key, value: node.shown, wanted }, node.range);
  }
}

const RESOURCES = [
  ['cpu', 'cpu'],
  ['memory', 'memory'],
  ['accelerators', 'nvidia.com/gpu'],
] as const;
