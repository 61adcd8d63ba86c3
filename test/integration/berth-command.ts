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
}

export function berth({ folder, state, stdout }: Place, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { ...process.env, BERTH_STATE: state, NO_COLOR: '1' },
      stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
