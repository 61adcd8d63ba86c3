/** Values of a typed spec as a person would write them in the text. */
import { formatQuantity } from '../../spec/quantities/quantity.ts';
import type { QuantityKind } from '../../spec/quantities/quantity.ts';

const KIND_OF_KEY: Readonly<Record<string, QuantityKind>> = {
  latency: 'duration',
  processingTime: 'duration',
  interval: 'duration',
  reactiveInterval: 'duration',
  horizon: 'duration',
  coldStart: 'duration',
  scaleToZeroAfter: 'duration',
  timeout: 'duration',
  bodyLimit: 'size',
  memory: 'size',
  cpu: 'cpu',
  bandwidth: 'bandwidth',
  rate: 'rate',
};

/** @param key the last key of its path, which tells the unit. */
export function written(key: string | undefined, value: unknown): string {
  const kind = key === undefined ? undefined : KIND_OF_KEY[key];
  if (typeof value === 'number')
    return kind && key !== 'rho' ? formatQuantity(value, kind) : String(Number(value.toPrecision(12)));
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'string') return value;
  if (Array.isArray(value))
    return value.length > 8 ? `${value.length} values` : `[${value.map((item) => written(key, item)).join(', ')}]`;
  if (typeof value === 'object')
    return `{ ${Object.entries(value)
      .map(([name, item]) => `${name}: ${written(name, item)}`)
      .join(', ')} }`;
  return value === true ? 'true' : 'false'; // a spec has no other values
}
