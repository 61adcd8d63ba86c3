/**
 * A Ray head of its own for tests, on free ports of the loopback interface, in a folder of its own. Everything that it starts carries a mark
 * in its surroundings, by which exactly that is ended.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Dashboard } from '../../server/src/deploy/targets/ray/dashboard.ts';
import { until } from '../integration/local-stage.ts';

/** The Python with Ray Serve that `npm test` found or installed (`scripts/ray/`); undefined where there is none: the tests skip then, which CI does not allow. */
export const RAY_PYTHON: string | undefined =
  process.env.BERTH_RAY === undefined || ['', 'install'].includes(process.env.BERTH_RAY)
    ? undefined
    : process.env.BERTH_RAY;

const APPS = fileURLToPath(new URL('../fixtures/ray/', import.meta.url));
const MARK = 'BERTH_TEST_RAY_HEAD';

export class RayHead {
  /** Where its dashboard answers. */
  readonly address: string;
  readonly folder: string;
  readonly #client: Dashboard;
  readonly #mark: string;
  readonly #ports: readonly number[];
  /** How its dashboard was started, to be started anew. */
  #dashboard: readonly string[] = [];

  private constructor(folder: string, ports: readonly number[]) {
    this.folder = folder;
    this.#ports = ports;
    this.#mark = randomBytes(8).toString('hex');
    this.address = `http://127.0.0.1:${ports[1]}`;
    this.#client = new Dashboard(this.address);
  }

  /** @param cpus how many the head says that it has. */
  static async start({ cpus = 16 }: { readonly cpus?: number } = {}): Promise<RayHead> {
    const head = new RayHead(mkdtempSync(join(tmpdir(), 'berth-ray-')), await freePorts(7));
    try {
      await head.up(cpus);
    } catch (error) {
      await head.stop();
      throw error;
    }
    return head;
  }

  /** Starts it, also after it was killed: then nothing is left of what ran before. */
  async up(cpus = 16): Promise<void> {
    const [gcs, dashboard, agent, metrics, client, serve, agentGrpc] = this.#ports;
    const args = [
      ...['-m', 'ray.scripts.scripts', 'start', '--head', `--num-cpus=${cpus}`, '--disable-usage-stats'],
      ...['--node-ip-address=127.0.0.1', '--include-dashboard=true', '--dashboard-host=127.0.0.1', `--port=${gcs}`],
      ...[`--dashboard-port=${dashboard}`, `--dashboard-agent-listen-port=${agent}`],
      ...[`--dashboard-agent-grpc-port=${agentGrpc}`, `--metrics-export-port=${metrics}`],
      ...[`--ray-client-server-port=${client}`, '--min-worker-port=0', '--max-worker-port=0'],
      ...[`--temp-dir=${this.folder}`, '--object-store-memory=80000000'],
    ];
    await promisify(execFile)(RAY_PYTHON!, args, { env: this.environment, cwd: this.folder, timeout: 60_000 });
    await until(async () => (await this.#get('/api/version')) !== undefined, 60_000);
    const found = this.#processes().find(({ args: own }) => own.some((arg) => arg.endsWith('dashboard/dashboard.py')));
    if (!found) throw new Error('the head has no dashboard');
    this.#dashboard = found.args;
    // Whoever runs a cluster says where its proxy listens; the port that is Serve's own may be taken.
    await this.put({ proxy_location: 'HeadOnly', http_options: { host: '127.0.0.1', port: serve }, applications: [] });
  }

  /** Of the proxy: where requests come in. */
  get proxy(): string {
    return `http://127.0.0.1:${this.#ports[5]}`;
  }

  get metricsPort(): number {
    return this.#ports[3]!;
  }

  /** By the client that is tested, since Ray takes nothing from Node's `fetch`. */
  async put(config: unknown): Promise<void> {
    await this.#client.text({ method: 'PUT', path: '/api/serve/applications/', body: config, what: 'take a config' });
  }

  /** Where programs reach the cluster. */
  get gcs(): string {
    return `127.0.0.1:${this.#ports[0]}`;
  }

  /** Moves replicas as whoever scales from outside does. */
  async scale(application: string, deployment: string, replicas: number): Promise<void> {
    const path = `/api/v1/applications/${application}/deployments/${deployment}/scale`;
    await this.#client.text({ method: 'POST', path, body: { target_num_replicas: replicas }, what: 'scale' });
  }

  /** What a program ran is in no config: a config of its name takes it over, and one without it ends it. */
  async forgetImperative(name: string): Promise<void> {
    await this.put({ applications: [{ name, route_prefix: `/${name}`, import_path: 'gated:build', args: {} }] });
    await this.clear();
  }

  /** All of Serve, as it says it. */
  async serve(): Promise<ServeSaid> {
    const said = await this.#get('/api/serve/applications/');
    if (said === undefined) throw new Error('the head does not answer');
    return said as ServeSaid;
  }

  /** Removes every application and every record of a job: as new. */
  async clear(): Promise<void> {
    await this.put({
      proxy_location: 'HeadOnly',
      http_options: { host: '127.0.0.1', port: this.#ports[5] },
      applications: [],
    });
    await until(async () => Object.keys((await this.serve()).applications).length === 0, 60_000);
    await until(async () => {
      const jobs = (await this.#get('/api/jobs/')) as { submission_id: string | null }[];
      const ours = jobs.flatMap(({ submission_id: id }) => (id === null ? [] : [id]));
      for (const id of ours)
        await this.#client.answer({
          method: 'DELETE',
          path: `/api/jobs/${encodeURIComponent(id)}`,
          what: 'forget a job',
        });
      return ours.length === 0;
    }, 60_000);
  }

  /** kill -9 of what answers at its address; applications go on. */
  killDashboard(): void {
    for (const { pid, args } of this.#processes())
      if (args.join(' ').includes('dashboard/dashboard.py') || args.join(' ').startsWith('ray-dashboard-'))
        process.kill(pid, 'SIGKILL');
  }

  async restartDashboard(): Promise<void> {
    const [program, ...args] = this.#dashboard;
    spawn(program!, args, { env: this.environment, cwd: this.folder, stdio: 'ignore', detached: true }).unref();
    await until(async () => (await this.#get('/api/serve/applications/')) !== undefined, 60_000);
    await until(async () => (await this.#get('/api/jobs/')) !== undefined, 60_000);
  }

  /** Of what answers at its address: stopped, it takes connections and says nothing. */
  signalDashboard(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const { pid, args } of this.#processes())
      if (args.join(' ').includes('dashboard/dashboard.py')) process.kill(pid, signal);
  }

  /** kill -9 of all of it. */
  async kill(): Promise<void> {
    await until(() => {
      const alive = this.#processes();
      for (const { pid } of alive) process.kill(pid, 'SIGKILL');
      return alive.length === 0;
    });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** With which a program finds the applications of the fixtures, and belongs to the head. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      RAY_USAGE_STATS_ENABLED: '0',
      PYTHONPATH: APPS,
      PYTHONDONTWRITEBYTECODE: '1',
      [MARK]: this.#mark,
    };
  }

  async #get(path: string): Promise<unknown> {
    try {
      return JSON.parse(await this.#client.text({ method: 'GET', path, what: 'say it' }, AbortSignal.timeout(5000)));
    } catch {
      return undefined;
    }
  }

  /** Those that carry its mark and have not ended. */
  #processes(): readonly { readonly pid: number; readonly args: readonly string[] }[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        if (!readFileSync(`/proc/${name}/environ`).includes(`${MARK}=${this.#mark}`)) return [];
        const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        if (args.at(-1) === '') args.pop();
        return [{ pid: Number(name), args }];
      } catch {
        return []; // it has ended meanwhile
      }
    });
  }
}

export interface ServeSaid {
  readonly applications: Readonly<
    Record<
      string,
      {
        readonly status: string;
        readonly deployed_app_config: Readonly<Record<string, unknown>> | null;
        readonly last_deployed_time_s: number;
        readonly deployments: Readonly<
          Record<
            string,
            {
              readonly target_num_replicas: number;
              readonly replicas: readonly {
                readonly replica_id: string;
                readonly state: string;
                readonly pid: number;
              }[];
            }
          >
        >;
      }
    >
  >;
}

/** Held all at once, so that they are different. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
