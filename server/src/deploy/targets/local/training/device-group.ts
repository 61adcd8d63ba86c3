/** The device processes of one training run, started together, stepped together, ended together. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { checkpointFolder } from '../../../runtime/training/checkpoint.ts';
import { messageIn } from '../../../runtime/message-line.ts';
import type { ExecutionPlan } from '../../../runtime/training/execution-plan.ts';
import {
  DEVICE_ORDERS_VERSION,
  deviceReport,
  type DeviceOrder,
  type DeviceReport,
  type DeviceSetup,
} from '../../../runtime/training/messages.ts';
import type { StepMeasure } from '../../../runtime/training/recent-steps.ts';
import { monotonicUs } from '../../../runtime/training/step.ts';
import { LOOPBACK } from '../loopback.ts';
import type { ManagedProcess, WorkloadContext } from '../workload.ts';
import type { DeviceProgram } from './device-program.ts';
import { DeviceFailure } from './training-faults.ts';

type ReportOf<T extends DeviceReport['type']> = Extract<DeviceReport, { type: T }>;

export interface GroupOptions {
  readonly context: WorkloadContext;
  readonly plan: ExecutionPlan;
  /** What runs in the devices' processes. */
  readonly program: DeviceProgram;
  /** Bytes, by device. */
  readonly memory: readonly number[];
  readonly batchSize: number;
  readonly learningRate: number;
  /** What memory is planned for; undefined where the spec does not say. */
  readonly optimizer: DeviceSetup['optimizer'];
  /** By what a PyTorch module is known again. */
  readonly profile: DeviceSetup['profile'];
  /** Folder in which the processes run. */
  readonly folder: string;
  readonly resume: string | null;
  /** No report of any device for so long means that the run hangs. */
  readonly hangAfterMs: number;
  /** Breaks the group off at once. */
  readonly signal: AbortSignal;
}

interface Member {
  readonly process: ManagedProcess;
  readonly stderr: string[];
  waiting: { readonly type: DeviceReport['type']; readonly resolve: (report: DeviceReport) => void } | undefined;
  readonly unread: DeviceReport[];
}

const STDERR_LINES = 5;
/** Longer than the system takes to tell that a process has ended. */
const MOURNING_MS = 2000;

export class DeviceGroup {
  readonly #options: GroupOptions;
  readonly #members: Member[];
  readonly #broken: Promise<never>;
  #break!: (failure: DeviceFailure) => void;
  #lastReport = 0;
  #ending = false;
  readonly #mourners = new Set<number>();

  private constructor(options: GroupOptions) {
    this.#options = options;
    this.#broken = new Promise((_, reject) => (this.#break = reject));
    this.#broken.catch(() => {}); // heard by whoever waits; nobody may be waiting when it breaks
    options.signal.addEventListener('abort', () => this.#break(new DeviceFailure('machine', 'the run was stopped')), {
      once: true,
    });
    if (options.signal.aborted) this.#break(new DeviceFailure('machine', 'the run was stopped'));
    this.#members = options.plan.devices.map((name, index) => this.#startMember(name, index));
  }

  /** @throws DeviceFailure; no process is left then. */
  static async start(options: GroupOptions): Promise<DeviceGroup> {
    const group = new DeviceGroup(options);
    try {
      await group.#setUp();
      return group;
    } catch (error) {
      await group.end();
      throw error;
    }
  }

  /** Runs one step on all devices. @throws DeviceFailure */
  async step(step: number): Promise<StepMeasure> {
    const begin = monotonicUs();
    this.#order(() => ({ type: 'step', step }));
    const reports = await this.#all('done');
    const losses = reports.flatMap((report) => report.losses).sort((a, b) => a.node - b.node);
    if (losses.length === 0) throw new DeviceFailure('module', 'no node of the graph returned a loss');
    const loss = losses.reduce((sum, part) => sum + Number(part.loss), 0);
    if (!Number.isFinite(loss)) throw new DeviceFailure('diverged', `the loss of step ${step + 1} is ${loss}`);
    const correct = losses.reduce((sum, part) => sum + part.correct, 0);
    const count = losses.reduce((sum, part) => sum + part.count, 0);
    return {
      step,
      loss,
      accuracy: count > 0 ? { correct, count } : null,
      forwardMs: (Math.max(...reports.map((report) => report.forwardEndUs)) - begin) / 1000,
      stepMs: (Math.max(...reports.map((report) => report.endUs)) - begin) / 1000,
      busyMs: reports.map((report) => report.busyUs / 1000),
      bytesSent: reports.map((report) => report.bytesSent),
      ...(reports.some((report) => report.peakBytes !== undefined) && {
        peakBytes: reports.map((report) => report.peakBytes ?? null),
      }),
    };
  }

  /** Has every device write its part of the checkpoint after `step` steps. @throws DeviceFailure */
  async checkpoint(folder: string, step: number): Promise<void> {
    this.#order((index) => ({
      type: 'checkpoint',
      step,
      path: join(checkpointFolder(folder, step), `device-${index}${this.#options.program.checkpointEnding}`),
    }));
    await this.#all('checkpointed');
  }

  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#members.map(({ process }) => process.end()));
  }

  async #setUp(): Promise<void> {
    const { plan, program, memory, batchSize, learningRate, optimizer, profile, resume } = this.#options;
    const token = randomBytes(32).toString('hex');
    const host = LOOPBACK;
    const version = DEVICE_ORDERS_VERSION;
    this.#order((device) => ({
      type: 'setup',
      version,
      device,
      host,
      plan,
      module: program.module,
      batchSize,
      learningRate,
      token,
      resume,
      ...(optimizer !== undefined && { optimizer }),
      ...(profile !== undefined && { profile }),
      ...(program.keepsMemory && { memory: memory[device]! }),
    }));
    const addresses = (await this.#all('listening')).map(({ port }) => ({ host, port }));
    this.#order(() => ({ type: 'connect', addresses }));
    await this.#all('connected');
  }

  #startMember(name: string, index: number): Member {
    const { context, folder, program } = this.#options;
    const stderr: string[] = [];
    const process_ = context.spawn({
      label: name,
      command: program.command,
      args: program.args,
      cwd: folder,
      env: program.env,
      background: true,
      onLine: (line, stream) => {
        const report = stream === 'stdout' ? messageIn(deviceReport, line) : undefined;
        if (report !== undefined) {
          this.#heard(index, report);
          return;
        }
        stderr.push(line);
        if (stderr.length > STDERR_LINES) stderr.shift();
        context.log(`${name} | ${line}`);
      },
    });
    void process_.exited.then(({ code, signal }) => {
      if (this.#ending || this.#mourners.has(index)) return;
      const how = signal !== null ? `by ${signal}` : `with code ${code}`;
      this.#break(new DeviceFailure('exited', [how, ...stderr].join(' | '), name));
    });
    return { process: process_, stderr, waiting: undefined, unread: [] };
  }

  #heard(index: number, report: DeviceReport): void {
    this.#lastReport = monotonicUs();
    if (report.type === 'alive') return;
    if (report.type === 'failed') {
      const name = this.#options.plan.devices[index]!;
      if (report.blame === 'lost') {
        this.#mourn(index, report.message);
        return;
      }
      const subject = report.node ?? (report.blame === 'machine' || report.blame === 'memory' ? name : undefined);
      this.#break(new DeviceFailure(report.blame, report.message, subject));
      return;
    }
    const member = this.#members[index]!;
    if (member.waiting?.type === report.type) {
      const { resolve } = member.waiting;
      member.waiting = undefined;
      resolve(report);
    } else {
      member.unread.push(report);
    }
  }

  /** A device that lost another ends too. The one that was lost says more, and may only be heard of a moment later. */
  #mourn(index: number, message: string): void {
    this.#mourners.add(index);
    const name = this.#options.plan.devices[index]!;
    const timer = setTimeout(() => this.#break(new DeviceFailure('machine', message, name)), MOURNING_MS);
    timer.unref();
  }

  #order(make: (index: number) => DeviceOrder): void {
    this.#members.forEach(({ process }, index) => process.write(`${JSON.stringify(make(index))}\n`));
  }

  /** One report of that type from every device. */
  async #all<T extends DeviceReport['type']>(type: T): Promise<ReportOf<T>[]> {
    this.#lastReport = monotonicUs();
    const { hangAfterMs, plan } = this.#options;
    const watch = setInterval(
      () => {
        if ((monotonicUs() - this.#lastReport) / 1000 < hangAfterMs) return;
        const silent = plan.devices.filter((_, index) => this.#members[index]!.waiting !== undefined);
        this.#break(
          new DeviceFailure('hung', `${silent.join(', ')} reported nothing for ${hangAfterMs / 1000} s`, silent[0]),
        );
      },
      Math.min(1000, hangAfterMs / 4),
    );
    try {
      const reports = this.#members.map(
        (member) =>
          new Promise<DeviceReport>((resolve) => {
            const position = member.unread.findIndex((report) => report.type === type);
            if (position >= 0) resolve(member.unread.splice(position, 1)[0]!);
            else member.waiting = { type, resolve };
          }),
      );
      return (await Promise.race([Promise.all(reports), this.#broken])) as ReportOf<T>[];
    } finally {
      clearInterval(watch);
    }
  }
}
