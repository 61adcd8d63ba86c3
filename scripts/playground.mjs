// A copy of examples/ to play in. It lies inside the checkout, so that the examples' npm packages resolve, and is never committed.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesBelow } from './freshness.mjs';
import { root } from './pinned-node.mjs';

/**
 * Brings the playground up to the examples, leaving alone every file that was changed or deleted in it.
 * @param {{reset?: boolean, from?: string, to?: string}} [options] reset: all files as in examples/; what else lies there stays
 * @returns {{folder: string, kept: string[]}} kept: files that differ from the examples because someone changed them
 */
export function playground({ reset = false, from = join(root, 'examples'), to = join(root, 'playground') } = {}) {
  const record = join(to, '.examples.json');
  /** @type {Record<string, string>} hash of each file as it was copied */
  const copied = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
  const kept = [];
  for (const file of filesBelow(from, ['.'], (name) => name !== 'node_modules')) {
    const wanted = hashOfFile(join(from, file));
    const present = hashOfFile(join(to, file));
    const touched = present !== copied[file]; // changed, deleted, or there before us
    if (present !== wanted && touched && !reset) {
      kept.push(file);
      continue;
    }
    if (present !== wanted) {
      mkdirSync(dirname(join(to, file)), { recursive: true });
      cpSync(join(from, file), join(to, file));
    }
    copied[file] = wanted ?? '';
  }
  for (const [file, hash] of Object.entries(copied)) {
    // no example any more: the copy goes too, unless it became someone's own
    if (existsSync(join(from, file))) continue;
    if (hashOfFile(join(to, file)) === hash) rmSync(join(to, file));
    delete copied[file];
  }
  mkdirSync(to, { recursive: true });
  writeFileSync(record, `${JSON.stringify(copied, null, 2)}\n`);
  return { folder: to, kept };
}

/**
 * Has the extension open an example, with its preview and the walkthrough, when the playground is opened for the first time. Settings
 * that are there already are someone's own and stay as they are.
 * @param {string} folder the playground
 * @param {string} example a spec in it
 */
export function greet(folder, example) {
  const settings = join(folder, '.vscode', 'settings.json');
  if (existsSync(settings)) return;
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, `${JSON.stringify({ 'berth.openAtStart': example }, null, 2)}\n`);
}

/** @param {string} file */
function hashOfFile(file) {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined;
}
