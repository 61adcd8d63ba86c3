/** The processes of one state folder, told apart by what the system says of them and not by what Berth wrote down. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { processIdentity } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';

/** Agents by their command; the others, users' programs among them, by the marks that they inherit. */
export function processesOf(state: string, which: 'all' | 'agent' | 'others'): readonly number[] {
  const marks = [`BERTH_FAULTS_STATE=${state}`, `BERTH_OWNER=${stateName(state)}:`];
  return allProcesses()
    .filter(lives)
    .filter((pid) => {
      const command = contentOf(`/proc/${pid}/cmdline`).split('\0');
      const isAgent = command.includes(state) && command.some((text) => text.endsWith('/agent-process.ts'));
      if (isAgent || which === 'agent') return isAgent && which !== 'others';
      const environment = contentOf(`/proc/${pid}/environ`).split('\0');
      return environment.some((text) => marks.some((mark) => text.startsWith(mark)));
    });
}

/** False also of one that has ended and waits to be reaped. */
export function lives(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

export function commandOf(pid: number): string {
  return contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

/** The text of a file; empty where there is none, or none for us. */
export function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile, or is another user's
  }
}

/**
 * Whether nobody listens on a port of the loopback interface, or somebody who has nothing to do with this: the system gives a port that was
 * released to the next who asks.
 *
 * @param folder that in which the processes ran that had it.
 */
export async function isReleased(port: number, folder: string): Promise<boolean> {
  if (await isFree(port)) return true;
  const holder = holderOf(port);
  if (holder === undefined) return isFree(port);
  const marked = contentOf(`/proc/${holder}/environ`).includes('BERTH_OWNER=');
  return marked || linkOf(`/proc/${holder}/cwd`) !== folder;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

/** The process that listens on a port, as far as it can be seen. */
function holderOf(port: number): number | undefined {
  const address = port.toString(16).toUpperCase().padStart(4, '0');
  const line = contentOf('/proc/net/tcp')
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(([, local, , status]) => local?.endsWith(`:${address}`) && status === '0A');
  const socket = line && `socket:[${line[9]}]`;
  return allProcesses().find((pid) =>
    namesIn(`/proc/${pid}/fd`).some((file) => linkOf(`/proc/${pid}/fd/${file}`) === socket),
  );
}

function allProcesses(): readonly number[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
