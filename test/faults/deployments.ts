/** One deployment of each kind that faults are laid into: two revisions that differ in all that can differ, and what must be true of each. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Live } from '../../server/src/deploy/live.ts';
import { executionPlan } from '../../server/src/deploy/runtime/training/execution-plan.ts';
import { loadTrainingModule } from '../../server/src/deploy/runtime/training/module.ts';
import { NodeRunner } from '../../server/src/deploy/runtime/training/node-runner.ts';
import { NO_TRANSPORT, runStep } from '../../server/src/deploy/runtime/training/step.ts';
import type {
  DeploymentId,
  Desired,
  DesiredPlacement,
  FederationStatus,
  PlacementStatus,
} from '../../server/src/deploy/types.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { desiredFederation } from '../integration/federation-run.ts';
import { desiredRun } from '../integration/training-run.ts';

/** Of the revision that is applied first, and of the one that it is updated to. */
export type Version = 1 | 2;

/** Where it runs, seen without asking an agent. */
export interface Ground {
  readonly addresses: readonly string[];
  readonly fell: boolean;
  /** What is in its state file. */
  ownState(): unknown;
}

export interface Subject {
  readonly id: DeploymentId;
  /** Folder in which its commands run. */
  readonly folder: string;
  desired(version: Version): Desired;
  /** Its work is done, where it has an end. */
  isOver(live: Live): boolean;
  /** How many processes it has then, those of users' programs included. */
  processes(version: Version): number;
  /** What is wrong with it when it stands. @param kept its own state as it was certainly on the disk when the fault came. */
  flaws(live: Live, version: Version, kept: unknown, ground: Ground): Promise<readonly string[]>;
  /** Keeps it busy until its work is done, or for a while; no longer than to the fault. */
  use(ground: Ground): Promise<void>;
}

const REPLICAS = fileURLToPath(new URL('../fixtures/replica/', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));
const TRAINER = fileURLToPath(new URL('../integration/federation-trainer.mjs', import.meta.url));

const cluster: Subject = {
  id: 'InferenceCluster/vision',
  folder: REPLICAS,
  desired: (version) =>
    serving({
      policy: 'static',
      jobs:
        version === 1
          ? [
              { name: 'tags', replicas: 2 },
              { name: 'faces', replicas: 1 },
            ]
          : [
              { name: 'tags', replicas: 1, command: ['node', 'echo.mjs', 'v2'] },
              { name: 'words', replicas: 2 },
            ],
    }),
  isOver: () => true,
  processes: () => 3,
  async flaws({ status, desired }) {
    if (status.kind !== 'InferenceCluster' || desired.kind !== 'InferenceCluster') return ['it is another kind'];
    const found: string[] = [];
    for (const { name, serve } of desired.spec.jobs) {
      const job = status.jobs.find((candidate) => candidate.name === name);
      if (job?.readyReplicas !== desired.replicas[name])
        found.push(`${name}: ${job?.readyReplicas} of ${desired.replicas[name]} replicas are ready`);
      const said = await versionAt(job?.endpoint ?? '');
      if (said !== (serve?.command?.[2] ?? 'v1')) found.push(`${name}: its router answers ${said}`);
    }
    return found;
  },
  async use({ addresses }) {
    // Bodies that do not fit into memory lie on the disk while they wait.
    const body = Buffer.alloc(600_000, 'x');
    const ask = (i: number): Promise<unknown> =>
      fetch(`${addresses[i % addresses.length]!}?ms=10`, { method: 'POST', body: i % 4 === 0 ? body : 'short' })
        .then((response) => response.text())
        .catch(() => undefined); // the fault is what the test is about
    for (let round = 0; round < 4; round++) await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(ask));
  },
};

/** Its jobs sleep whenever nobody asks: it has processes only while it is used. */
const sleeper: Subject = {
  id: 'InferenceCluster/night',
  folder: REPLICAS,
  desired: (version) =>
    serving({
      name: 'night',
      policy: 'berth',
      reactiveIntervalMs: 50,
      jobs:
        version === 1
          ? [{ name: 'search', min: 0, sleepsAfterMs: 300 }]
          : [
              { name: 'search', min: 0, sleepsAfterMs: 200, command: ['node', 'echo.mjs', 'v2'] },
              { name: 'tags', min: 0, sleepsAfterMs: 300 },
            ],
    }),
  isOver: () => true,
  processes: () => 0,
  async flaws({ status, desired }, _version, kept, ground) {
    if (status.kind !== 'InferenceCluster' || desired.kind !== 'InferenceCluster') return ['it is another kind'];
    const { ports = {} } = (kept ?? {}) as Partial<Sleeping>;
    const found: string[] = [];
    for (const { name, serve } of desired.spec.jobs) {
      const endpoint = status.jobs.find((job) => job.name === name)?.endpoint ?? '';
      if (ports[name] !== undefined && endpoint !== `http://127.0.0.1:${ports[name]}/`)
        found.push(`${name}: its router is at ${endpoint}, and had port ${ports[name]}`);
      // Many at once, who wake it together.
      const said = await Promise.all([1, 2, 3, 4].map(() => versionAt(endpoint)));
      const wrong = said.find((version) => version !== (serve?.command?.[2] ?? 'v1'));
      if (wrong !== undefined) found.push(`${name}: who wakes it is answered ${wrong}`);
    }
    const deadline = performance.now() + 60_000;
    while (!isAsleep(ground.ownState()) && performance.now() < deadline) await delay(10);
    if (!isAsleep(ground.ownState())) found.push(`it does not sleep again: ${JSON.stringify(ground.ownState())}`);
    return found;
  },
  async use(ground) {
    for (let round = 0; round < 3 && !ground.fell; round++) {
      await Promise.all(ground.addresses.flatMap((address) => [versionAt(address), versionAt(address)]));
      await comesTo(ground, isAsleep);
    }
  },
};

/** What is kept of a serving deployment's jobs, by their names. */
interface Sleeping {
  readonly ports: Readonly<Record<string, number>>;
  readonly replicas: Readonly<Record<string, number>>;
}

function isAsleep(state: unknown): boolean {
  const { replicas } = (state ?? {}) as Partial<Sleeping>;
  return replicas !== undefined && Object.values(replicas).every((count) => count === 0);
}

/** The version that a replica says it is, or what was answered in its place. */
function versionAt(endpoint: string): Promise<string> {
  return fetch(endpoint).then(
    async (response) => {
      const text = await response.text();
      return response.ok ? (JSON.parse(text) as { version: string }).version : `${response.status} ${text}`;
    },
    (error: unknown) => String(error),
  );
}

const run: Subject = {
  id: 'TrainingPlacement/digits',
  folder: PROGRAMS,
  desired: (version) =>
    desiredRun({
      devices: ['gpu0', 'gpu1'],
      deviceOf: (_, index) => (version === 1 ? (index < 2 ? 'gpu0' : 'gpu1') : index % 2 === 0 ? 'gpu0' : 'gpu1'),
      steps: version === 1 ? 30 : 45,
      batchSize: 1,
      folder: PROGRAMS,
      module: 'module.mjs',
      network: {
        nodes: [
          { name: 'x', op: { type: 'input' } },
          { name: 'first', op: { type: 'scale' } },
          { name: 'second', op: { type: 'scale' } },
          { name: 'loss', op: { type: 'loss' } },
        ],
        edges: [
          { from: 'x', to: 'first' },
          { from: 'first', to: 'second' },
          { from: 'second', to: 'loss' },
        ],
      },
    }),
  isOver: ({ status }) => status.phase === 'completed',
  processes: () => 0,
  async flaws({ status, desired }, _version, kept) {
    if (status.kind !== 'TrainingPlacement' || desired.kind !== 'TrainingPlacement') return ['it is another kind'];
    const { step = 0, history = [] } = (kept ?? {}) as { step?: number; history?: PlacementStatus['history'] };
    const found: string[] = [];
    if (status.step < Math.max(step, desired.spec.train!.steps))
      found.push(`it is at step ${status.step}, and ${step} was on the disk`);
    if (status.history.some((entry, i) => entry.step !== i + 1)) found.push('its history has gaps');
    if (history.some((entry, i) => entry.loss !== status.history[i]?.loss || entry.stepMs !== status.history[i].stepMs))
      found.push('its history is another than was on the disk');
    const losses = await undisturbedLosses(desired, status.history.length);
    const other = status.history.findIndex(({ loss }, i) => loss !== losses[i]);
    if (other >= 0) found.push(`the loss of step ${other + 1} is not that of a run without faults`);
    return found;
  },
  use: (ground) => comesTo(ground, (state) => (state as { step?: number }).step === 30),
};

/** What training gives where nothing happens to it: all of it in this process. */
async function undisturbedLosses(desired: DesiredPlacement, count: number): Promise<readonly number[]> {
  const plan = executionPlan({ ...desired, devices: desired.spec.devices.map(({ name }) => name) });
  const runner = await NodeRunner.create({
    plan: { ...plan, nodes: plan.nodes.map((node) => ({ ...node, device: 0 })) },
    module: await loadTrainingModule(join(PROGRAMS, 'module.mjs')),
    held: plan.nodes.map((_, index) => index),
    batchSize: desired.spec.train!.batchSize,
    learningRate: desired.spec.train!.learningRate,
  });
  const losses: number[] = [];
  for (let step = 0; step < count; step++)
    losses.push((await runStep(runner, 0, step, NO_TRANSPORT)).losses.reduce((sum, { loss }) => sum + loss, 0));
  return losses;
}

const federation: Subject = {
  id: 'Federation/hospitals',
  folder: PROGRAMS,
  desired(version) {
    const names = version === 1 ? ['north', 'south'] : ['east', 'west'];
    const desired = desiredFederation({
      names,
      rounds: version === 1 ? 4 : 6,
      command: [process.execPath, TRAINER],
      folder: PROGRAMS,
    });
    return { ...desired, rounds: [[[0, 1]]], rhoSchedule: [3] };
  },
  isOver: ({ status }) => status.phase === 'completed',
  processes: () => 0,
  async flaws({ status, desired }, _version, kept) {
    if (status.kind !== 'Federation' || desired.kind !== 'Federation') return ['it is another kind'];
    const { history = [] } = (kept ?? {}) as { history?: FederationStatus['history'] };
    const rounds = desired.spec.training!.rounds;
    const found: string[] = [];
    if (status.round < Math.max(rounds, history.length)) found.push(`it is at round ${status.round} of ${rounds}`);
    if (status.history.some((entry, i) => entry.round !== i + 1)) found.push('its history has gaps');
    if (history.some(({ digest }, i) => digest !== status.history[i]?.digest))
      found.push('an average is another than was on the disk');
    if (new Set(status.sites.map(({ digest }) => digest)).size !== 1) found.push('its sites have different averages');
    return found;
  },
  use: (ground) => comesTo(ground, (state) => (state as { history?: readonly unknown[] }).history?.length === 4),
};

export const SUBJECTS = { cluster, sleeper, run, federation } as const;
export type SubjectName = keyof typeof SUBJECTS;

async function comesTo(ground: Ground, isThere: (state: object) => boolean): Promise<void> {
  while (!ground.fell && !isThere(ground.ownState() ?? {})) await delay(10);
}
