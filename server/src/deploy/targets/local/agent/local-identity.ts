/** Who the target `local` is: this machine's, of one state folder. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { TargetIdentity } from '../../../target-ref.ts';

export function localIdentity(folder: string): TargetIdentity {
  const uid = createHash('sha256')
    .update(JSON.stringify([machine(), folder]))
    .digest('hex')
    .slice(0, 32);
  return { uid, name: `local on ${hostname()}, in ${folder}` };
}

/** What tells machines apart even where they have the same name; the name where the system has nothing better. */
function machine(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = readFileSync(path, 'utf8').trim();
      if (id !== '') return id;
    } catch {
      // the next, or the name
    }
  }
  return hostname();
}
