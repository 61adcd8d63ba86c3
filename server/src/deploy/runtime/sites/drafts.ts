/** What a site was writing when it, or its machine, was stopped. The trainer writes into the folder too: its files are its own. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const OWN_DRAFT = /^(?:average-\d+\.f32|trained\.f32|key\.pem|certificate\.pem)\.part$/;

/** Removes it from a site's folder, in which no site is at work. */
export async function clearDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (OWN_DRAFT.test(name)) await rm(join(folder, name), { force: true });
}
