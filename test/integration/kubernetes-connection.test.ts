/** What stands at the address of a cluster and is none, or answers badly; and credentials that cannot be used. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accessOf, type Access } from '../../server/src/deploy/targets/kubernetes/api/access.ts';
import { Connection, newLibrary } from '../../server/src/deploy/targets/kubernetes/api/connection.ts';
import { readKubeconfig } from '../../server/src/deploy/targets/kubernetes/api/kubeconfig.ts';
import { kubeconfigOf } from '../../server/src/deploy/targets/kubernetes/api/kubeconfig-files.ts';
import { ListWatch, type Change, type Identified } from '../../server/src/deploy/targets/kubernetes/api/list-watch.ts';
import { FileReader } from '../../server/src/host/file-reader.ts';
import { object, text } from '../../server/src/deploy/shape.ts';
import { CertificateAuthority } from '../clusters/certificates.ts';

const SECRET = 'sesame-open';

let folder: string;
const reader = new FileReader();
afterAll(() => reader.dispose());
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-kubernetes-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Given {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly context?: string;
  readonly trusted?: boolean;
  readonly allowed?: readonly string[];
}

function access(
  server: string,
  { cluster = {}, user = {}, context = 'c', trusted = true, allowed = [] }: Given = {},
): Promise<Access> {
  const config = {
    clusters: [{ name: 'k', cluster: { server, 'insecure-skip-tls-verify': true, ...cluster } }],
    users: [{ name: 'me', user }],
    contexts: [
      { name: 'c', context: { cluster: 'k', user: 'me' } },
      { name: 'no-cluster', context: { cluster: 'other', user: 'me' } },
    ],
  };
  const options = { reader, exec: { trusted, allowed }, now: Date.now() };
  return accessOf(readKubeconfig(JSON.stringify(config), join(folder, 'config')), context, options);
}

const ask = async (server: string, limits = {}): Promise<unknown> =>
  (await Connection.open(await access(server, { user: { token: SECRET } }), limits)).ask({ method: 'GET', path: '/x' });

/** Code and sentence, in which no credential may be. */
async function refused(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => {
      throw new Error('it was not refused');
    },
    (reason: unknown) => reason as Error & { code: string },
  );
  expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(SECRET);
  return `${error.code} ${error.message.replace(/:\d{4,5}\b/, ':PORT')}`;
}

describe('an answer', () => {
  test('is asked for with the token and read as JSON', async () => {
    const server = await answering((call, answer) => {
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ bearer: call.headers.authorization, path: call.url }));
    });
    expect(await ask(server)).toEqual({ bearer: `Bearer ${SECRET}`, path: '/x' });
  });

  test('that is a page, no JSON, cut short, without end or silent is a problem', async () => {
    const page = await answering((_, answer) => answer.setHeader('content-type', 'text/html').end('<h1>Sign in</h1>'));
    expect(await refused(ask(page))).toBe(
      'BERTH5627 What is at http://127.0.0.1:PORT does not answer as an API server does: it sends a page (text/html).',
    );
    const noJson = await answering((_, answer) => answer.end('{"a":'));
    expect(await refused(ask(noJson))).toContain('BERTH5627');
    const cut = await answering((_, answer) => {
      answer.setHeader('content-length', 100);
      answer.write('{"a":');
      setImmediate(() => answer.destroy());
    });
    expect(await refused(ask(cut))).toContain('its answer was cut short');
    const endless = await answering((_, answer) => {
      const more = (): void => {
        while (!answer.destroyed && answer.write('x'.repeat(10_000)));
        if (!answer.destroyed) answer.once('drain', more);
      };
      more();
    });
    expect(await refused(ask(endless, { most: 2e6 }))).toBe(
      'BERTH5628 The API server http://127.0.0.1:PORT sends more than 2 MB for one answer.',
    );
    const silent = await answering(() => {});
    expect(await refused(ask(silent, { silenceMs: 200 }))).toBe(
      'BERTH5630 The API server http://127.0.0.1:PORT said nothing for 1 second.',
    );
    const stuck = await answering((_, answer) => void answer.write('{'));
    expect(await refused(ask(stuck, { silenceMs: 200 }))).toContain('BERTH5630');
  });

  test('of nobody, or of one that refuses in its own words, is a problem', async () => {
    const gone = await answering(() => {});
    await new Promise((closed) => servers.pop()!.close(closed));
    expect(await refused(ask(gone))).toBe(
      'BERTH5620 The API server http://127.0.0.1:PORT is out of reach: connection refused.',
    );
    const refusing = await answering((_, answer) => {
      answer.statusCode = 403;
      answer.end(JSON.stringify({ kind: 'Status', message: 'pods is forbidden:\nno quota' }));
    });
    expect(await refused(ask(refusing))).toBe('BERTH5622 The cluster refuses: pods is forbidden:␊no quota.');
    const broken = await answering((_, answer) => answer.writeHead(502).end('<html>'));
    expect(await refused(ask(broken))).toContain('BERTH5629');
  });

  test('is not to be had on a Node that is too old', async () => {
    expect(await refused(newLibrary('22.18.0'))).toContain('BERTH5632');
    expect((await newLibrary('22.19.0')).getContexts()).toEqual([]);
  });

  test('is not waited for once it is cancelled', async () => {
    const asked = Promise.withResolvers<undefined>();
    const server = await answering(() => asked.resolve(undefined));
    const connection = await Connection.open(await access(server));
    const stop = new AbortController();
    const waiting = connection.ask({ method: 'GET', path: '/', signal: stop.signal });
    await asked.promise;
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('a credential', () => {
  const plugin = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath };
  const printing = (value: unknown): string[] => ['-e', `console.log(${JSON.stringify(JSON.stringify(value))})`];

  test('of a plugin is had only where the workspace is trusted and the command allowed', async () => {
    const args = printing({
      apiVersion: plugin.apiVersion,
      status: { token: SECRET, expirationTimestamp: '2100-01-01T00:00:00Z' },
    });
    const user = { exec: { ...plugin, args } };
    const allowed = [process.execPath];
    expect(await access('http://k', { user, allowed })).toMatchObject({ token: SECRET, expires: Date.UTC(2100, 0) });
    expect(await refused(access('http://k', { user, allowed, trusted: false }))).toContain('BERTH5607');
    expect(await refused(access('http://k', { user }))).toContain('BERTH5607');
  });

  test('of a plugin that fails or speaks otherwise is a problem, of which no output is quoted', async () => {
    const with_ = (exec: object): Promise<string> =>
      refused(
        access('http://k', { user: { exec: { ...plugin, ...exec } }, allowed: [process.execPath, 'no-such-program'] }),
      );
    expect(await with_({ apiVersion: 'client.authentication.k8s.io/v1alpha1' })).toContain('BERTH5606');
    expect(await with_({ args: ['-e', `console.error('${SECRET}'); process.exit(3)`] })).toContain(
      'it ended with code 3',
    );
    expect(await with_({ args: ['-e', `console.log('${SECRET}')`] })).toContain('what it wrote is no JSON');
    expect(await with_({ args: printing({ apiVersion: plugin.apiVersion, status: {} }) })).toContain(
      'neither token nor certificate',
    );
    expect(await with_({ command: 'no-such-program' })).toContain('there is no such program');
  });

  test('that is missing, expired or of another is a problem', async () => {
    const authority = await CertificateAuthority.create('private');
    const [fresh, other] = await Promise.all([authority.client('me', 'us'), authority.client('you', 'us')]);
    const old = await authority.client('me', 'us', Date.UTC(2026, 2, 29));
    const files = {
      'fresh.crt': fresh.certificate,
      'fresh.key': fresh.key,
      'other.key': other.key,
      'old.crt': old.certificate,
      'old.key': old.key,
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const pair = (certificate: string, key: string): Given => ({
      user: { 'client-certificate': certificate, 'client-key': key },
    });
    expect(await access('https://k', pair('fresh.crt', 'fresh.key'))).toMatchObject({ key: fresh.key });
    expect(await refused(access('https://k', pair('old.crt', 'old.key')))).toBe(
      'BERTH5604 The client certificate of "me" expired on 2026-03-29.',
    );
    expect(await refused(access('https://k', pair('fresh.crt', 'other.key')))).toContain(
      'not the key of the certificate',
    );
    expect(await refused(access('https://k', pair('none.crt', 'fresh.key')))).toContain('is not there');
    expect(await refused(access('https://k', pair('fresh.key', 'fresh.key')))).toContain('it is no certificate');
  });

  test.each<[string, string, Given]>([
    ['BERTH5602', 'https://k', { context: 'none' }],
    ['BERTH5603', 'https://k', { context: 'no-cluster' }],
    ['BERTH5609', 'https://k', { user: { 'auth-provider': { name: 'gcp', config: { 'cmd-path': 'rm' } } } }],
    ['BERTH5611', 'http://k', { cluster: { 'insecure-skip-tls-verify': false } }],
    ['BERTH5611', 'ftp://k', {}],
    ['BERTH5611', 'https://me:sesame-open@k', {}],
    ['BERTH5611', 'https://k', { cluster: { 'proxy-url': 'nowhere' } }],
  ])('or an address that cannot be used has a code: %s %s %j', async (code, server, given) => {
    expect(await refused(access(server, given))).toContain(code);
  });

  test('lies in a kubeconfig that is there, and not in an untrusted workspace', async () => {
    const at = (...paths: string[]): { env: { KUBECONFIG: string }; untrusted: readonly string[] } => ({
      env: { KUBECONFIG: paths.map((path) => join(folder, path)).join(':') },
      untrusted: [join(folder, 'workspace')],
    });
    mkdirSync(join(folder, 'workspace'));
    writeFileSync(join(folder, 'workspace', 'config'), '');
    writeFileSync(join(folder, 'config'), 'contexts: [{ name: c, context: { cluster: k } }]');
    expect((await kubeconfigOf(at('none', 'config'), reader)).contexts.size).toBe(1);
    expect(await refused(kubeconfigOf(at('none'), reader))).toContain('BERTH5600');
    expect(await refused(kubeconfigOf(at('config', 'workspace/config'), reader))).toContain('BERTH5610');
    expect(await refused(kubeconfigOf(at('.'), reader))).toContain('it is a folder');
  });
});

describe('a watch', () => {
  const identified = object<Identified>({
    metadata: object<Identified['metadata']>({ uid: text, resourceVersion: text }),
  });
  const pod = (uid: string, resourceVersion: string): object => ({ metadata: { uid, resourceVersion } });

  /** Runs until the condition holds of what was told. */
  async function told(
    server: string,
    enough: (changes: readonly Change<string>[]) => boolean,
  ): Promise<readonly string[]> {
    const connection = await Connection.open(await access(server));
    const changes: Change<string>[] = [];
    const stop = new AbortController();
    const list = new ListWatch(connection, {
      ...{ resource: { group: '', version: 'v1', plural: 'pods' }, shape: identified, silenceMs: 300 },
      ...{
        backOff: { first: 1, most: 2 },
        pageSize: 1,
        project: ({ metadata }: Identified) => metadata.resourceVersion,
      },
    });
    await list.run((change) => {
      changes.push(change);
      if (enough(changes)) stop.abort();
    }, stop.signal);
    return changes.map((change) => {
      if (change.kind === 'present') return `${change.uid}@${change.now}`;
      if (change.kind === 'gone') return `-${change.uid}`;
      return change.kind === 'lost' ? change.problem.code : change.kind;
    });
  }

  test('that falls silent is noticed, and goes on from the last version', async () => {
    const versions: (string | null)[] = [];
    const server = await answering((call, answer) => {
      const query = new URL(call.url ?? '', 'http://k').searchParams;
      if (!query.has('watch')) {
        const next = query.get('continue') === null ? { continue: 'more' } : {};
        const items = [query.get('continue') === null ? pod('a', '1') : pod('b', '2')];
        answer.end(JSON.stringify({ metadata: { resourceVersion: '5', ...next }, items }));
        return;
      }
      versions.push(query.get('resourceVersion'));
      if (versions.length === 1) {
        answer.write(`${JSON.stringify({ type: 'MODIFIED', object: pod('a', '6') })}\n`);
        answer.write(
          `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } })}\n{"type":"ADD`,
        );
      } else answer.write(`${JSON.stringify({ type: 'DELETED', object: pod('b', '10') })}\n`);
    });
    expect(await told(server, (changes) => changes.at(-1)?.kind === 'gone')).toEqual([
      ...['a@1', 'b@2', 'listed', 'live', 'a@6', 'BERTH5630', 'live', '-b'],
    ]);
    expect(versions).toEqual(['5', '9']);
  });

  test('of a version that is forgotten lists anew, and tells only what differs', async () => {
    let lists = 0;
    const server = await answering((call, answer) => {
      const query = new URL(call.url ?? '', 'http://k').searchParams;
      if (!query.has('watch')) {
        const items = lists++ === 0 ? [pod('a', '1'), pod('b', '2')] : [pod('a', '1'), pod('c', '7')];
        answer.end(JSON.stringify({ metadata: { resourceVersion: String(lists) }, items }));
        return;
      }
      const error = { kind: 'Status', code: 410, message: 'too old resource version' };
      answer.end(`${JSON.stringify({ type: 'ERROR', object: error })}\n`);
    });
    expect(await told(server, () => lists === 2)).toEqual([
      ...['a@1', 'b@2', 'listed', 'live', 'BERTH5631', 'c@7'],
      ...(['-b', 'listed'] as const),
    ]);
  });
});
