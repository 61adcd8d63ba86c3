/**
 * A real Kubernetes control plane on the loopback interface: etcd, API server, controllers, scheduler, and kwok, which plays the agents of
 * nodes, so that pods are scheduled and become ready without a container. Access is by RBAC, with tokens and client certificates of a
 * private authority. All of it is one process group (`keeper-of-servers.ts`), which ends with the test, however that ends.
 */
import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CertificateAuthority, keyPair } from './certificates.ts';
import type { FromKeeper, StartServer } from './keeper-of-servers.ts';

export type ServerName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';

export const ADMIN_TOKEN = 'token-of-the-admin';
export const READER_TOKEN = 'token-of-the-reader';
/** Whoever comes with READER_TOKEN: may do nothing but what `allowReader` says. */
const READER = 'reader';

/** How long a server may take for what it takes seconds for: then something is broken. Milliseconds. */
const PATIENCE_MS = 90_000;

interface Ports {
  readonly etcd: number;
  readonly peers: number;
  readonly api: number;
}

interface Running {
  readonly pid: number;
  readonly exited: Promise<void>;
}

export interface Kubectl {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class ControlPlane {
  readonly folder: string;
  readonly url: string;
  readonly authority: CertificateAuthority;
  readonly #ports: Ports;
  readonly #programs: string;
  readonly #keeper: ChildProcess;
  readonly #running = new Map<string, Running>();
  readonly #onExit = new Map<string, () => void>();

  private constructor(folder: string, programs: string, authority: CertificateAuthority, ports: Ports) {
    this.folder = folder;
    this.#programs = programs;
    this.authority = authority;
    this.#ports = ports;
    this.url = `https://127.0.0.1:${ports.api}`;
    const keeper = fileURLToPath(new URL('keeper-of-servers.ts', import.meta.url));
    this.#keeper = fork(keeper, [folder], { detached: true, execArgv: [], stdio: 'ignore' });
    this.#keeper.on('message', (message: FromKeeper) => this.#heard(message));
  }

  /** A control plane whose API server is ready and whose controllers have begun. */
  static async start(): Promise<ControlPlane> {
    const programs = process.env.BERTH_CLUSTERS;
    if (!programs) throw new Error('BERTH_CLUSTERS is not set: these tests are run by npm run test:clusters');
    const authority = await CertificateAuthority.create('berth-test');
    const folder = mkdtempSync(join(tmpdir(), 'berth-cluster-'));
    const [etcd, peers, api] = await freePorts(3);
    const plane = new ControlPlane(folder, programs, authority, { etcd: etcd!, peers: peers!, api: api! });
    try {
      await plane.#prepare();
      await plane.launch('etcd');
      await plane.launch('kube-apiserver');
      await plane.ready();
      for (const name of ['kube-controller-manager', 'kube-scheduler', 'kwok'] as const) await plane.launch(name);
      await plane.until('the default service account', async () => (await plane.get(SERVICE_ACCOUNT)).status === 200);
      return plane;
    } catch (error) {
      const logs = plane.#logs();
      await plane.stop();
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${logs}`, { cause: error });
    }
  }

  /** Starts a server that does not run. */
  async launch(name: ServerName): Promise<void> {
    const message: StartServer = {
      name,
      command: join(this.#programs, name),
      args: this.#args(name),
      log: join(this.folder, `${name}.log`),
    };
    const before = this.#running.get(name);
    this.#keeper.send(message);
    await this.until(`a start of ${name}`, () => this.#running.get(name) !== before);
  }

  /** Ends a server at once, or as told, and waits until it has ended. */
  async kill(name: ServerName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#running.get(name);
    if (!running) return;
    process.kill(running.pid, signal);
    await running.exited;
  }

  /** A server that neither answers nor ends, until it is resumed. */
  pause(name: ServerName): void {
    process.kill(this.#running.get(name)!.pid, 'SIGSTOP');
  }

  resume(name: ServerName): void {
    process.kill(this.#running.get(name)!.pid, 'SIGCONT');
  }

  async restart(name: ServerName): Promise<void> {
    await this.kill(name);
    await this.launch(name);
    if (name === 'kube-apiserver') await this.ready();
  }

  /** Waits until the API server says that it is ready. */
  async ready(): Promise<void> {
    await this.until('the API server', async () => (await this.get('/readyz')).body === 'ok');
  }

  /** Ends everything and removes the folder. */
  async stop(): Promise<void> {
    if (this.#keeper.exitCode !== null) return;
    const gone = once(this.#keeper, 'exit');
    this.#keeper.disconnect();
    await gone;
  }

  /** Process ids of the servers that run, by name. */
  pids(): ReadonlyMap<string, number> {
    return new Map([...this.#running].map(([name, { pid }]) => [name, pid]));
  }

  /** The file of a kubeconfig with one context, which has the name of its user. */
  kubeconfig(
    name: string,
    user: Readonly<Record<string, unknown>>,
    cluster: Readonly<Record<string, unknown>> = {},
  ): string {
    const file = join(this.folder, `${name}.kubeconfig`);
    const data = Buffer.from(this.authority.certificate).toString('base64');
    const content = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: this.url, 'certificate-authority-data': data, ...cluster } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: 'test', user: name } }],
      'current-context': name,
    };
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
    return file;
  }

  adminKubeconfig(): string {
    return this.kubeconfig('admin', { token: ADMIN_TOKEN });
  }

  readerKubeconfig(): string {
    return this.kubeconfig('reader', { token: READER_TOKEN });
  }

  /** Of an admin who shows a certificate. */
  async certificateKubeconfig(expires?: number): Promise<string> {
    const { key, certificate } = await this.authority.client('certified', 'system:masters', expires);
    return this.kubeconfig('certified', {
      'client-certificate-data': Buffer.from(certificate).toString('base64'),
      'client-key-data': Buffer.from(key).toString('base64'),
    });
  }

  /** Lets the reader do this, in a namespace. */
  async allowReader(namespace: string, verbs: readonly string[], resources: readonly string[]): Promise<void> {
    const metadata = { name: 'reader', namespace };
    const api = 'rbac.authorization.k8s.io';
    await this.apply(
      {
        apiVersion: `${api}/v1`,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: ['', 'apps'], resources, verbs }],
      },
      {
        apiVersion: `${api}/v1`,
        kind: 'RoleBinding',
        metadata,
        subjects: [{ kind: 'User', name: READER, apiGroup: api }],
        roleRef: { kind: 'Role', name: 'reader', apiGroup: api },
      },
    );
  }

  /** Nodes `node-0`, `node-1` …, on which pods can run. */
  async addNodes(
    count: number,
    capacity: Readonly<Record<string, string>> = { cpu: '4', memory: '8Gi' },
  ): Promise<void> {
    const all = { pods: '110', ...capacity };
    const unsaid = ['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion'];
    const nodeInfo = {
      ...Object.fromEntries(unsaid.map((key) => [key, ''])),
      ...{ operatingSystem: 'linux', architecture: 'amd64', kubeProxyVersion: '', kubeletVersion: 'kwok' },
    };
    const nodes = Array.from({ length: count }, (_, i) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${i}`, labels: { 'kubernetes.io/hostname': `node-${i}` } },
      status: { capacity: all, allocatable: all, nodeInfo },
    }));
    await this.apply(...nodes);
  }

  /** Applies objects as kubectl does. */
  async apply(...items: readonly object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const { code, stderr } = await this.kubectl(['apply', '-f', '-'], list);
    if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
  }

  /** Runs kubectl as the admin. */
  kubectl(args: readonly string[], input = ''): Promise<Kubectl> {
    const env = { PATH: process.env.PATH, HOME: this.folder, KUBECONFIG: this.adminKubeconfig() };
    return new Promise((resolve) => {
      const options = { env, maxBuffer: 1e8 };
      const child = execFile(join(this.#programs, 'kubectl'), args, options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
      child.stdin?.end(input);
    });
  }

  /** Has etcd forget every state but the present one, so that older watches cannot be taken up again. */
  async compact(): Promise<void> {
    const ask = async (path: string, body: unknown): Promise<unknown> => {
      const answer = await fetch(`http://127.0.0.1:${this.#ports.etcd}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`etcd answers ${answer.status}: ${await answer.text()}`);
      return answer.json();
    };
    const state = (await ask('/v3/kv/range', { key: Buffer.from('/').toString('base64') })) as {
      header: { revision: string };
    };
    await ask('/v3/kv/compaction', { revision: state.header.revision, physical: true });
  }

  /** Asks the API server as the admin, by no code of the product. Status 0 where it cannot be reached. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const options = { ca: this.authority.certificate, headers, timeout: 5000 };
      const call = request(`${this.url}${path}`, options, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (body += piece));
        answer.on('close', () => resolve({ status: answer.statusCode ?? 0, body }));
      });
      call.on('timeout', () => call.destroy());
      call.on('error', () => resolve({ status: 0, body: '' }));
      call.end();
    });
  }

  /** Waits for a condition. @throws Error where a server ends meanwhile, or it does not come true. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (this.#keeper.exitCode !== null) throw new Error(`the keeper of the servers ended before ${what}`);
      if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
      await delay(50);
    }
  }

  #heard(message: FromKeeper): void {
    if ('exited' in message) {
      this.#running.delete(message.exited);
      this.#onExit.get(message.exited)?.();
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#onExit.set(message.started, () => resolve(undefined));
    this.#running.set(message.started, { pid: message.pid, exited: promise });
  }

  async #prepare(): Promise<void> {
    const [server, tokens] = await Promise.all([this.authority.server(), keyPair()]);
    const stages = readFileSync(join(this.#programs, 'stages.yaml'), 'utf8');
    const files = {
      'ca.crt': this.authority.certificate,
      'server.crt': server.certificate,
      'server.key': server.key,
      'sa.key': tokens.key,
      'sa.pub': tokens.publicKey,
      'tokens.csv': `${ADMIN_TOKEN},admin,1,"system:masters"\n${READER_TOKEN},${READER},2\n`,
      'stages.yaml': stages,
    };
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(this.folder, name), content, { mode: 0o600 });
    this.adminKubeconfig();
  }

  #args(name: ServerName): string[] {
    const at = (file: string): string => join(this.folder, file);
    const { etcd, peers, api } = this.#ports;
    const kubeconfig = `--kubeconfig=${at('admin.kubeconfig')}`;
    switch (name) {
      case 'etcd':
        return [
          `--data-dir=${at('etcd')}`,
          `--listen-client-urls=http://127.0.0.1:${etcd}`,
          `--advertise-client-urls=http://127.0.0.1:${etcd}`,
          `--listen-peer-urls=http://127.0.0.1:${peers}`,
          `--initial-advertise-peer-urls=http://127.0.0.1:${peers}`,
          `--initial-cluster=default=http://127.0.0.1:${peers}`,
          '--unsafe-no-fsync',
        ];
      case 'kube-apiserver':
        return [
          `--etcd-servers=http://127.0.0.1:${etcd}`,
          '--bind-address=127.0.0.1',
          `--secure-port=${api}`,
          `--tls-cert-file=${at('server.crt')}`,
          `--tls-private-key-file=${at('server.key')}`,
          `--client-ca-file=${at('ca.crt')}`,
          '--service-account-issuer=https://kubernetes.default.svc',
          `--service-account-key-file=${at('sa.pub')}`,
          `--service-account-signing-key-file=${at('sa.key')}`,
          `--token-auth-file=${at('tokens.csv')}`,
          '--authorization-mode=RBAC',
          '--service-cluster-ip-range=10.0.0.0/24',
        ];
      case 'kube-controller-manager':
        return [
          kubeconfig,
          `--service-account-private-key-file=${at('sa.key')}`,
          `--root-ca-file=${at('ca.crt')}`,
          '--secure-port=0',
          '--leader-elect=false',
          '--use-service-account-credentials=true',
        ];
      case 'kube-scheduler':
        return [kubeconfig, '--secure-port=0', '--leader-elect=false'];
      case 'kwok':
        return [
          kubeconfig,
          '--manage-all-nodes=true',
          '--node-lease-duration-seconds=40',
          `--config=${at('stages.yaml')}`,
        ];
    }
  }

  /** The last lines that each server wrote. */
  #logs(): string {
    const names: readonly ServerName[] = [
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kwok',
    ];
    return names
      .map((name) => ({ name, file: join(this.folder, `${name}.log`) }))
      .filter(({ file }) => existsSync(file))
      .map(({ name, file }) => `${name}: ${readFileSync(file, 'utf8').trim().split('\n').slice(-3).join('\n  ')}`)
      .join('\n');
  }
}

const SERVICE_ACCOUNT = '/api/v1/namespaces/default/serviceaccounts/default';

/** All held until each is known, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
