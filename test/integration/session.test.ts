import { spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { endSession, newSession, processesOf } from '../../scripts/vscode/session.mjs';

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ended by the test
    }
  }
});

/** Starts a program that says when it runs; it lives until it is ended. */
async function program(source: string, env: Record<string, string> = {}, detached = false): Promise<number> {
  const child = spawn(process.execPath, ['-e', `${source}; console.log('runs'); setInterval(() => {}, 1000)`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached,
  });
  started.push(child.pid!);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.pid!;
}

test('a session ends with its daemons and those that will not end, and touches nothing else', async () => {
  const session = newSession();
  const other = await program('');
  const inside = await program('', session.env);
  const daemon = await program('', session.env, true);
  const stubborn = await program("process.on('SIGTERM', () => {})", session.env);
  expect(processesOf(session.name).sort()).toEqual([inside, daemon, stubborn].sort());
  expect(await endSession(session.name, 300)).toBe(3);
  expect(processesOf(session.name)).toEqual([]);
  expect(process.kill(other, 0)).toBe(true);
});
