/**
 * The Pythons with PyTorch that `npm test` found or installed (`scripts/pytorch/`), by the variables in which it says so. Undefined where there is none:
 * the tests skip then, which CI does not allow.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A current PyTorch, with torchvision, transformers, onnx, onnxscript and accelerate. */
export const PYTORCH: string | undefined = named(process.env.BERTH_PYTORCH);

/** PyTorch 1.13, which has no `torch.export`, alone. */
export const OLD_PYTORCH: string | undefined = named(process.env.BERTH_OLD_PYTORCH);

/** Folder that holds the package `berth_torch`. */
export const PACKAGE = fileURLToPath(new URL('../../server/runtime/python', import.meta.url));

function named(variable: string | undefined): string | undefined {
  return variable === undefined || variable === '' || variable === 'install' ? undefined : variable;
}

/** Surroundings in which nothing is fetched and no more threads than there are cores of a small machine are used. */
export const OFFLINE = {
  HF_HUB_OFFLINE: '1',
  TRANSFORMERS_OFFLINE: '1',
  OMP_NUM_THREADS: '2',
  PYTHONPATH: PACKAGE,
  PYTHONDONTWRITEBYTECODE: '1',
} as const;

/** Runs a program with a Python, and reads the JSON that it prints last. @throws Error with what it said when it fails. */
export async function json(python: string, program: string, ...args: readonly string[]): Promise<unknown> {
  const run = promisify(execFile);
  const env = { ...process.env, ...OFFLINE };
  const { stdout } = await run(python, ['-c', program, ...args], { env, maxBuffer: 2 ** 28 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
