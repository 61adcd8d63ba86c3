/** The client against real servers: how it gets in, what it changes, and that it misses nothing while they are killed and compacted. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessOf } from '../../server/src/deploy/targets/kubernetes/api/access.ts';
import { Connection } from '../../server/src/deploy/targets/kubernetes/api/connection.ts';
import { identityOf } from '../../server/src/deploy/targets/kubernetes/api/identity.ts';
import { readKubeconfig } from '../../server/src/deploy/targets/kubernetes/api/kubeconfig.ts';
import { ListWatch, type Change, type Identified } from '../../server/src/deploy/targets/kubernetes/api/list-watch.ts';
import {
  applyObject,
  deleteObject,
  getObject,
  pagesOf,
  scaleObject,
  type Resource,
} from '../../server/src/deploy/targets/kubernetes/api/objects.ts';
import { FileReader } from '../../server/src/host/file-reader.ts';
import { object, text, whole } from '../../server/src/deploy/shape.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { ADMIN_TOKEN, ControlPlane } from './control-plane.ts';

const CONFIG_MAPS: Resource = { group: '', version: 'v1', plural: 'configmaps' };
const DEPLOYMENTS: Resource = { group: 'apps', version: 'v1', plural: 'deployments' };

interface Named extends Identified {
  readonly metadata: Identified['metadata'] & { readonly name: string };
}
const named = object<Named>({ metadata: object<Named['metadata']>({ uid: text, resourceVersion: text, name: text }) });
const scaled = object<{ spec: { replicas: number } }>({ spec: object<{ replicas: number }>({ replicas: whole }) });

let plane: ControlPlane;
const reader = new FileReader();
beforeAll(async () => {
  plane = await ControlPlane.start();
});
afterAll(async () => {
  reader.dispose();
  await plane.stop();
});

/** A connection as a kubeconfig's file says. */
async function opened(file: string, allowed: readonly string[] = []): Promise<Connection> {
  const config = readKubeconfig(readFileSync(file, 'utf8'), file);
  const [context = ''] = config.contexts.keys();
  return Connection.open(
    await accessOf(config, context, { reader, exec: { trusted: true, allowed }, now: Date.now() }),
  );
}

const admin = (): Promise<Connection> => opened(plane.adminKubeconfig());

function configMap(name: string, data: Readonly<Record<string, string>> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data } as const;
}

function deployment(name: string, replicas: number) {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'example/web' }] } };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' } },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

describe('the way in', () => {
  const PLUGIN = process.execPath;

  test('is by token, by certificate, and by a credential plugin, under a private authority', async () => {
    const status = JSON.stringify({ token: ADMIN_TOKEN });
    const apiVersion = 'client.authentication.k8s.io/v1';
    // the plugin answers as it was asked: in the version that the environment tells
    const program = `const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO); console.log(JSON.stringify({ apiVersion, kind: 'ExecCredential', status: ${status} }))`;
    const files = [
      plane.adminKubeconfig(),
      await plane.certificateKubeconfig(),
      plane.kubeconfig('plugin', { exec: { apiVersion, command: PLUGIN, args: ['-e', program] } }),
    ];
    const identities = await Promise.all(
      files.map(async (file) => identityOf(await opened(file, [PLUGIN]), 'default')),
    );
    expect(new Set(identities.map(({ cluster }) => cluster)).size).toBe(1);
    const { stdout } = await plane.kubectl(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
    expect(identities[0]!.cluster).toBe(stdout);
    expect(identities[0]!.namespace).not.toBe(stdout);
  });

  test('is closed to whom nobody knows, to whom may not, and to an authority that is not trusted', async () => {
    const list = async (file: string): Promise<void> => {
      for await (const _ of pagesOf(await opened(file), CONFIG_MAPS, named, { namespace: 'default' }));
    };
    expect(await problemCode(list(plane.kubeconfig('stranger', { token: 'nobody' })))).toBe('BERTH5621');
    await expect(list(plane.readerKubeconfig())).rejects.toThrow('User "reader" cannot list resource "configmaps"');
    expect(await problemCode(list(plane.readerKubeconfig()))).toBe('BERTH5622');
    const unknown = plane.kubeconfig('doubtful', { token: ADMIN_TOKEN }, { 'certificate-authority-data': undefined });
    await expect(list(unknown)).rejects.toThrow('signed by an authority that the kubeconfig does not name');
  });

  test('leads through a proxy where the kubeconfig names one', async () => {
    const through: string[] = [];
    const { url, isLeft, close } = await startProxy((target) => through.push(target));
    try {
      const file = plane.kubeconfig('proxied', { token: ADMIN_TOKEN }, { 'proxy-url': url });
      expect((await identityOf(await opened(file), 'default')).cluster).not.toBe('');
      expect(new Set(through)).toEqual(new Set([plane.url.replace('https://', '')]));
      await plane.until('the end of its connections', isLeft);
    } finally {
      await close();
    }
  });
});

describe('what is changed', () => {
  test('is applied, and not by a dry run; a field of another manager is left to it unless it is taken over', async () => {
    const connection = await admin();
    const at = { namespace: 'default', name: 'shared' };
    await applyObject(connection, DEPLOYMENTS, deployment('shared', 2), scaled, { dryRun: true });
    expect(await problemCode(getObject(connection, DEPLOYMENTS, at, named))).toBe('BERTH5625');
    await applyObject(connection, DEPLOYMENTS, deployment('shared', 2), named);
    const patch = JSON.stringify({ spec: { replicas: 3 } });
    const args = ['patch', 'deployment', 'shared', '--type=merge', '--field-manager=other', '-p', patch];
    expect((await plane.kubectl(args)).stderr).toBe('');
    const conflict = applyObject(connection, DEPLOYMENTS, deployment('shared', 4), named);
    await expect(conflict).rejects.toThrow(/^"other" manages what is to change: .*\.spec\.replicas/);
    expect(await problemCode(applyObject(connection, DEPLOYMENTS, deployment('shared', 4), named))).toBe('BERTH5623');
    expect(await getObject(connection, DEPLOYMENTS, at, scaled)).toMatchObject({ spec: { replicas: 3 } });
    await applyObject(connection, DEPLOYMENTS, deployment('shared', 4), named, { force: true });
    expect(await getObject(connection, DEPLOYMENTS, at, scaled)).toMatchObject({ spec: { replicas: 4 } });
  });

  test('is refused where a key is misspelt or a value is none, in the words of the server', async () => {
    const connection = await admin();
    const misspelt = { ...configMap('wrong'), dta: {} };
    await expect(applyObject(connection, CONFIG_MAPS, misspelt, named)).rejects.toThrow(/dta/);
    const negative = applyObject(connection, DEPLOYMENTS, deployment('wrong', -1), named);
    await expect(negative).rejects.toThrow(/spec\.replicas.*must be greater than or equal to 0/);
    expect(await problemCode(applyObject(connection, DEPLOYMENTS, deployment('wrong', -1), named))).toBe('BERTH5626');
  });

  test('is scaled, also to nothing, and deleted only if it is what was seen', async () => {
    const connection = await admin();
    const at = { namespace: 'default', name: 'scaled' };
    const made = await applyObject(connection, DEPLOYMENTS, deployment('scaled', 1), named);
    expect(await scaleObject(connection, DEPLOYMENTS, at, 2)).toBe(2);
    expect(await scaleObject(connection, DEPLOYMENTS, at, 0)).toBe(0);
    const { uid, resourceVersion } = made.metadata;
    const old = deleteObject(connection, DEPLOYMENTS, at, { uid, resourceVersion });
    await expect(old).rejects.toThrow('ResourceVersion in the precondition');
    expect(await problemCode(deleteObject(connection, DEPLOYMENTS, at, { uid: 'another' }))).toBe('BERTH5624');
    await deleteObject(connection, DEPLOYMENTS, at, { uid });
    await plane.until(
      'its end',
      async () => (await problemCode(getObject(connection, DEPLOYMENTS, at, named))) === 'BERTH5625',
    );
  });
});

describe('what is watched', () => {
  interface Watched {
    readonly list: ListWatch<Named, string>;
    readonly changes: Change<string>[];
    readonly names: () => readonly string[];
    readonly end: () => Promise<void>;
  }

  async function watched(prefix: string): Promise<Watched> {
    const list = new ListWatch(await admin(), {
      ...{ resource: CONFIG_MAPS, namespace: 'default', shape: named, pageSize: 3 },
      project: ({ metadata }: Named) => metadata.name,
    });
    const changes: Change<string>[] = [];
    const stop = new AbortController();
    const run = list.run((change) => changes.push(change), stop.signal);
    await plane.until('a watch', () => changes.some(({ kind }) => kind === 'live'));
    return {
      list,
      changes,
      names: () => [...list.present.values()].filter((name) => name.startsWith(prefix)).sort(),
      end: () => {
        stop.abort();
        return run;
      },
    };
  }

  /** What was told of a name: a change that is told twice, or never, is seen. */
  const toldOf = (changes: readonly Change<string>[], name: string): readonly string[] =>
    changes.flatMap((change) => {
      if (change.kind === 'present') return change.now === name ? ['present'] : [];
      return change.kind === 'gone' && change.before === name ? ['gone'] : [];
    });

  test('is told as it changes, across a restart of the API server', async () => {
    await plane.apply(...Array.from({ length: 7 }, (_, i) => configMap(`kept-${i}`)));
    const { changes, names, end } = await watched('kept-');
    expect(names()).toHaveLength(7);
    await plane.kill('kube-apiserver');
    await plane.until('the loss', () => changes.at(-1)?.kind === 'lost');
    await plane.launch('kube-apiserver');
    await plane.ready();
    await plane.apply(configMap('kept-7'));
    await plane.kubectl(['delete', 'configmap', 'kept-0']);
    await plane.until('both changes', () => !names().includes('kept-0') && names().includes('kept-7'));
    expect(names()).toHaveLength(7);
    for (let i = 1; i <= 7; i++) expect(toldOf(changes, `kept-${i}`)).toEqual(['present']);
    expect(toldOf(changes, 'kept-0')).toEqual(['present', 'gone']);
    await end();
  });

  test('is listed anew where the cluster has forgotten what was seen last', async () => {
    await plane.apply(configMap('old-0'), configMap('old-1'));
    const { list, changes, names, end } = await watched('old-');
    await end();
    await plane.apply(configMap('old-2'));
    await plane.kubectl(['delete', 'configmap', 'old-0']);
    await plane.compact();
    // what it keeps in memory goes with it, so that it has to ask etcd
    await plane.restart('kube-apiserver');
    const stop = new AbortController();
    const run = list.run((change) => changes.push(change), stop.signal);
    await plane.until('both changes', () => names().join() === 'old-1,old-2');
    const losses = changes.flatMap((change) => (change.kind === 'lost' ? [change.problem.code] : []));
    expect(losses).toContain('BERTH5631');
    expect(toldOf(changes, 'old-1')).toEqual(['present']);
    expect(toldOf(changes, 'old-0')).toEqual(['present', 'gone']);
    stop.abort();
    await run;
  });

  test('of a version that is too old is refused as such', async () => {
    const connection = await admin();
    await plane.compact();
    await plane.restart('kube-apiserver');
    const stream = await connection
      .stream({ method: 'GET', path: '/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=1' })
      .catch((error: unknown) => error as { code: string });
    if ('code' in stream) {
      expect(stream.code).toBe('BERTH5631');
      return;
    }
    const pieces: Buffer[] = [];
    for await (const piece of stream as unknown as AsyncIterable<Buffer>) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toContain('"code":410');
  });
});

/** A proxy that tells where it was asked to lead, and leads there. */
async function startProxy(
  onConnect: (target: string) => void,
): Promise<{ readonly url: string; readonly isLeft: () => boolean; readonly close: () => Promise<void> }> {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on('connect', (call, socket: Socket) => {
    const target = call.url ?? '';
    onConnect(target);
    const [host = '', port = ''] = target.split(':');
    const further = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      further.pipe(socket).pipe(further);
    });
    // A stream that nobody reads does not see its end.
    further.on('close', () => socket.resume());
    for (const end of [socket, further]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isLeft: () => [...sockets].every(({ destroyed }) => destroyed),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
