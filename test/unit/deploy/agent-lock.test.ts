import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockHolder, takeLock, type AgentLock } from '../../../server/src/deploy/targets/local/agent/agent-lock.ts';

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
  expect(takeLock(folder)).toMatchObject({ state: 'held', lock: { number: 8 } });
  expect(takeLock(folder)).toMatchObject({ state: 'taken', by: { pid: process.pid } });
});

it('is not held by a file that a full disk left empty', () => {
  writeFileSync(join(folder, 'agent.lock.1'), '');
  expect(takeLock(folder)).toMatchObject({ state: 'held', lock: { number: 2 } });
});

it('of another machine is believed as long as it gives signs of life, whatever runs under its number here', () => {
  const path = join(folder, 'agent.lock.4');
  const elsewhere = { pid: process.pid, identity: 'whoever', machine: 'another', host: 'build-2' };
  writeFileSync(path, JSON.stringify(elsewhere));
  expect(lockHolder(folder)).toBeUndefined(); // nobody here can ask it
  expect(takeLock(folder)).toEqual({ state: 'elsewhere', by: elsewhere });
  const before = new Date(Date.now() - 60_000);
  utimesSync(path, before, before);
  expect(takeLock(folder)).toMatchObject({ state: 'held', lock: { number: 5 } });
});

describe('a lock that is held', () => {
  function held(): AgentLock {
    const result = takeLock(folder);
    if (result.state !== 'held') throw new Error('somebody has it');
    return result.lock;
  }

  it('is read the same after signs of life', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const lock = held();
    const text = readFileSync(join(folder, 'agent.lock.1'), 'utf8');
    try {
      vi.advanceTimersByTime(5000);
      expect(lock.look()).toBe('held');
      vi.advanceTimersByTime(5000);
      expect(lock.look()).toBe('held');
    } finally {
      vi.useRealTimers();
    }
    expect(readFileSync(join(folder, 'agent.lock.1'), 'utf8')).toBe(`${text} `);
    expect(lockHolder(folder)?.pid).toBe(process.pid);
  });

  it('is lost with its folder, also where another lies in its place', () => {
    const lock = held();
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    rmSync(folder, { recursive: true });
    expect(lock.look()).toBe('removed');
    mkdirSync(folder);
    expect(lock.look()).toBe('removed');
    cpSync(copy, folder, { recursive: true });
    rmSync(copy, { recursive: true });
    expect(lock.look()).toBe('removed'); // a copy is another agent's
  });

  it('knows when another has taken over', () => {
    const lock = held();
    writeFileSync(join(folder, 'agent.lock.2'), '{}');
    expect(lock.look()).toBe('overtaken');
  });
});

it('clears away what those left who were killed while they tried, and nothing of those who still try', () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(join(folder, `lock-${dead}-0123abcd.part`), '{}');
  writeFileSync(join(folder, `lock-${process.pid}-0123abcd.part`), '{}');
  expect(takeLock(folder)).toMatchObject({ state: 'held', lock: { number: 1 } });
  expect(readdirSync(folder).sort()).toEqual(['agent.lock.1', `lock-${process.pid}-0123abcd.part`]);
});
