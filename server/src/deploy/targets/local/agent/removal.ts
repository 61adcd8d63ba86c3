/**
 * The end of a deployment's folder. A folder is removed name by name, and a crash in between leaves any part of it: revisions without
 * the record that says they are deleted, for one. So it first gets a name that no deployment has, and is gone from that moment on.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolderSync } from '../../../runtime/durable-file.ts';

const PREFIX = '.deleted-';

/** Removes a deployment's folder for good; one that is not there is no error. */
export function removeDeployment(folder: string): void {
  if (!existsSync(folder)) return;
  const away = join(dirname(folder), PREFIX + randomBytes(4).toString('hex'));
  renameSync(folder, away);
  syncFolderSync(dirname(folder));
  rmSync(away, { recursive: true, force: true });
}

/** Removes the rest of what was being removed when an agent before was killed. */
export function finishRemovals(deployments: string): void {
  for (const name of readdirSync(deployments))
    if (name.startsWith(PREFIX)) rmSync(join(deployments, name), { recursive: true, force: true });
}
