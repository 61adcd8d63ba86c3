import { describe } from 'vitest';
import { hasSharedData } from './shared-file.ts';

export { hasSharedData, sharedData, sharedJson } from './shared-file.ts';

/** `describe` that needs the recorded results: they must be there in CI, elsewhere their absence is said and skipped. */
export function describeWithSharedData(name: string, suite: () => void): void {
  if (hasSharedData || process.env.CI === 'true') describe(name, suite);
  else describe.skip(`${name} (skipped: the recorded results are not beside this checkout)`, suite);
}
