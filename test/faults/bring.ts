/**
 * Brings faults into the agents that are started from this process, by whichever client: what is spawned with a state folder that was named here
 * gets `inject.ts` before everything else, and from there on brings it into what it starts itself.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const INJECT = new URL('./inject.ts', import.meta.url).href;

/** Folder of the faults and the journal, by state folder. */
const brought = new Map<string, string>();

/** From now on, for agents of that state folder. */
export function bringFaults(state: string, folder: string): void {
  brought.set(state, folder);
}

/** What is started from now on is left alone. */
export function leaveAlone(state: string): void {
  brought.delete(state);
}

const { spawn } = childProcess;
(childProcess as unknown as { spawn: (...args: unknown[]) => unknown }).spawn = (command, args, options) => {
  const state = Array.isArray(args)
    ? (args.find((arg: unknown) => brought.has(String(arg))) as string | undefined)
    : undefined;
  const { env } = (options ?? {}) as childProcess.SpawnOptions;
  const more = state !== undefined && {
    env: {
      ...(env ?? process.env),
      NODE_OPTIONS: `--import ${INJECT}`,
      NODE_COMPILE_CACHE: join(tmpdir(), 'berth-faults-compiled'),
      BERTH_FAULTS: brought.get(state),
      BERTH_FAULTS_STATE: state,
    },
  };
  return (spawn as (...args: unknown[]) => unknown)(command, args, { ...(options as object), ...more });
};
syncBuiltinESMExports();
