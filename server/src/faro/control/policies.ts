/** The registry of policies: the schema, completion, the preview's table, experiments and the command read it. */
import type { Policy as PolicyName } from '../../spec/types.ts';
import { aiadPolicy } from './policies/aiad.ts';
import { berthPolicy } from './policies/berth.ts';
import { fairSharePolicy } from './policies/fair-share.ts';
import { faroPolicy } from './policies/faro.ts';
import { markPolicy } from './policies/mark.ts';
import { oneshotPolicy } from './policies/oneshot.ts';
import { staticPolicy } from './policies/static.ts';
import type { Policy } from './policy.ts';

/** In the order in which tables and choices show them. */
export const POLICY_REGISTRY: readonly Policy[] = [
  berthPolicy,
  faroPolicy,
  markPolicy,
  aiadPolicy,
  oneshotPolicy,
  fairSharePolicy,
  staticPolicy,
];

export function policyOf(name: PolicyName): Policy {
  const policy = POLICY_REGISTRY.find((one) => one.name === name);
  if (!policy) throw new Error(`no policy is registered as "${name}"`);
  return policy;
}
