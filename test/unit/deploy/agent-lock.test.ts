import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockHolder, takeLock } from '../../../server/src/deploy/targets/local/agent/agent-lock.ts';

const LOCK = new URL('../../../server/src/deploy/targets/local/agent/agent-lock.ts', import.meta.url).href;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'berth-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that tries for the lock when it is told to, says what it got, and keeps it until it is ended. */
async function contender() {
  const source = `const { takeLock } = await import(${JSON.stringify(LOCK)});
    console.log('there'); process.stdin.once('data', () => console.log(takeLock(process.argv[1]).state)); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    pid: child.pid!,
    go: () => child.stdin.write('go\n'),
    got: async () => String((await lines.next()).value),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

it('goes to one of many who try at once, and after its kill -9 to one of the others', async () => {
  for (let round = 0; round < 3; round++) {
    const all = await Promise.all(Array.from({ length: 4 }, contender));
    for (const one of all) one.go();
    const got = await Promise.all(all.map((one) => one.got()));
    expect([...got].sort()).toEqual(['held', 'taken', 'taken', 'taken']);
    expect(lockHolder(folder)?.pid).toBe(all[got.indexOf('held')]!.pid);
    await Promise.all(all.map((one) => one.kill()));
    expect(lockHolder(folder)).toBeUndefined();
  }
  // Each took one number; only the last is left lying.
  expect(readdirSync(folder)).toEqual(['agent.lock.3']);
});

it('is not held by a process that only has the number of the holder', () => {
  writeFileSync(join(folder, 'agent.lock.7'), JSON.stringify({ pid: process.pid, identity: 'somebody before' }));
  expect(lockHolder(folder)).toBeUndefined();
  expect(takeLock(folder)).toEqual({ state: 'held', number: 8 });
  expect(takeLock(folder)).toMatchObject({ state: 'taken', by: { pid: process.pid } });
});

it('is not held by a file that a full disk left empty', () => {
  writeFileSync(join(folder, 'agent.lock.1'), '');
  expect(takeLock(folder)).toEqual({ state: 'held', number: 2 });
});
