// Debian's PyTorch 1.13, the old one of two that tests run on: the installed one, or else its packages, unpacked into the cache and not installed.
//
//   node scripts/pytorch/debian.mjs     unpacks it where it is missing and prints the path of its Python
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keptFolder } from '../kept-folder.mjs';

const run = promisify(execFile);
const much = { maxBuffer: 1e8 };
const debianPython = '/usr/bin/python3';

const ask =
  'Tests with an old PyTorch run where CI=true, or where BERTH_OLD_PYTORCH is "install" or names a Python that has it.';

/**
 * Python with PyTorch 1.13 for tests: the one that BERTH_OLD_PYTORCH names, or else Debian's, unpacked only where that is asked for: in CI, or with
 * BERTH_OLD_PYTORCH=install.
 * @param {(line: string) => void} say told what takes long
 * @returns {Promise<import('./install.mjs').Found>}
 */
export async function ensuredDebianPyTorch(say) {
  const wanted = process.env.BERTH_OLD_PYTORCH;
  if (wanted && wanted !== 'install')
    return existsSync(wanted)
      ? { path: wanted }
      : { missing: `BERTH_OLD_PYTORCH names ${wanted}, which is not there. ${ask}` };
  if (wanted !== 'install' && process.env.CI !== 'true' && process.env.CI !== '1') return { missing: ask };
  try {
    return { path: await debianPyTorch(say) };
  } catch (error) {
    return { missing: `Debian's PyTorch cannot be had here: ${error instanceof Error ? error.message.trim() : error}` };
  }
}

/** @param {(line: string) => void} say @returns {Promise<string>} */
async function debianPyTorch(say) {
  if (await works(debianPython)) return debianPython;
  const names = await packagesToUnpack();
  const key = createHash('sha256').update(`${process.arch} ${names.join(' ')}`);
  key.update(readFileSync(fileURLToPath(import.meta.url)));
  const folder = await keptFolder(
    `pytorch-debian-${key.digest('hex').slice(0, 12)}`,
    () => say('waiting for another unpacking of PyTorch 1.13…'),
    async (partial) => {
      say("unpacking Debian's PyTorch 1.13 (once; about half a minute, 630 MB)…");
      await unpack(names, partial);
      if (!(await works(join(partial, 'python')))) throw new Error('its packages were unpacked, but do not import.');
    },
  );
  return join(folder, 'python');
}

/** @param {string} python */
async function works(python) {
  try {
    await run(python, ['-c', 'import torch']);
    return true;
  } catch {
    return false;
  }
}

/**
 * PyTorch's package and those that it needs and this machine lacks, as apt would install them.
 * @returns {Promise<string[]>} sorted
 */
async function packagesToUnpack() {
  const simulated = () => run('apt-get', ['install', '-s', '--no-install-recommends', 'python3-torch'], much);
  const { stdout } = await simulated().catch(async () => {
    // a fresh container has no lists of packages; only root may fetch them
    if (process.getuid?.() === 0) await run('apt-get', ['-q', '-o', 'Acquire::Retries=3', 'update'], much);
    return simulated();
  });
  return Array.from(stdout.matchAll(/^Inst (\S+)/gm), ([, name = '']) => name).sort();
}

/**
 * @param {readonly string[]} names
 * @param {string} folder
 */
async function unpack(names, folder) {
  await run('apt-get', ['-q', '-o', 'Acquire::Retries=3', 'download', ...names], { ...much, cwd: folder });
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg', ['-x', file, '.'], { cwd: folder });
    rmSync(join(folder, file));
  }
  const python = join(folder, 'python');
  writeFileSync(python, launcher(folder));
  chmodSync(python, 0o755);
}

/**
 * A script that starts Debian's Python with all that lies beside the script, wherever that is.
 * @param {string} folder
 */
function launcher(folder) {
  const libraries = new Set();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (/^(usr\/)?lib\/(?!python3)[^ ]*\.so(\.\d+)*$/.test(file)) libraries.add(dirname(file));
  const paths = [...libraries].sort().map((path) => `$here/${relative('.', path)}`);
  return `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH="$here/usr/lib/python3/dist-packages\${PYTHONPATH:+:$PYTHONPATH}"
export LD_LIBRARY_PATH="${paths.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec ${debianPython} "$@"
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.env.BERTH_OLD_PYTORCH ||= 'install';
  const found = await ensuredDebianPyTorch((line) => console.error(`berth: ${line}`));
  if ('missing' in found) {
    console.error(`berth: ${found.missing}`);
    process.exitCode = 1;
  } else console.log(found.path);
}
