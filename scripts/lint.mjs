// All checks that need no run of the product: formatting, rules, types, doors between rooms, tidiness. Runs all, then says which failed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { root } from './pinned-node.mjs';
import { untidiness } from './tidy.mjs';

const require = createRequire(import.meta.url);

/**
 * Runs the command of an installed package on this Node, output passed through.
 * @param {string} name of the package
 * @param {string} command one of its commands
 * @param {readonly string[]} args
 */
function passes(name, command, args) {
  const file = packageFile(name);
  const { bin } = require(file);
  const script = join(dirname(file), typeof bin === 'string' ? bin : bin[command]);
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' }).status === 0;
}

/** @param {string} name */
function packageFile(name) {
  const file = join(root, 'node_modules', name, 'package.json'); // by path: not every package exports its package.json
  if (!existsSync(file)) throw new Error(`${name} is not installed`);
  return file;
}

function isTidy() {
  const found = untidiness();
  for (const { file, line, says, fatal } of found) {
    console.log(`${file}${line === undefined ? '' : `:${line}`}: ${fatal ? says : `note: ${says}`}`);
  }
  return !found.some(({ fatal }) => fatal);
}

const cruised = ['server/src', 'client/src', 'webview/src'].filter((folder) => existsSync(join(root, folder)));

/** @type {readonly [string, () => boolean][]} */
const checks = [
  ['types', () => passes('typescript', 'tsc', ['-b', '--pretty', 'false'])],
  ['eslint', () => passes('eslint', 'eslint', ['--no-warn-ignored', '.'])],
  ['prettier', () => passes('prettier', 'prettier', ['--check', '--log-level', 'warn', '.'])],
  ['doors', () => passes('dependency-cruiser', 'depcruise', ['--config', '.dependency-cruiser.mjs', ...cruised])],
  ['tidy', isTidy],
];

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !checks.some(([check]) => check === name));
if (unknown !== undefined) {
  console.error(`There is no check "${unknown}"; there are ${checks.map(([name]) => name).join(', ')}.`);
  process.exit(2);
}
const failed = [];
for (const [name, check] of checks) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  const ok = check();
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (!ok) failed.push(name);
}
if (failed.length > 0) {
  console.error(`lint failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
