/**
 * Keeps the servers of one control plane: starts them as its children, and ends them, itself and their folder when whoever asked for them
 * lets go, also by dying. It leads a process group of its own, so that nothing of it outlives a signal to that group.
 */
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import process from 'node:process';

export interface StartServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** File that its output goes to. */
  readonly log: string;
}

export type FromKeeper =
  { readonly started: string; readonly pid: number } | { readonly exited: string; readonly pid: number };

const folder = process.argv[2];
if (folder === undefined || process.send === undefined) throw new Error('started without a folder or a channel');

const living = new Set<number>();
let isEnding = false;

function tell(message: FromKeeper): void {
  if (process.connected) process.send?.(message);
}

process.on('message', ({ name, command, args, log }: StartServer) => {
  const out = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', out, out] });
  const { pid } = child;
  if (pid === undefined) {
    child.on('error', () => tell({ exited: name, pid: 0 }));
    return;
  }
  living.add(pid);
  child.on('exit', () => {
    living.delete(pid);
    tell({ exited: name, pid });
    leave();
  });
  tell({ started: name, pid });
});

process.on('disconnect', () => {
  isEnding = true;
  for (const pid of living) process.kill(pid, 'SIGKILL');
  leave();
});

/** The folder last: until then the servers write to it. */
function leave(): void {
  if (!isEnding || living.size > 0) return;
  rmSync(folder!, { recursive: true, force: true });
  process.exit();
}
