/** The user's own Python: which one it is, and programs of our package that run in it and answer as `server/runtime/python/berth_torch/answering.py` says. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ProblemError, problemError } from '../spec/problems/problem-error.ts';
import type { ProblemCode, ProblemParams } from '../spec/problems/catalogue.ts';
import { CATALOGUE } from '../spec/problems/catalogue.ts';
import type { FileReader } from './file-reader.ts';
import { PYTHON_PACKAGES } from './python-packages.ts';
import { UnreadableFile } from './regular-file.ts';

/** Where a Python lies below the folder of an environment. */
const INSIDE =
  process.platform === 'win32'
    ? [['Scripts', 'python.exe']]
    : [
        ['bin', 'python3'],
        ['bin', 'python'],
      ];

/**
 * The Python to use, by the first of these rules that gives one: the one that is asked for; `BERTH_PYTHON`; the environment that is active (`VIRTUAL_ENV`,
 * `CONDA_PREFIX`); `.venv` or `venv` in the folder or one above it; `python3` on the PATH.
 *
 * @param asked what the command line says.
 * @param folder where one would call it.
 */
export function pythonFor(
  asked: string | undefined,
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const named = asked ?? environment.BERTH_PYTHON;
  if (named !== undefined && named !== '') return named;
  return environmentsOf(folder, environment).find((path) => existsSync(path)) ?? ON_THE_PATH;
}

/**
 * The same, by whoever must not wait for a disk itself. What cannot be looked at is not there.
 *
 * @param folder absolute; a path in `BERTH_PYTHON` leads from where this process is.
 */
export async function pythonBy(
  reader: Pick<FileReader, 'kind'>,
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<string> {
  const { BERTH_PYTHON: named } = environment;
  if (named !== undefined && named !== '') return /[\\/]/.test(named) ? resolve(named) : named;
  for (const path of environmentsOf(folder, environment)) {
    const kind = await reader.kind(path, signal).catch((error: unknown) => {
      if (error instanceof UnreadableFile) return undefined;
      throw error;
    });
    if (kind === 'file') return path;
  }
  return ON_THE_PATH;
}

const ON_THE_PATH = process.platform === 'win32' ? 'python' : 'python3';

/** Where the Python of an environment may lie, the first that is there counts. */
function environmentsOf(folder: string, environment: NodeJS.ProcessEnv): readonly string[] {
  const active = [environment.VIRTUAL_ENV, environment.CONDA_PREFIX].filter(
    (path): path is string => path !== undefined && path !== '',
  );
  const around: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    around.push(join(at, '.venv'), join(at, 'venv'));
    if (dirname(at) === at) break;
  }
  return [...active, ...around].flatMap((place) => INSIDE.map((parts) => join(place, ...parts)));
}

export interface PythonRun {
  readonly python: string;
  /** A module of our package: `berth_torch.profile`. */
  readonly program: string;
  /** JSON. */
  readonly request: unknown;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, all: number, what: string) => void;
}

/** Runs a program and returns its answer, JSON. @throws ProblemError for what a person can mend; where the signal fired, an AbortError. */
export async function runPython({ python, program, request, signal, onProgress }: PythonRun): Promise<unknown> {
  const paths = [PYTHON_PACKAGES, process.env.PYTHONPATH].filter((path) => path !== undefined && path !== '');
  const env = {
    ...process.env,
    PYTHONPATH: paths.join(process.platform === 'win32' ? ';' : ':'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
  };
  const child = spawn(python, ['-m', program], { env, stdio: 'pipe', signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said = `${said}${chunk}`.slice(-20_000)));
  const failed = new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('close', () => resolve(undefined));
  });
  child.stdin.on('error', () => undefined); // it ended before it read: its end says why
  child.stdin.end(`${JSON.stringify(request)}\n`);
  let last: Exclude<Message, { readonly progress: unknown }> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const message = messageIn(line);
    if (message && 'progress' in message) onProgress(...message.progress);
    else last = message ?? last;
  }
  const error = await failed;
  if (error?.name === 'AbortError') throw error;
  if (error) throw problemError('BERTH3140', { python, detail: reasonOf(error) });
  if (last && 'failure' in last) throw failure(last.failure);
  if (last) return last.answer;
  throw early(python, child.signalCode, said);
}

type Message =
  | { readonly progress: readonly [done: number, all: number, what: string] }
  | { readonly failure: { readonly code: ProblemCode; readonly params: ProblemParams<ProblemCode> } }
  | { readonly answer: unknown };

/** Its program is our own: what a line holds is one of these, or was not written by it. */
function messageIn(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

function failure({ code, params }: { readonly code: ProblemCode; readonly params: ProblemParams<ProblemCode> }): Error {
  if (!Object.hasOwn(CATALOGUE, code)) return new Error(`the Python package told of ${code}, which is no problem`);
  return problemError(code, params);
}

function reasonOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such program' : error.message;
}

/** What a program that ended without an answer said last. */
function early(python: string, signal: NodeJS.Signals | null, said: string): ProblemError {
  const missing = /ModuleNotFoundError: (No module named .*)/.exec(said)?.[1];
  if (missing !== undefined) return problemError('BERTH3140', { python, detail: missing });
  if (signal === 'SIGKILL')
    return problemError('BERTH3148', {
      detail: 'it was ended by SIGKILL, which is what happens where memory runs out',
    });
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  if (/SyntaxError|version|GLIBC|cannot open shared object|ImportError/.test(lines.at(-1) ?? ''))
    return problemError('BERTH3140', { python, detail: lines.at(-1) ?? '' });
  return problemError('BERTH3148', {
    detail: signal === null ? (lines.at(-1) ?? 'it said nothing') : `it was ended by ${signal}`,
  });
}
