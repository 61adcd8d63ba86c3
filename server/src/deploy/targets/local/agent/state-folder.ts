/** Where an agent keeps what must survive it, and the socket by which it is reached. */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { homedir, platform, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { DeploymentId } from '../../../types.ts';
import { problemOf } from '../../../deploy-problem.ts';
import { problemError } from '../../../../spec/problems/problem-error.ts';

/** Longest path that every system takes as the address of a Unix socket (macOS: 104 bytes with the closing zero). */
const LONGEST_SOCKET_PATH = 100;

/**
 * The state folder: the given one, else `BERTH_STATE`, else `berth` in the user's state home.
 */
export function stateFolder(given?: string, environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = given ?? environment.BERTH_STATE;
  if (chosen) return resolve(chosen);
  if (platform() === 'win32')
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'berth', 'state');
  const home = environment.XDG_STATE_HOME;
  // A relative XDG path is to be ignored, as its specification asks.
  return join(home?.startsWith('/') ? home : join(homedir(), '.local', 'state'), 'berth');
}

/** A folder for its owner alone, with those above it; one that is there is no error. @throws ProblemError where it cannot be made. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // So Node says that the disk can only be read, where it makes several at once.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw problemError('BERTH5015', { path }, { cause: error });
    throw problemOf(error, path);
  }
}

/** Makes the folder, for its owner alone. @throws ProblemError where it cannot be made or belongs to somebody else. */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(folder);
    if (platform() === 'win32') return;
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) throw problemError('BERTH5015', { path: folder });
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (error) {
    throw problemOf(error, folder);
  }
}

/** A short name for a state folder, the same in every process. */
export function stateName(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 16);
}

/** The address of the control socket: a file in the state folder, in a short private folder where that path is too long, a named pipe on Windows. */
export function socketPath(folder: string): string {
  if (platform() === 'win32') return `\\\\.\\pipe\\berth-${userInfo().username}-${stateName(folder)}`;
  const inside = join(folder, 'agent.sock');
  if (Buffer.byteLength(inside) <= LONGEST_SOCKET_PATH) return inside;
  return join(tmpdir(), `berth-${process.getuid?.() ?? 0}-${stateName(folder)}`, 'agent.sock');
}

/** The folder of one deployment. Kinds and names are letters, digits and dashes, which the schema sees to and `isDeploymentId` again. */
export function deploymentFolder(folder: string, id: DeploymentId): string {
  return join(folder, 'deployments', id.replace('/', '.'));
}
