/** The command `berth` in a process of its own, with a working folder and a state folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../server/src/cli/main.ts', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Place {
  /** Working folder. */
  readonly folder: string;
  readonly state: string;
  /** Where standard output goes; it is read unless said otherwise. */
  readonly stdout?: number;
  /** A command that starts what follows it; none unless said. */
  readonly startedBy?: readonly string[];
}

/** A command that is still at work. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
  /** Waits for words on standard output. @throws Error when the command ends without them. */
  said(words: RegExp): Promise<void>;
}

export function start({ folder, state, stdout, startedBy = [] }: Place, ...args: readonly string[]): Running {
  const [program, ...programArgs] = [...startedBy, process.execPath, MAIN, ...args] as [string, ...string[]];
  const child: ChildProcess = spawn(program, programArgs, {
    cwd: folder,
    env: { ...process.env, BERTH_STATE: state, NO_COLOR: '1' },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    for (const listener of listeners) listener();
  });
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Run>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  const said = (words: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (words.test(out)) resolve();
      };
      listeners.add(look);
      void ended.then(() => reject(new Error(`it never said ${words}: ${out}${err}`)));
      look();
    });
  return { child, ended, said };
}

export function berth(place: Place, ...args: readonly string[]): Promise<Run> {
  return start(place, ...args).ended;
}
