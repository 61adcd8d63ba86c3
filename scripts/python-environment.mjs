// A virtual environment of Python with pinned packages, made once and kept outside the checkout by what its content depends on.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keptFolder } from './kept-folder.mjs';

const run = promisify(execFile);

/**
 * @typedef {object} Environment
 * @property {string} name of the folder, before its hash
 * @property {string} title for people: `Ray Serve`
 * @property {string} cost what making it takes: `about a minute, 490 MB`
 * @property {string} requirements path of a file of pins
 * @property {string} constraints path of a file with the pins of all that those bring along
 * @property {string} proof a line of Python that fails where it is not whole
 */

/**
 * Path of the environment's Python, which is made on first use.
 * @param {Environment} environment
 * @param {(line: string) => void} say told what takes long
 * @returns {Promise<string>}
 * @throws {Error} with a sentence for a person
 */
export async function environmentPython(environment, say) {
  const python = await hostPython();
  const folder = await keptFolder(
    `${environment.name}-${await recipe(environment, python)}`,
    () => say(`waiting for another install of ${environment.title}…`),
    async (partial) => {
      say(`installing ${environment.title} (once; ${environment.cost})…`);
      try {
        await install(environment, python, partial);
      } catch (error) {
        const output = error instanceof Error ? `${'stderr' in error ? error.stderr : ''}${error.message}` : '';
        const lines = output.trim().split('\n').slice(-8).join('\n');
        throw new Error(`${environment.title} could not be installed.\n${lines}`, { cause: error });
      }
    },
  );
  return join(folder, 'bin', 'python');
}

/** @returns {Promise<string>} the path that a virtual environment is made with: `python3`, where it is not too old for the pins */
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
 * @param {Environment} environment
 * @param {string} python
 */
async function recipe({ requirements, constraints, proof }, python) {
  const { stdout } = await run(python, ['-c', 'import sys; print(sys.version)']);
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}-${python}-${stdout}-${proof}`);
  for (const file of [requirements, constraints, fileURLToPath(import.meta.url)]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Programs of a virtual environment know by path where it was made, its Python does not: only that is used (`python -m …`), so it can be renamed.
 * @param {Environment} environment
 * @param {string} python
 * @param {string} folder
 */
async function install({ requirements, constraints, proof }, python, folder) {
  await run(python, ['-m', 'venv', folder]);
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir', '--retries=5'];
  const args = ['-m', 'pip', 'install', ...quiet, '--only-binary=:all:', '-r', requirements, '-c', constraints];
  const inside = join(folder, 'bin', 'python');
  await run(inside, args, { maxBuffer: 1e8 });
  await run(inside, ['-c', proof], { maxBuffer: 1e8 });
}
