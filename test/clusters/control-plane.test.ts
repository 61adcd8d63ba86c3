/** The rig itself: what it starts is a real control plane, and nothing of it is left. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRunning } from '../integration/workload-context.ts';
import { ControlPlane } from './control-plane.ts';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
});
afterAll(() => plane.stop());

test('a deployment rolls out onto nodes', async () => {
  await plane.addNodes(2);
  const labels = { app: 'web' };
  await plane.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'example/web' }] } },
    },
  });
  const { code, stderr } = await plane.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { stdout } = await plane.kubectl(['version', '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({ serverVersion: { major: '1', minor: '36' } });
});

test('who may do little is refused the rest, and a certificate of the authority lets in', async () => {
  await plane.allowReader('default', ['list'], ['pods']);
  const as = (file: string, ...args: string[]) => plane.kubectl(['--kubeconfig', file, ...args]);
  expect(await as(plane.readerKubeconfig(), 'get', 'pods')).toMatchObject({ code: 0 });
  expect((await as(plane.readerKubeconfig(), 'get', 'secrets')).stderr).toContain('User "reader" cannot list resource');
  expect(await as(await plane.certificateKubeconfig(), 'get', 'secrets')).toMatchObject({ code: 0 });
});

test('a server is killed, started again, held up and let go', async () => {
  const before = plane.pids().get('kube-apiserver');
  await plane.kill('kube-apiserver');
  expect(await plane.get('/readyz')).toEqual({ status: 0, body: '' });
  await plane.launch('kube-apiserver');
  await plane.ready();
  expect(plane.pids().get('kube-apiserver')).not.toBe(before);
  plane.pause('etcd');
  plane.resume('etcd');
  await plane.ready();
  expect(await plane.get('/api/v1/namespaces/default')).toMatchObject({ status: 200 });
});

test('nothing is left, however whoever started it ends', async () => {
  const starter = fork(fileURLToPath(new URL('short-lived-owner.ts', import.meta.url)), [], { execArgv: [] });
  const [{ folder, pids }] = (await once(starter, 'message')) as [{ folder: string; pids: number[] }];
  expect(pids.filter(isRunning)).toHaveLength(5);
  starter.kill('SIGKILL');
  await plane.until('the end of its servers', () => !pids.some(isRunning) && !existsSync(folder));
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(folder);
});
