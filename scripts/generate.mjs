// Runs every generator in scripts/generate/. `--check` writes nothing and fails, saying where, when a committed file is stale.
//
// A generator is a module scripts/generate/NAME.mjs:
//   export const owns = ['server/src/spec/generated'];   // folders in which nothing but its files may lie; optional
//   export default async function generate(root) { return { 'path/from/the/root.ts': 'content' }; }
// It writes nothing itself, reads only what is committed, and gives the same for the same input on every machine.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { filesBelow } from './freshness.mjs';
import { root } from './pinned-node.mjs';

/**
 * @typedef {object} Generator
 * @property {string[]} [owns]
 * @property {(root: string) => Promise<Record<string, string>>} default
 */

/**
 * @typedef {object} Stale
 * @property {string} file relative to the root
 * @property {string} generator
 * @property {string | undefined} content as it should be; undefined where the file should not be
 * @property {string} difference in words
 */

/**
 * All generated files that are not as their generators would write them.
 * @returns {Promise<Stale[]>}
 */
export async function staleFiles() {
  const folder = join(root, 'scripts', 'generate');
  /** @type {Stale[]} */
  const stale = [];
  for (const name of generatorsIn(folder)) {
    /** @type {Generator} */
    const generator = await import(pathToFileURL(join(folder, name)).href);
    const files = await generator.default(root);
    for (const [file, content] of Object.entries(files)) {
      const present = textOf(join(root, file));
      if (present !== content)
        stale.push({ file, generator: name, content, difference: differenceOf(present, content) });
    }
    for (const file of filesBelow(root, generator.owns ?? [])) {
      if (!(file in files))
        stale.push({ file, generator: name, content: undefined, difference: 'should not be there any more' });
    }
  }
  return stale;
}

/** @param {string} folder */
function generatorsIn(folder) {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.mjs'))
      .sort();
  } catch {
    return [];
  }
}

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * @param {string | undefined} present
 * @param {string} wanted
 */
function differenceOf(present, wanted) {
  if (present === undefined) return 'is missing';
  const old = present.split('\n');
  const lines = wanted.split('\n');
  const first = lines.findIndex((line, i) => line !== old[i]);
  const at = first < 0 ? lines.length : first;
  return `differs from line ${at + 1} on:\n    - ${old[at] ?? '(end of file)'}\n    + ${lines[at] ?? '(end of file)'}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = await staleFiles();
  if (process.argv.includes('--check')) {
    for (const { file, generator, difference } of stale)
      console.error(`${file} (by scripts/generate/${generator}) ${difference}`);
    if (stale.length > 0) {
      console.error(
        `${stale.length} generated file${stale.length === 1 ? ' is' : 's are'} stale: run npm run generate and commit the result.`,
      );
      process.exitCode = 1;
    } else {
      console.log('generated files are fresh');
    }
  } else {
    for (const { file, content } of stale) {
      if (content === undefined) rmSync(join(root, file));
      else {
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), content);
      }
      console.log(`${content === undefined ? 'removed' : 'wrote'} ${file}`);
    }
    if (stale.length === 0) console.log('generated files were fresh');
    // What was written may be read by other generators (a name in a registry, in a problem, in the reference): they load it anew.
    else if (!process.argv.includes('--again'))
      process.exitCode =
        spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--again'], { stdio: 'inherit' }).status ?? 1;
  }
}
