// One process at a time: a lock file that names its owner, so that a dead owner's lock is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while holding the lock, waiting for another holder as long as that one lives.
 * @template T
 * @param {string} file path of the lock file
 * @param {() => void} onWait called once, when another process holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, work) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  let waited = false;
  try {
    while (!taken(mine, file)) {
      if (!waited) onWait();
      waited = true;
      await sleep(100);
    }
    try {
      return await work();
    } finally {
      if (ownerOf(file) === process.pid) rmSync(file, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Tries to take the lock. A hard link appears whole or not at all, so a lock without its owner's number is never seen.
 * @param {string} mine @param {string} file
 */
function taken(mine, file) {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  const owner = ownerOf(file);
  if (owner !== undefined && !alive(owner)) putAside(file, owner);
  return false;
}

/**
 * Moves a dead owner's lock away; had someone been quicker and it is a living one's by now, it is put back.
 * @param {string} file @param {number} owner
 */
function putAside(file, owner) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (ownerOf(aside) !== owner) linkSync(aside, file);
  } catch {
    // Another process moved it first: the next try sees what is there now.
  }
  rmSync(aside, { force: true });
}

/** @param {string} file */
function ownerOf(file) {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    // A file that names nobody was not written by this code; after a minute it counts as left behind.
    if (Number.isInteger(owner) && owner > 0) return owner;
    return Date.now() - statSync(file).mtimeMs > 60_000 ? 0 : undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function alive(pid) {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
