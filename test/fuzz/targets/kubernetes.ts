/** What comes from kubeconfigs, from the programs that they name, and from whatever answers at the address of a cluster. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { readExecCredential } from '../../../server/src/deploy/targets/kubernetes/api/exec-credential.ts';
import { mergedKubeconfig, readKubeconfig } from '../../../server/src/deploy/targets/kubernetes/api/kubeconfig.ts';
import { ListWatch, type Identified } from '../../../server/src/deploy/targets/kubernetes/api/list-watch.ts';
import { pagesOf } from '../../../server/src/deploy/targets/kubernetes/api/objects.ts';
import { refusal } from '../../../server/src/deploy/targets/kubernetes/api/refusal.ts';
import { object, text } from '../../../server/src/deploy/shape.ts';
import { isSound, must, refusable, refusalOf } from '../oracle.ts';
import { ofJson, type TextTarget } from '../target.ts';

const SECRET = 'sesame-open';

const kubeconfig: TextTarget = {
  name: 'kubeconfig',
  type: 'text',
  doors: ['deploy/targets/kubernetes/api/kubeconfig.ts'],
  words: [
    'clusters:',
    'users:',
    'contexts:',
    'name:',
    'cluster:',
    'user:',
    'exec:',
    'token:',
    'server:',
    '&a',
    '*a',
    '<<',
  ],
  seeds: () => [
    `apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: 'https://127.0.0.1:6443', insecure-skip-tls-verify: true } }]
users: [{ name: u, user: { token: ${SECRET}, exec: { apiVersion: v1, command: c, args: [-x], env: [{ name: A, value: b }] } } }]
contexts: [{ name: k, context: { cluster: a, user: u, namespace: n } }]
`,
    '',
    `users: [{ name: u, user: { token: [${SECRET}] } }]`,
    `users:\n  - name: u\n    user: { token: "${SECRET} }`,
  ],
  run: (input) =>
    refusable(
      () => {
        try {
          return readKubeconfig(input, 'config');
        } catch (error) {
          must(!(error instanceof Error) || !error.message.includes(SECRET), () => 'a secret is quoted');
          throw error;
        }
      },
      (read) => {
        const twice = mergedKubeconfig([read, read]);
        must(twice.users.size === read.users.size, () => 'merged with itself it is another');
        return `${read.clusters.size} ${read.users.size} ${read.contexts.size}`;
      },
    ),
};

const SPEAKS = { apiVersion: 'client.authentication.k8s.io/v1', command: 'plugin' };

const credential: TextTarget = {
  name: 'exec-credential',
  type: 'json',
  doors: ['deploy/targets/kubernetes/api/exec-credential.ts'],
  words: ['status', 'token', 'clientCertificateData', 'apiVersion', 'expirationTimestamp'],
  seeds: () => [
    JSON.stringify({
      ...SPEAKS,
      kind: 'ExecCredential',
      status: { token: 't', expirationTimestamp: '2026-03-29T00:00:00Z' },
    }),
    JSON.stringify({ ...SPEAKS, status: {} }),
  ],
  run: (input) =>
    refusable(
      () => readExecCredential(input, SPEAKS),
      (found) => Object.keys(found).sort().join(),
    ),
};

const identified = object<Identified>({
  metadata: object<Identified['metadata']>({ uid: text, resourceVersion: text }),
});
const PODS = { group: '', version: 'v1', plural: 'pods' };

const answer: TextTarget = {
  name: 'kubernetes-answer',
  type: 'json',
  doors: ['deploy/targets/kubernetes/api/refusal.ts', 'deploy/targets/kubernetes/api/objects.ts'],
  words: [
    'metadata',
    'items',
    'continue',
    'resourceVersion',
    'message',
    'details',
    'causes',
    'reason',
    'FieldManagerConflict',
  ],
  seeds: () => [
    JSON.stringify({ metadata: { resourceVersion: '7' }, items: [{ metadata: { uid: 'u', resourceVersion: '3' } }] }),
    JSON.stringify({
      kind: 'Status',
      message: 'Apply failed',
      code: 409,
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl": .spec.replicas' }] },
    }),
  ],
  run: ofJson(async (value) => {
    const codes = [400, 401, 403, 404, 409, 410, 422, 500].map((code) => {
      const { problem } = refusal('https://k', code, value);
      isSound(problem);
      return problem.code;
    });
    let asked = 0;
    // A list that goes on for ever is the server's; here the second page is the last.
    const ask = (): Promise<unknown> =>
      Promise.resolve(asked++ === 0 ? value : { metadata: { resourceVersion: '9' }, items: [] });
    const connection = { server: 'https://k', ask, stream: () => Promise.reject(new Error('no watch')) };
    try {
      let items = 0;
      for await (const page of pagesOf(connection, PODS, identified)) items += page.items.length;
      return `${new Set(codes).size} ${Math.min(items, 3)} ${asked}`;
    } catch (error) {
      return refusalOf(error);
    }
  }),
};

const watch: TextTarget = {
  name: 'kubernetes-watch',
  type: 'text',
  doors: ['deploy/targets/kubernetes/api/watch-events.ts', 'deploy/targets/kubernetes/api/list-watch.ts'],
  words: ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', '"type":', '"object":', '"uid":', '"code":410', '\n'],
  seeds: () => {
    const line = (type: string, uid: string, resourceVersion: string): string =>
      `${JSON.stringify({ type, object: { metadata: { uid, resourceVersion } } })}\n`;
    return [
      line('ADDED', 'a', '2') + line('MODIFIED', 'a', '3') + line('DELETED', 'a', '4') + line('BOOKMARK', '', '9'),
      `${line('ADDED', 'a', '2')}{"type":"ERROR","object":{"code":410,"message":"too old"}}\n`,
      `${line('ADDED', 'a', '2')}{"type":"ADDED","obj`,
    ];
  },
  run: async (input) => {
    const stop = new AbortController();
    let opened = 0;
    const connection = {
      server: 'https://k',
      ask: () => Promise.resolve({ metadata: { resourceVersion: '1' }, items: [] }),
      stream: () => {
        if (opened++ > 0) stop.abort();
        const stream = Readable.from(opened === 1 ? [Buffer.from(input)] : []);
        return Promise.resolve(Object.assign(stream, { complete: true }) as unknown as IncomingMessage);
      },
    };
    const list = new ListWatch(connection, {
      ...{ resource: PODS, shape: identified, backOff: { first: 0, most: 0 } },
      project: ({ metadata }) => metadata.uid,
    });
    const there = new Set<string>();
    const seen = new Set<string>();
    await list.run((change) => {
      seen.add(change.kind === 'lost' ? change.problem.code : change.kind);
      if (change.kind === 'lost') isSound(change.problem);
      if (change.kind === 'present') there.add(change.uid);
      if (change.kind === 'gone') must(there.delete(change.uid), () => `${change.uid} went without having come`);
    }, stop.signal);
    must(there.size === list.size, () => 'what was told is not what is there');
    return [...seen].sort().join();
  },
};

export const KUBERNETES_TARGETS = [kubeconfig, credential, answer, watch];
