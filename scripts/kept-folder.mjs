// A folder that takes long to make, made once and kept in the cache: whole or not there at all, also where two want it at once.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { withLock } from './lock.mjs';

/**
 * The path of a kept folder, made where it is not there yet. What an interrupted making left is thrown away by the next one.
 * @param {string} name unlike that of any other content: what the content depends on belongs into it
 * @param {() => void} onWait called once, when another process is making it
 * @param {(partial: string) => Promise<void>} make fills the empty folder that it is given, which is then renamed
 * @returns {Promise<string>}
 */
export async function keptFolder(name, onWait, make) {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  return withLock(`${folder}.lock`, onWait, async () => {
    if (existsSync(folder)) return folder;
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true }); // the lock says that nobody is at it
    mkdirSync(partial, { recursive: true });
    try {
      await make(partial);
      renameSync(partial, folder);
    } catch (error) {
      rmSync(partial, { recursive: true, force: true });
      throw error;
    }
    return folder;
  });
}
