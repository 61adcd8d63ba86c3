import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  mergedKubeconfig,
  readKubeconfig,
} from '../../../../../server/src/deploy/targets/kubernetes/api/kubeconfig.ts';
import { kubeconfigPaths } from '../../../../../server/src/deploy/targets/kubernetes/api/kubeconfig-files.ts';
import { ProblemError } from '../../../../../server/src/spec/problems/problem-error.ts';

function refusal(content: string): string {
  try {
    readKubeconfig(content, 'config');
  } catch (error) {
    if (error instanceof ProblemError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

const config = (server: string, rest = ''): string => `
clusters: [{ name: eu, cluster: { server: '${server}' } }]
contexts: [{ name: prod, context: { cluster: eu, user: me } }]
${rest}`;

test('of several files the first that names a thing is believed, and paths stay those of its file', () => {
  const files = [
    readKubeconfig(config('https://first'), '/a/config'),
    readKubeconfig(config('https://second', 'users: [{ name: me, user: { client-key: key.pem } }]'), '/b/config'),
  ];
  const { clusters, users, contexts } = mergedKubeconfig(files);
  expect(clusters.get('eu')).toEqual({ entry: { server: 'https://first' }, file: '/a/config' });
  expect(users.get('me')).toEqual({ entry: { 'client-key': 'key.pem' }, file: '/b/config' });
  expect([...contexts.keys()]).toEqual(['prod']);
});

test('KUBECONFIG lists files; without it the one in the home folder is meant', () => {
  expect(
    kubeconfigPaths({ KUBECONFIG: ['/a', '', '/b', '/a'].join(process.platform === 'win32' ? ';' : ':') }),
  ).toEqual(['/a', '/b']);
  expect(kubeconfigPaths({ HOME: '/home/me', KUBECONFIG: '' })).toEqual([join('/home/me', '.kube', 'config')]);
});

test('an empty kubeconfig has nothing in it', () => {
  expect(readKubeconfig('', 'config').contexts.size).toBe(0);
});

describe('what is none is refused', () => {
  test.each([
    ['- a', 'BERTH5601 The kubeconfig "config" cannot be read: it holds no keys.'],
    ['clusters: {', 'BERTH5601 The kubeconfig "config" cannot be read: line 1 is no YAML.'],
    ['clusters: [{ cluster: {} }]', 'BERTH5601 The kubeconfig "config" cannot be read: clusters.0.name is missing.'],
    [
      'clusters: [{ name: a }]',
      'BERTH5601 The kubeconfig "config" cannot be read: clusters.0.cluster.server is missing.',
    ],
    ['users: 3', 'BERTH5601 The kubeconfig "config" cannot be read: users is no list.'],
  ])('%s', (content, says) => {
    expect(refusal(content)).toBe(says);
  });

  test('without a word of what it holds', () => {
    expect(refusal('users: [{ name: me, user: { token: [sesame] } }]')).toBe(
      'BERTH5601 The kubeconfig "config" cannot be read: users.0.user.token is no text.',
    );
    expect(refusal('users:\n  - name: me\n    user: { token: "sesame }\n')).not.toContain('sesame');
  });

  test('and one that unfolds without end', () => {
    const bomb = ['a: &a [x, x]'];
    for (let i = 1; i < 30; i++)
      bomb.push(
        `${String.fromCharCode(97 + i)}: &${String.fromCharCode(97 + i)} [*${String.fromCharCode(96 + i)}, *${String.fromCharCode(96 + i)}]`,
      );
    expect(refusal(bomb.slice(0, 26).join('\n'))).toContain('BERTH5601');
  });
});
