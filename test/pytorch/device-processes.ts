/** Device processes of a PyTorch run, ordered by hand, as a target would. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { DeviceSetup } from '../../server/src/deploy/runtime/training/messages.ts';
import { OFFLINE } from './python.ts';

type Report = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Done {
  readonly losses: readonly { readonly node: number; readonly loss: string }[];
  readonly bytesSent: number;
  readonly busyUs: number;
  readonly endUs: number;
  readonly peakBytes?: number;
}

export interface Setup {
  readonly python: string;
  readonly module: string;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly devices: number;
  readonly nodes: readonly { readonly name: string; readonly device: number; readonly op?: object }[];
  readonly memory?: number;
  readonly profile?: NonNullable<DeviceSetup['profile']>;
  readonly optimizer?: NonNullable<DeviceSetup['optimizer']>;
  /** Of each process; its share of the cores where absent. */
  readonly threads?: number;
  readonly resume?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class DeviceProcesses {
  readonly #members: {
    readonly child: ChildProcessWithoutNullStreams;
    readonly reports: AsyncIterator<string>;
    readonly errors: string[];
  }[];
  readonly #setup: Setup;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#members = Array.from({ length: setup.devices }, () => {
      const child = spawn(setup.python, ['-m', 'berth_torch.run'], {
        env: { ...process.env, ...OFFLINE, ...setup.env },
      });
      const errors: string[] = [];
      child.stdin.on('error', () => {}); // it ended while something was written to it
      child.stderr.on('data', (data) => errors.push(String(data)));
      return { child, errors, reports: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    });
  }

  /** Until all are connected. @throws Error with what a device reported in place of that. */
  async start(): Promise<void> {
    const { devices, nodes, python: _, env: __, ...rest } = this.#setup;
    const names = Array.from({ length: devices }, (_, device) => `gpu${device}`);
    const token = randomBytes(32).toString('hex');
    const host = '127.0.0.1';
    const plan = { devices: names, nodes, edges: [] };
    const order = { type: 'setup', version: 1, host, plan, token, resume: null, ...rest };
    this.#order((device) => ({ ...order, device }));
    const addresses = (await this.#all<{ port: number }>('listening')).map(({ port }) => ({ host, port }));
    this.#order(() => ({ type: 'connect', addresses }));
    await this.#all('connected');
  }

  async step(step: number): Promise<{ readonly loss: number; readonly devices: readonly Done[] }> {
    this.#order(() => ({ type: 'step', step }));
    const devices = await this.#all<Done>('done');
    return { loss: Number(devices.flatMap(({ losses }) => losses)[0]?.loss), devices };
  }

  async checkpoint(folder: string, step: number): Promise<void> {
    this.#order((device) => ({ type: 'checkpoint', step, path: `${folder}/device-${device}.safetensors` }));
    await this.#all('checkpointed');
  }

  kill(device: number): void {
    this.#members[device]?.child.kill('SIGKILL');
  }

  async end(): Promise<void> {
    await Promise.all(
      this.#members.map(
        ({ child }) =>
          new Promise<void>((ended) => {
            if (child.exitCode !== null || child.signalCode !== null) return ended();
            child.once('exit', () => ended());
            child.stdin.end();
          }),
      ),
    );
  }

  #order(make: (device: number) => object): void {
    this.#members.forEach(({ child }, device) => child.stdin.write(`${JSON.stringify(make(device))}\n`));
  }

  async #all<T>(type: string): Promise<readonly T[]> {
    return Promise.all(
      this.#members.map(async ({ reports, errors }, device) => {
        for (;;) {
          const { value, done } = await reports.next();
          if (done) throw new Error(`device ${device} ended: ${errors.join('').slice(-2000)}`);
          const report = JSON.parse(String(value)) as Report;
          if (report.type === 'failed') throw new Error(`${String(report.blame)}: ${String(report.message)}`);
          if (report.type === type) return report as unknown as T;
        }
      }),
    );
  }
}
