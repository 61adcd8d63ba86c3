/** The client of a Ray dashboard against a real one, and against those who only look like one. */
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dashboard } from '../../server/src/deploy/targets/ray/dashboard.ts';
import { rayJobs, rayVersion, serveState } from '../../server/src/deploy/targets/ray/heard.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { RAY_PYTHON, RayHead } from './ray-head.ts';

const VERSION = { method: 'GET', path: '/api/version', what: 'say its version' } as const;
const APPLICATIONS = { method: 'GET', path: '/api/serve/applications/', what: 'list its applications' } as const;

describe.skipIf(RAY_PYTHON === undefined)('a real dashboard', () => {
  let head: RayHead;
  let dashboard: Dashboard;
  beforeAll(async () => {
    head = await RayHead.start();
    dashboard = new Dashboard(head.address);
  });
  afterAll(() => head?.stop());

  it('says who it is', async () => {
    const said = await dashboard.ask(VERSION, rayVersion);
    expect(said.ray_version).toBe('2.60.0');
    expect(said.session_name).toMatch(/^session_/);
  });

  it('lists applications, and jobs that were submitted', async () => {
    expect((await dashboard.ask(APPLICATIONS, serveState)).applications).toEqual({});
    expect(await dashboard.ask({ method: 'GET', path: '/api/jobs/', what: 'list its jobs' }, rayJobs)).toEqual([]);
  });

  it('refuses in words that are quoted on one line', async () => {
    const call = {
      method: 'PUT',
      path: '/api/serve/applications/',
      body: { applications: [{ name: 'x', import_path: 'nothing' }] },
      what: 'take the applications',
    } as const;
    await expect(dashboard.text(call)).rejects.toThrow(
      /answered 400 when asked to take the applications: .*import_path/,
    );
    expect(await problemCode(dashboard.text(call))).toBe('BERTH5501');
  });

  it('answers that there is no such job', async () => {
    const call = { method: 'GET', path: '/api/jobs/none', what: 'find a job' } as const;
    expect(await dashboard.find(call, rayVersion)).toBeUndefined();
  });

  it('is out of reach while it is stopped and after it was killed, and is there again', async () => {
    const hasty = new Dashboard(head.address, { answerMs: 300 });
    head.signalDashboard('SIGSTOP');
    try {
      await expect(hasty.ask(VERSION, rayVersion)).rejects.toThrow('does not answer: no answer in 0.3 s');
    } finally {
      head.signalDashboard('SIGCONT');
    }
    head.killDashboard();
    await expect.poll(() => problemCode(dashboard.ask(VERSION, rayVersion)), { timeout: 20_000 }).toBe('BERTH5500');
    await head.restartDashboard();
    expect((await dashboard.ask(VERSION, rayVersion)).ray_version).toBe('2.60.0');
  });
});

describe('whoever answers in its place', () => {
  const heard = async (answer: RequestListener, limits = {}): Promise<string> => {
    const server = createServer(answer);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    try {
      await new Dashboard(`http://127.0.0.1:${port}`, limits).ask(VERSION, rayVersion);
      return 'understood';
    } catch (error) {
      return (error as Error).message.replace(`http://127.0.0.1:${port}`, 'it');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
  const good = JSON.stringify({ ray_version: '2.60.0', session_name: 'session_1' });

  it.each<[string, RequestListener, string]>([
    ['answers as Ray does', (_, to) => to.end(good), 'understood'],
    [
      'shows a page',
      (_, to) => to.end('<!DOCTYPE html><title>Sign in</title>'),
      'What it answered when asked to say its version is not what Ray answers: it is a page of HTML.',
    ],
    ['leads to a page', (_, to) => to.writeHead(302, { location: '/login' }).end(), 'it leads elsewhere (302)'],
    ['shows a page of an error', (_, to) => to.writeHead(502).end('<html>Bad gateway</html>'), 'a page of HTML (502)'],
    ['answers nothing', (_, to) => to.end(), 'it is empty'],
    ['stops in the middle', (_, to) => to.end(good.slice(0, 20)), 'it ends in the middle'],
    [
      'breaks off',
      (_, to) => to.writeHead(200, { 'content-length': '999' }).write(good, () => to.destroy()),
      'it broke off',
    ],
    ['answers something else', (_, to) => to.end('{"ray_version":2}'), 'ray_version is no text'],
    [
      'answers 500 with a traceback',
      (_, to) => to.writeHead(500).end('Traceback (most recent call last):\n  File "x.py"\nValueError: no\u0007\n'),
      'it answered 500 when asked to say its version: ValueError: no␇.',
    ],
  ])('%s', async (_, answer, says) => {
    expect(await heard(answer)).toContain(says);
  });

  it('says too much', async () => {
    expect(await heard((_, to) => to.end('x'.repeat(5000)), { answerBytes: 1000 })).toContain('longer than 1000 bytes');
  });

  it('never ends', async () => {
    const endless: RequestListener = (_, to) => {
      const more = setInterval(() => to.write(' '), 5);
      to.on('close', () => clearInterval(more));
    };
    expect(await heard(endless, { answerMs: 200 })).toContain('no answer in 0.2 s');
  });

  it('is not waited for when the signal fires', async () => {
    const server = createServer(() => {});
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const ended = new AbortController();
    const dashboard = new Dashboard(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const asked = dashboard.ask(VERSION, rayVersion, ended.signal);
    ended.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    server.closeAllConnections();
    server.close();
  });
});
