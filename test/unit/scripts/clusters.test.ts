import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensuredClusters } from '../../../scripts/clusters/install.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-clusters-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('BERTH_CLUSTERS', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const noWord = (): void => {
  throw new Error('nothing was to be built');
};

test('where there is no Go, that is said, and nothing is left of the attempt', async () => {
  vi.stubEnv('PATH', folder);
  expect(await ensuredClusters(noWord)).toEqual({
    missing: 'There is no Go here, and the Kubernetes servers are built with it. Install Go 1.26 or later.',
  });
  expect(readdirSync(join(folder, 'berth'))).toEqual([]);
});

test('a named folder is taken as it is, and what it lacks is named', async () => {
  vi.stubEnv('BERTH_CLUSTERS', folder);
  const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'stages.yaml'];
  for (const name of names) writeFileSync(join(folder, name), '');
  expect(await ensuredClusters(noWord)).toEqual({
    missing: `BERTH_CLUSTERS names ${folder}, where kubectl cannot be found.`,
  });
  writeFileSync(join(folder, 'kubectl'), '');
  expect(await ensuredClusters(noWord)).toEqual({ path: folder });
});

test('every module that the servers are built of has its hash', () => {
  const file = (name: string): string =>
    readFileSync(fileURLToPath(new URL(`../../../scripts/clusters/${name}`, import.meta.url)), 'utf8');
  const [sums, pins] = [file('go.sum'), file('go.mod')];
  const replaced = new Set(Array.from(pins.matchAll(/^\t(\S+) => /gm), ([, module]) => module));
  const modules = Array.from(pins.matchAll(/^\t(\S+) (v\S+)/gm), ([, module, version]) => ({ module, version }));
  const named = modules.filter(({ module }) => !replaced.has(module));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ module, version }) => !sums.includes(`${module} ${version}/go.mod h1:`))).toEqual([]);
});
