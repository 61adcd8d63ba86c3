// Ray Serve for tests of the target `ray`, in a virtual environment that is kept outside the checkout.
//
//   node scripts/ray/install.mjs     installs it where it is missing and prints the path of its Python
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { environmentPython } from '../python-environment.mjs';

/** @param {string} name */
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {import('../python-environment.mjs').Environment} */
const RAY = {
  name: 'ray',
  title: 'Ray Serve',
  cost: 'about a minute, 490 MB',
  requirements: beside('requirements.txt'),
  constraints: beside('constraints.txt'),
  proof: 'import ray, ray.serve',
};

const ask =
  'Tests with Ray run where CI=true, or where BERTH_RAY is "install" or names a Python that has ray[serve] 2.60.0.';

/**
 * Python with Ray Serve for tests: the one that BERTH_RAY names, or else our own, which is installed only where that is asked for: in CI, or
 * with BERTH_RAY=install.
 * @param {(line: string) => void} say told what takes long
 * @returns {Promise<{path: string} | {missing: string}>} path of a Python, or one sentence why there is none
 */
export async function ensuredRay(say) {
  const wanted = process.env.BERTH_RAY;
  if (wanted && wanted !== 'install')
    return existsSync(wanted) ? { path: wanted } : { missing: `BERTH_RAY names ${wanted}, which is not there. ${ask}` };
  if (process.platform === 'win32') return { missing: `Ray is not installed for tests on Windows. ${ask}` };
  if (wanted !== 'install' && process.env.CI !== 'true' && process.env.CI !== '1') return { missing: ask };
  try {
    return { path: await environmentPython(RAY, say) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.env.BERTH_RAY ||= 'install';
  const found = await ensuredRay((line) => console.error(`berth: ${line}`));
  if ('missing' in found) {
    console.error(`berth: ${found.missing}`);
    process.exitCode = 1;
  } else console.log(found.path);
}
