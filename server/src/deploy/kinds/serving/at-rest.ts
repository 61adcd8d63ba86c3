import type { Particular, ServingStatus } from '../../types.ts';

export function servingAtRest(): Particular<ServingStatus> {
  return { jobs: [] };
}
