// Makes a checkout ready: dependencies as the lockfile says, bundles as the sources say. A no-op of milliseconds when it is.
// Plain JavaScript on node:* alone, since it runs on Node 20 before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { hashOf, stampOf } from './freshness.mjs';
import { withLock } from './lock.mjs';
import { environmentOf, pinnedNode, root } from './pinned-node.mjs';

/** What the bundles are made of. */
export const bundleSources = [
  'server/src',
  'server/runtime',
  'client/src',
  'webview/src',
  'schemas',
  'scripts/build.mjs',
  'package-lock.json',
];

/**
 * Installs and builds what is missing or stale, and says on stderr what takes long.
 * @param {{build?: boolean}} [options] build: false leaves `dist` alone
 * @returns {Promise<string>} path of the Node to run everything else on
 */
export async function bootstrap({ build = true } = {}) {
  if (!isInstalled()) await locked('install', async () => void (isInstalled() || (await install())));
  const node = pinnedNode();
  if (build && !isBuilt()) await locked('build', async () => void (isBuilt() || (await buildBundles(node))));
  return node;
}

/** @param {string} what @param {() => Promise<void>} work */
function locked(what, work) {
  return withLock(
    join(root, 'build', `${what}.lock`),
    () => say(`waiting for another ${what} in this checkout…`),
    work,
  );
}

const installStamp = join(root, 'node_modules', '.berth-lockfile');

function isInstalled() {
  const wanted = hashOf(root, ['package-lock.json']);
  if (stampOf(installStamp) === wanted) return true;
  if (!installedAsLocked()) return false;
  completeInstall(wanted);
  return true;
}

/**
 * Puts the command `berth` among the installed ones, which npm does for every package but the root: so npx finds it at once, and
 * from the folders below too.
 * @param {string} hash of the lockfile
 */
function completeInstall(hash) {
  const link = join(root, 'node_modules', '.bin', 'berth');
  if (process.platform !== 'win32' && !existsSync(link)) {
    rmSync(link, { force: true });
    symlinkSync(join('..', '..', 'bin', 'berth.mjs'), link);
  }
  writeFileSync(installStamp, hash);
}

/**
 * Whether an install that was done by hand is the lockfile's: npm leaves a record of what it installed, and each locked
 * package must stand in it with the same version. Optional ones are left out by platform.
 */
function installedAsLocked() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const locked = packagesOf(join(root, 'package-lock.json'));
  if (installed === undefined || locked === undefined) return false;
  return Object.entries(locked).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean}> | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install() {
  say('installing dependencies (npm ci; about half a minute the first time)…');
  // No package needs its install script: those that have one only look for a faster way to do what they do anyway.
  const args = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined;
  const { code, output } = npm
    ? await captured(process.execPath, [npm, ...args], npmEnvironment(), false)
    : await captured('npm', args, npmEnvironment(), process.platform === 'win32');
  if (code === 0 && existsSync(join(root, 'node_modules'))) {
    completeInstall(hashOf(root, ['package-lock.json']));
    return;
  }
  const told = output.split('\n').filter((line) => line.trim() !== '' && !/^npm error( {5}at |$)/.test(line));
  throw new Error(`the dependencies could not be installed.\n${told.slice(0, 8).join('\n')}\n${reasonOf(output)}`);
}

/** npm hands its own invocation on in the environment; what belonged to that command alone must not bend this one. */
function npmEnvironment() {
  const env = { ...process.env };
  const own = [
    'package',
    'call',
    'workspace',
    'workspaces',
    'include_workspace_root',
    'global',
    'prefix',
    'local_prefix',
    'omit',
    'production',
  ];
  for (const name of own) delete env[`npm_config_${name}`];
  delete env.NODE_ENV;
  return env;
}

/**
 * One sentence on what to do about a failed install.
 * @param {string} output of npm
 */
export function reasonOf(output) {
  if (/ENOSPC|no space left/i.test(output)) return 'The disk is full: free about 2 GB and run the same command again.';
  if (/EACCES|EPERM|EROFS/.test(output))
    return 'A folder cannot be written: check who owns the checkout and the npm cache.';
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED/.test(output))
    return 'The npm registry was not reached: the first run needs a network connection, later ones do not.';
  return 'Run the same command again; if it fails the same way, the lines above say why.';
}

const buildStamp = join(root, 'dist', '.stamp');

/** Whether `dist` was made for development from the present sources. */
function isBuilt() {
  return stampOf(buildStamp) === hashOf(root, bundleSources);
}

/** @param {string} node */
async function buildBundles(node) {
  say('building…');
  const { code, output } = await captured(node, [join(root, 'scripts', 'build.mjs')], environmentOf(node), false);
  if (code !== 0) throw new Error(`the build failed.\n${output.trim()}`);
}

/**
 * @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} env @param {boolean} shell
 * @returns {Promise<{code: number, output: string}>}
 */
function captured(command, args, env, shell) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 127, output: `${output}${command}: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @param {string} line */
function say(line) {
  // stderr: the command that follows may have its output piped into another program
  process.stderr.write(`berth: ${line}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bootstrap().catch((error) => {
    say(error.message);
    process.exitCode = 1;
  });
}
