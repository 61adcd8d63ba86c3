/**
 * Entry point of the agent: `agent-process STATE_FOLDER`.
 *
 * It says one line of JSON on standard output, `{"ready":true}` or the problem that keeps it from starting, closes it, and from then on
 * speaks through its socket and its log alone.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { problemOf } from '../../../deploy-problem.ts';
import { MetricsServer } from '../../../runtime/serving/metrics-server.ts';
import { metricsAddress } from '../serving/metrics-address.ts';
import { BELIEVED_MS, takeLock, type AgentLock } from './agent-lock.ts';
import { AgentServer } from './agent-server.ts';
import { Agent } from './agent.ts';
import { LineLog } from './line-log.ts';
import { prepareFolder, socketPath, stateFolder } from './state-folder.ts';
import { workloadMaker } from '../kinds.ts';
import { problemError } from '../../../../spec/problems/problem-error.ts';

/** Longer than a dead agent of another machine, or of a container that was started anew, is still believed to live. */
const OTHER_MACHINE_MS = 1.25 * BELIEVED_MS;
const IDLE_MS = Number(process.env.BERTH_AGENT_IDLE_MS) || 5 * 60_000;

async function main(): Promise<void> {
  const folder = stateFolder(process.argv[2]);
  prepareFolder(folder);
  const lock = await lockOf(folder);
  if (!lock) return announce({ ready: true }); // another was quicker; whoever started this one talks to that one
  const log = new LineLog(join(folder, 'agent.log'), 5 << 20);
  log.write(`agent ${process.pid} begins`);

  const metrics = new MetricsServer(metricsAddress(folder));
  const agent = new Agent({ folder, log, makeWorkload: workloadMaker({ metrics }) });
  const end = (why: string): void => {
    log.write(`agent ${process.pid} ends: ${why}`);
    process.exit(0);
  };
  const server = new AgentServer(agent, () => end('it was asked to'));
  await server.listen(socketPath(folder));
  agent.recover();
  announce({ ready: true });

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      server.leave();
      void agent.halt().then(() => end(signal));
    });
  process.on('SIGHUP', () => {}); // the terminal that it was started from may close
  // A mistake in one deployment must not take the others down: it is written down, and the agent goes on.
  process.on('uncaughtException', (error) => log.write(`fault in the agent: ${error.stack ?? error.message}`));
  process.on('unhandledRejection', (reason) =>
    log.write(`fault in the agent: ${reason instanceof Error ? reason.stack : String(reason)}`),
  );

  let activeAt = performance.now();
  let lost = false;
  setInterval(
    () => {
      if (lost) return;
      const state = lock.look();
      if (state === 'overtaken') end('another agent has taken over');
      if (state === 'removed') {
        // Nobody can find it here any more, nor what it runs: it takes all of it along, as a database does without its folder.
        lost = true;
        void agent.halt().finally(() => end('its state folder was removed'));
      }
      if (agent.active) activeAt = performance.now();
      if (Math.min(server.unusedMs, performance.now() - activeAt) >= IDLE_MS) end('nobody needs it');
    },
    Math.min(1000, IDLE_MS / 4),
  );
}

/** The lock of a state folder; undefined where another agent of this machine has it. @throws ProblemError where one elsewhere has it. */
async function lockOf(folder: string): Promise<AgentLock | undefined> {
  const deadline = performance.now() + OTHER_MACHINE_MS;
  for (;;) {
    const result = takeLock(folder);
    if (result.state === 'held') return result.lock;
    if (result.state === 'taken') return undefined;
    if (performance.now() > deadline)
      throw problemError('BERTH5052', { folder, host: result.by.host ?? 'another machine', pid: result.by.pid });
    await delay(500);
  }
}

function announce(line: object): void {
  try {
    writeSync(1, `${JSON.stringify(line)}\n`);
    closeSync(1);
    // The number is not left free: the next file or socket would get it, and be written to by whatever touches standard output.
    openSync(devNull, 'w');
  } catch {
    // whoever started it is gone already
  }
}

main().catch((error: unknown) => {
  announce({ problem: problemOf(error).problem });
  process.exit(1);
});
