// A current PyTorch, with what tests of real models need, in a virtual environment that is kept outside the checkout.
//
//   node scripts/pytorch/install.mjs     installs it where it is missing and prints the path of its Python
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keptFolder } from '../kept-folder.mjs';

const run = promisify(execFile);

/** @typedef {{path: string} | {missing: string}} Found path of a Python that has PyTorch, or one sentence why there is none */

const ask =
  'Tests with PyTorch run where CI=true, or where BERTH_PYTORCH is "install" or names a Python that has torch, torchvision, transformers, onnx, onnxscript and accelerate.';

const pins = ['requirements.txt', 'constraints.txt'].map((file) => fileURLToPath(new URL(file, import.meta.url)));

/**
 * Python with a current PyTorch for tests: the one that BERTH_PYTORCH names, or else our own, which is installed only where that is asked for: in CI, or
 * with BERTH_PYTORCH=install. An installed one is used without being asked for.
 * @param {(line: string) => void} say told what takes long
 * @returns {Promise<Found>}
 */
export async function ensuredPyTorch(say) {
  const wanted = process.env.BERTH_PYTORCH;
  if (wanted && wanted !== 'install')
    return existsSync(wanted)
      ? { path: wanted }
      : { missing: `BERTH_PYTORCH names ${wanted}, which is not there. ${ask}` };
  if (process.platform === 'win32') return { missing: `PyTorch is not installed for tests on Windows. ${ask}` };
  if (wanted !== 'install' && process.env.CI !== 'true' && process.env.CI !== '1') return { missing: ask };
  try {
    return { path: await installedPyTorch(say) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Path of the Python of our own environment, which is made on first use.
 * @param {(line: string) => void} say
 * @returns {Promise<string>}
 * @throws {Error} with a sentence for a person
 */
async function installedPyTorch(say) {
  const python = await hostPython();
  const folder = await keptFolder(
    `pytorch-${await recipe(python)}`,
    () => say('waiting for another install of PyTorch…'),
    async (partial) => {
      say('installing PyTorch (once; about three minutes, 5.5 GB)…');
      try {
        await install(python, partial);
      } catch (error) {
        const output = error instanceof Error ? `${'stderr' in error ? error.stderr : ''}${error.message}` : '';
        const lines = output.trim().split('\n').slice(-8).join('\n');
        throw new Error(`PyTorch could not be installed.\n${lines}`, { cause: error });
      }
    },
  );
  return join(folder, 'bin', 'python');
}

/**
 * The path that a virtual environment is made with: `python3`, where it is not too old for the pins.
 * @returns {Promise<string>}
 */
async function hostPython() {
  const program = 'import sys; print(sys.executable, sys.version_info >= (3, 11), sep="\\n")';
  const { stdout } = await run('python3', ['-c', program]).catch(() => {
    throw new Error('There is no python3 here. Install Python 3.11 or later with its module venv.');
  });
  const [executable = '', isNew] = stdout.trim().split('\n');
  if (isNew !== 'True') throw new Error(`${executable} is too old: the pinned packages want Python 3.11 or later.`);
  return executable;
}

/**
 * What the content of the folder depends on: the pins, this recipe, the Python and the machine. A change of one of them installs anew.
 * @param {string} python
 */
async function recipe(python) {
  const { stdout } = await run(python, ['-c', 'import sys; print(sys.version)']);
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}-${python}-${stdout}`);
  for (const file of [...pins, fileURLToPath(import.meta.url)]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Programs of a virtual environment know by path where it was made, its Python does not: only that is used (`python -m …`), so it can be renamed.
 * @param {string} python
 * @param {string} folder
 */
async function install(python, folder) {
  await run(python, ['-m', 'venv', folder]);
  const [requirements = '', constraints = ''] = pins;
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir', '--retries=5'];
  const args = ['-m', 'pip', 'install', ...quiet, '--only-binary=:all:', '-r', requirements, '-c', constraints];
  const inside = join(folder, 'bin', 'python');
  await run(inside, args, { maxBuffer: 1e8 });
  await run(inside, ['-c', 'import accelerate, onnx, torch, torchvision, transformers'], { maxBuffer: 1e8 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.env.BERTH_PYTORCH ||= 'install';
  const found = await ensuredPyTorch((line) => console.error(`berth: ${line}`));
  if ('missing' in found) {
    console.error(`berth: ${found.missing}`);
    process.exitCode = 1;
  } else console.log(found.path);
}
