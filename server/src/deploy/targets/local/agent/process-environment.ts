/** What a user's command sees of the environment: enough to find programs and a home, and no secret that the agent was started with. */
import { accessSync, constants, statSync } from 'node:fs';
import { platform } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'XDG_RUNTIME_DIR',
  'XDG_CACHE_HOME',
];
const PASSED_ON_WINDOWS = [
  'SystemRoot',
  'SystemDrive',
  'ComSpec',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
];

/** The environment of a command: the few variables above, then its own. */
export function commandEnvironment(
  own: Readonly<Record<string, string>>,
  from: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of platform() === 'win32' ? [...PASSED_ON, ...PASSED_ON_WINDOWS] : PASSED_ON) {
    const value = from[name];
    if (value !== undefined) environment[name] = value;
  }
  // Where no other Node is on the PATH, `node` means the one that the agent runs on.
  if (/^node(\.exe)?$/.test(basename(process.execPath)))
    environment.PATH = [environment.PATH, dirname(process.execPath)].filter(Boolean).join(delimiter);
  return { ...environment, ...own };
}

/**
 * The file that a command names, looked up as the system would: a path (from the folder), else a name on the PATH.
 *
 * @returns undefined where there is no such program, or none that may be run.
 */
export function findProgram(
  command: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): string | undefined {
  if (command === '') return undefined;
  if (isAbsolute(command) || command.includes('/') || (platform() === 'win32' && command.includes('\\')))
    return runnable(resolve(folder, command));
  for (const place of (environment.PATH ?? '').split(delimiter)) {
    const found = place === '' ? undefined : runnable(join(resolve(folder, place), command));
    if (found) return found;
  }
  return undefined;
}

function runnable(path: string): string | undefined {
  const endings = platform() === 'win32' ? ['', ...(process.env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  return endings.map((ending) => path + ending).find(isRunnable);
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
