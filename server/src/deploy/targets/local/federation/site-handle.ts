/** The agent's end of one site process: gives an order, waits for the answer, notices when none will come. */
import { fileURLToPath } from 'node:url';
import { entryUrl } from '../../../../host/entry.ts';
import { messageIn } from '../../../runtime/message-line.ts';
import { siteReport, type SiteOrder, type SiteReport } from '../../../runtime/sites/messages.ts';
import type { ManagedProcess, WorkloadContext } from '../workload.ts';
import { SiteFailure } from './federation-faults.ts';

type Answer = Extract<
  SiteReport,
  { type: 'ready' | 'joined' | 'trained' | 'averaged' | 'aborted' | 'committed' | 'evaluated' }
>;

export interface SiteHandleOptions {
  readonly context: WorkloadContext;
  readonly name: string;
  readonly cwd: string;
  /** A site process that says nothing at all for so long is taken to be lost, and ended. */
  readonly silenceMs: number;
  readonly onTraffic: (bytesSent: number) => void;
  readonly onRefused: (who: string, why: string) => void;
}

export class SiteHandle {
  readonly name: string;
  readonly #process: ManagedProcess;
  readonly #watch: NodeJS.Timeout;
  #owed:
    | {
        readonly types: readonly Answer['type'][];
        readonly resolve: (answer: Answer) => void;
        readonly reject: (failure: SiteFailure) => void;
      }
    | undefined;
  #failure: SiteFailure | undefined;
  #heard = performance.now();

  constructor(options: SiteHandleOptions) {
    const { context, name, cwd, silenceMs } = options;
    this.name = name;
    this.#process = context.spawn({
      label: name,
      command: process.execPath,
      args: [fileURLToPath(entryUrl('site-process'))],
      cwd,
      env: {},
      background: true,
      onLine: (line, stream) => {
        this.#heard = performance.now();
        const report = stream === 'stdout' ? messageIn(siteReport, line) : undefined;
        if (report === undefined) context.log(`${name} | ${line}`);
        else this.#hear(report, options);
      },
    });
    this.#watch = setInterval(
      () => {
        if (performance.now() - this.#heard < silenceMs) return;
        this.#fail(new SiteFailure(name, 'silent', `its process said nothing for ${silenceMs / 1000} s`));
        void this.#process.end(0);
      },
      Math.min(1000, silenceMs / 4),
    );
    void this.#process.exited.then(({ code, signal }) => {
      clearInterval(this.#watch);
      this.#fail(
        new SiteFailure(
          name,
          'killed',
          signal !== null ? `its process was ended by ${signal}` : `its process ended with code ${code}`,
        ),
      );
    });
  }

  /** The failure after which this process answers no more. */
  get failure(): SiteFailure | undefined {
    return this.#failure;
  }

  /** One order at a time, but for `tell`. @throws SiteFailure */
  ask<T extends Answer['type']>(order: SiteOrder, ...types: readonly T[]): Promise<Extract<Answer, { type: T }>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#owed = { types, resolve: resolve as (answer: Answer) => void, reject };
      this.tell(order);
    });
  }

  tell(order: SiteOrder): void {
    this.#process.write(`${JSON.stringify(order)}\n`);
  }

  async end(): Promise<void> {
    clearInterval(this.#watch);
    this.#fail(new SiteFailure(this.name, 'aborted', 'it was ended'));
    await this.#process.end();
  }

  #hear(report: SiteReport, { context, onTraffic, onRefused }: SiteHandleOptions): void {
    switch (report.type) {
      case 'alive':
        return;
      case 'traffic':
        onTraffic(report.bytesSent);
        return;
      case 'refused':
        onRefused(report.who, report.why);
        return;
      case 'log':
        context.log(`${this.name} | ${report.line}`);
        return;
      case 'failed':
        this.#fail(new SiteFailure(this.name, report.reason, report.message, report.exit));
        return;
      default: {
        if (!this.#owed?.types.includes(report.type)) return;
        const { resolve } = this.#owed;
        this.#owed = undefined;
        resolve(report);
      }
    }
  }

  #fail(failure: SiteFailure): void {
    this.#failure ??= failure;
    this.#owed?.reject(this.#failure);
    this.#owed = undefined;
  }
}
