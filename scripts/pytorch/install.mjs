// A current PyTorch, with what tests of real models need, in a virtual environment that is kept outside the checkout.
//
//   node scripts/pytorch/install.mjs     installs it where it is missing and prints the path of its Python
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { environmentPython } from '../python-environment.mjs';

/** @typedef {{path: string} | {missing: string}} Found path of a Python that has PyTorch, or one sentence why there is none */

const ask =
  'Tests with PyTorch run where CI=true, or where BERTH_PYTORCH is "install" or names a Python that has torch, torchvision, transformers, onnx, onnxscript and accelerate.';

/** @param {string} name */
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {import('../python-environment.mjs').Environment} */
const PYTORCH = {
  name: 'pytorch',
  title: 'PyTorch',
  cost: 'about three minutes, 5.5 GB',
  requirements: beside('requirements.txt'),
  constraints: beside('constraints.txt'),
  proof: 'import accelerate, onnx, torch, torchvision, transformers',
};

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
    return { path: await environmentPython(PYTORCH, say) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.env.BERTH_PYTORCH ||= 'install';
  const found = await ensuredPyTorch((line) => console.error(`berth: ${line}`));
  if ('missing' in found) {
    console.error(`berth: ${found.missing}`);
    process.exitCode = 1;
  } else console.log(found.path);
}
