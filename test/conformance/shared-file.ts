/** The recorded results of the reference systems, which lie beside a checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** True where the recorded results of the reference systems lie beside the checkout. */
export const hasSharedData = existsSync(root);

/** Absolute path of a file of recorded reference results, e.g. `sharedData('baechi/summary.json')`. */
export function sharedData(path: string): string {
  return root + path;
}

/** The parsed content of a JSON file of recorded reference results; the caller states its shape. */
export function sharedJson<T>(path: string): T {
  return JSON.parse(readFileSync(sharedData(path), 'utf8')) as T;
}
