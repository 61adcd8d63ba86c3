// A real VS Code for the browser (code-server) from npm packages, without a compiler, kept outside the checkout.
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { reasonOf } from '../bootstrap.mjs';
import { cacheFolder } from '../cache.mjs';
import { withLock } from '../lock.mjs';
import { environmentOf } from '../pinned-node.mjs';

const run = promisify(execFile);

/** 4.139.1 is VS Code 1.139.1; it wants Node 24. */
const version = '4.139.1';

/** What an editor for specs never runs, half of the size: AI agents' runtimes, Windows parts. */
const unneeded = [
  '@github',
  '@microsoft/mxc-sdk',
  '@vscode/windows-process-tree',
  'node-pty/deps',
  'node-pty/third_party',
];

/**
 * The folder of an installed code-server, installing it on first use.
 * @param {(line: string) => void} say told what takes long
 * @returns {Promise<string>}
 * @throws {Error} with a sentence for a person
 */
export async function installedCodeServer(say) {
  if (process.platform === 'win32') {
    throw new Error(
      'VS Code in the browser does not run on Windows itself: use npm start -- --code with VS Code, or run this in WSL.',
    );
  }
  const folder = join(cacheFolder(), `code-server-${version}-${await recipe()}`);
  const found = join(folder, 'node_modules', 'code-server');
  if (existsSync(found)) return found;
  return withLock(
    `${folder}.lock`,
    () => say('waiting for another install of VS Code…'),
    async () => {
      if (!existsSync(found)) {
        say('installing VS Code for the browser (once; about half a minute, 350 MB)…');
        await install(folder);
      }
      return found;
    },
  );
}

/** What the content of the folder depends on: this recipe, the replaced module and the machine. */
async function recipe() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}-${version}`);
  for (const file of ['install.mjs', 'spdlog.mjs']) hash.update(readFileSync(new URL(file, import.meta.url)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Installs into a folder beside and puts it in place with one rename, so that a half install is never taken for a whole one.
 * @param {string} folder
 */
async function install(folder) {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true }); // left by an install that was interrupted; the lock says nobody is at it
  mkdirSync(partial, { recursive: true });
  try {
    writeFileSync(join(partial, 'package.json'), '{ "private": true }\n');
    await npm(partial, ['install', `code-server@${version}`]);
    const editor = join(partial, 'node_modules', 'code-server', 'lib', 'vscode');
    await npm(editor, ['install', '--omit=dev']);
    await npm(join(editor, 'extensions'), ['install', '--omit=dev']);
    replaceLogger(join(editor, 'node_modules', '@vscode', 'spdlog'));
    prune(join(editor, 'node_modules'));
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    const output = error instanceof Error ? `${'stderr' in error ? error.stderr : ''}${error.message}` : String(error);
    throw new Error(
      `VS Code could not be installed.\n${output.trim().split('\n').slice(-8).join('\n')}\n${reasonOf(output)}`,
      { cause: error },
    );
  }
}

/** @param {string} folder @param {readonly string[]} args */
async function npm(folder, args) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = environmentOf(process.execPath);
  // npm's own settings for the command that started this one are not meant for this folder
  for (const name of ['local_prefix', 'prefix', 'package', 'workspace', 'workspaces', 'omit'])
    delete env[`npm_config_${name}`];
  delete env.NODE_ENV;
  await run('npm', [...args, ...quiet], { cwd: folder, env, maxBuffer: 1e8 });
}

/** @param {string} folder of the package @vscode/spdlog */
function replaceLogger(folder) {
  copyFileSync(new URL('spdlog.mjs', import.meta.url), join(folder, 'spdlog.mjs'));
  const manifest = join(folder, 'package.json');
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), main: 'spdlog.mjs' }));
}

/** @param {string} modules */
function prune(modules) {
  for (const name of unneeded) rmSync(join(modules, name), { recursive: true, force: true });
  const machine = `${process.platform}-${process.arch}`;
  for (const folder of ['@vscode/ripgrep-universal/bin', 'node-pty/prebuilds']) {
    const builds = join(modules, folder);
    if (!existsSync(join(builds, machine))) continue;
    for (const build of readdirSync(builds)) if (build !== machine) rmSync(join(builds, build), { recursive: true });
  }
  for (const file of readdirSync(dirname(modules), { recursive: true, encoding: 'utf8' })) {
    const path = join(dirname(modules), file);
    if (file.endsWith('.map') && statSync(path, { throwIfNoEntry: false })?.isFile()) rmSync(path);
  }
}
