// Whether something made is still what its sources would give: one hash over names and contents.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** What Python compiles and keeps beside its sources is no source. @param {string} name */
const isSource = (name) => name !== '__pycache__';

/**
 * All files at or below the given paths, sorted, as paths relative to `folder` with forward slashes. Absent paths give none.
 * @param {string} folder
 * @param {readonly string[]} paths
 * @param {(name: string) => boolean} [keep] says of each file or folder name whether it counts
 * @returns {string[]}
 */
export function filesBelow(folder, paths, keep = isSource) {
  /** @type {string[]} */
  const files = [];
  /** @param {string} path */
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) files.push(relative(folder, path).split(sep).join('/'));
    else if (stat?.isDirectory()) for (const name of readdirSync(path)) if (keep(name)) visit(join(path, name));
  };
  for (const path of paths) visit(join(folder, path));
  return files.sort();
}

/**
 * Hash over the names and contents of all files below the given paths.
 * @param {string} folder
 * @param {readonly string[]} paths
 * @param {(name: string) => boolean} [keep]
 * @returns {string} 40 hexadecimal digits
 */
export function hashOf(folder, paths, keep) {
  const hash = createHash('sha256');
  for (const file of filesBelow(folder, paths, keep)) {
    const content = readFileSync(join(folder, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 40);
}

/**
 * The text of a stamp file, or undefined where there is none.
 * @param {string} file
 */
export function stampOf(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
