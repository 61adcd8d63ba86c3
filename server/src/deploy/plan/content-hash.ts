/** One value, one hash: how plans and revisions are told apart. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../spec/serialise.ts';

/** `sha256:` and 64 hexadecimal digits over the canonical JSON of a value. */
export function contentHash(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
