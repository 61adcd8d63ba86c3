// Where things too large to make again each time are kept: outside the checkout, so that every checkout of a person shares them.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { root } from './pinned-node.mjs';

/**
 * The folder for kept things, made if need be: the user's cache, or inside the checkout where that cannot be written.
 * @returns {string}
 */
export function cacheFolder() {
  const wanted = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth');
  for (const folder of [wanted, join(root, 'build', 'cache')]) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // not ours to write: the next one
    }
  }
  throw new Error(
    `neither ${wanted} nor the checkout can be written. Check who owns them and that the disk is not full.`,
  );
}
