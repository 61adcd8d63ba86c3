import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../examples', import.meta.url));
let server: ChildProcess | undefined;
afterEach(async () => {
  if (server === undefined || server.exitCode !== null) return;
  const ended = new Promise((resolve) => server!.on('exit', resolve));
  server.kill('SIGTERM');
  await ended;
});

/** Starts the example's model server on a free port; settles with its address. */
async function start(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  server = spawn(process.execPath, ['models/classifier.mjs', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout! })) {
    const address = /http:\S+(?=,)/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error('the server ended');
}

const seven = readFileSync(`${folder}/data/seven.json`, 'utf8');
const post = (address: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${address}/classify`, { method: 'POST', body, headers });

test('the model server reads a digit, and refuses what is none', async () => {
  const address = await start(['--views', '20']);
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  const answer = await post(address, seven);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ digit: 7, ms: expect.any(Number) as unknown });
  for (const [body, status] of [
    ['{', 400],
    ['null', 400],
    [JSON.stringify({ pixels: [1, 2] }), 400],
    [JSON.stringify({ pixels: new Array(784).fill(2) }), 400],
    ['x'.repeat(100_000), 413],
  ] as const)
    expect((await post(address, body)).status, body.slice(0, 20)).toBe(status);
  expect((await fetch(`${address}/`)).status).toBe(404);
});

test('under Berth only the router is answered', async () => {
  const address = await start(['--views', '1'], { BERTH_TOKEN: 'known' });
  expect((await post(address, seven)).status).toBe(403);
  expect((await post(address, seven, { 'x-berth-token': 'known' })).status).toBe(200);
});
