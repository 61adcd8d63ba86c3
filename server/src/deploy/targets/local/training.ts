/**
 * Training runs of the local target: one worker process per device executes the placement, tensors move between the processes as the plan
 * says, and the run goes on from its last checkpoint whatever ended it.
 */
import { listOf, natural, nullable, number, object, text } from '../../shape.ts';
import { trainingStep } from '../../shapes.ts';
import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { makeFolderDurably } from '../../runtime/durable-file.ts';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deployFault } from '../../deploy-problem.ts';
import type { Drift } from '../../live.ts';
import {
  checkpointDamage,
  checkpointFolder,
  checkpointSteps,
  readStory,
  writeStory,
} from '../../runtime/training/checkpoint.ts';
import { executionPlan } from '../../runtime/training/execution-plan.ts';
import { TrainingModuleError } from '../../runtime/training/module.ts';
import { RecentSteps, type RecentAverages, type StepMeasure } from '../../runtime/training/recent-steps.ts';
import type { DesiredPlacement, Fault, Phase, PlacementStatus } from '../../types.ts';
import { DeviceGroup } from './training/device-group.ts';
import { writePlacementFile } from './training/placement-file.ts';
import { deviceProgram } from './training/device-program.ts';
import { DeviceFailure, isHopeless, trainingFault } from './training/training-faults.ts';
import type { Local, MendingContext, StepText, Workload, WorkloadFactory, WorkloadStatus } from './workload.ts';
import { ProblemError } from '../../../spec/problems/problem-error.ts';

export interface TrainingOptions {
  /** No sign of life from any device for so long is a hang. */
  readonly hangAfterMs: number;
  /** How often the run is started again from one and the same checkpoint. */
  readonly restarts: number;
  /** Before the first restart; doubles with each further one. */
  readonly restartDelayMs: number;
  /** Steps between two checkpoints, given the steps of the run. */
  readonly checkpointEvery: (steps: number) => number;
}

const DEFAULTS: TrainingOptions = {
  hangAfterMs: 120_000,
  restarts: 3,
  restartDelayMs: 250,
  checkpointEvery: (steps) => Math.min(50, Math.max(5, Math.ceil(steps / 10))),
};

type HistoryEntry = PlacementStatus['history'][number];

/** On disk: the last checkpoint that every device finished, and the story up to it. */
interface SavedRun {
  /** Hash of what makes the losses: graph, ops, module, batch size, learning rate. The placement is not part of it. */
  readonly key: string;
  readonly step: number;
  readonly history: readonly HistoryEntry[];
  readonly averages: RecentAverages | null;
}

export const savedRun = object<SavedRun>({
  key: text,
  step: natural,
  history: listOf(trainingStep),
  averages: nullable(
    object<RecentAverages>({
      accuracy: nullable(number),
      forwardMs: number,
      stepMs: number,
      busyMs: listOf(number),
      bytesSent: listOf(number),
    }),
  ),
});

export interface TrainingWorkload extends Workload<DesiredPlacement> {
  status(): WorkloadStatus<PlacementStatus>;
}

export function createTrainingWorkload(
  options: Partial<TrainingOptions> = {},
): (desired: Local<DesiredPlacement>, context: MendingContext) => TrainingWorkload {
  return (desired, context) => new TrainingRun(desired, context, { ...DEFAULTS, ...options });
}

export const trainingWorkload: WorkloadFactory<DesiredPlacement> = createTrainingWorkload();

class TrainingRun implements TrainingWorkload {
  #desired: Local<DesiredPlacement>;
  readonly #context: MendingContext;
  readonly #options: TrainingOptions;
  readonly #checkpoints: string;
  #phase: Phase = 'starting';
  /** What ended the run for good. */
  #failure: Omit<Fault, 'at'> | undefined;
  /** Faults that are mended once a further checkpoint is written. */
  readonly #mending: Omit<Fault, 'at'>[] = [];
  /** Steps finished. */
  #step = 0;
  #recent: RecentSteps;
  /** Bytes of each device at its worst moment, of the processes that run now. */
  #peaks: readonly (number | null)[] | undefined;
  #loop: Promise<void> = Promise.resolve();
  /** The last write of the placement. */
  #written: Promise<void> = Promise.resolve();
  /** Asks the loop to stop; `pause` lets it finish the step and write a checkpoint first. */
  #wanted: 'run' | 'pause' | 'stop' = 'run';
  #stopping = new AbortController();

  constructor(desired: Local<DesiredPlacement>, context: MendingContext, options: TrainingOptions) {
    this.#desired = desired;
    this.#context = context;
    this.#options = options;
    this.#checkpoints = join(context.folder, 'checkpoints');
    this.#recent = new RecentSteps(desired.spec.devices.length);
  }

  async start(signal: AbortSignal, step: StepText): Promise<void> {
    step('writing the placement', 0, 3);
    await this.#findCheckpoint();
    const saved = this.#savedRun();
    this.#step = saved.step;
    this.#recent = new RecentSteps(this.#desired.spec.devices.length, saved);
    await this.#writePlacement();
    const train = this.#desired.spec.train;
    if (train === undefined || this.#step >= train.steps) {
      this.#enter('completed');
      step(train === undefined ? 'placement written' : 'the run is complete', 3, 3);
      return;
    }
    step(`starting ${this.#desired.spec.devices.length} device processes`, 1, 3);
    this.#enter('starting');
    this.#wanted = 'run';
    this.#failure = undefined;
    this.#stopping = new AbortController();
    const begun = new Promise<void>((resolve) => {
      this.#loop = this.#train(resolve).finally(resolve);
    });
    const abort = () => void this.stop();
    signal.addEventListener('abort', abort, { once: true });
    await begun;
    signal.removeEventListener('abort', abort);
    if (signal.aborted) {
      await this.#loop;
      throw signal.reason as Error;
    }
    if (this.#failure !== undefined) throw new ProblemError(this.#failure);
    step('training runs', 3, 3);
  }

  async update(desired: Local<DesiredPlacement>, signal: AbortSignal, step: StepText): Promise<void> {
    const same = (pick: (d: Local<DesiredPlacement>) => unknown) =>
      JSON.stringify(pick(desired)) === JSON.stringify(pick(this.#desired));
    const onlySteps = same((d) => [d.placement, d.folder, d.python, runKey(d)]) && desired.spec.train !== undefined;
    if (onlySteps && (this.#phase === 'running' || this.#phase === 'starting')) {
      this.#desired = desired; // the loop reads the number of steps before each one
      await this.#writePlacement();
      this.#context.changed();
      return;
    }
    step('finishing the step that runs', 0, 3);
    this.#wanted = 'pause';
    await this.#loop;
    this.#desired = desired;
    await this.start(signal, step);
  }

  status(): WorkloadStatus<PlacementStatus> {
    const { spec, placement, predictedForwardUs, predictedBackwardUs } = this.#desired;
    const recent = this.#recent.averages();
    return {
      phase: this.#phase,
      summary: this.#summary(),
      step: this.#step,
      steps: spec.train?.steps ?? 0,
      loss: this.#recent.history.at(-1)?.loss ?? null,
      accuracy: recent?.accuracy ?? null,
      predictedForwardMs: predictedForwardUs / 1000,
      measuredForwardMs: recent?.forwardMs ?? null,
      predictedStepMs: predictedBackwardUs === null ? null : (predictedForwardUs + predictedBackwardUs) / 1000,
      measuredStepMs: recent?.stepMs ?? null,
      devices: spec.devices.map(({ name }, index) => ({
        name,
        nodes: placement.filter(({ device }) => device === name).length,
        busyMsPerStep: recent?.busyMs[index] ?? null,
        bytesSentPerStep: recent?.bytesSent[index] ?? null,
        ...(this.#peaks !== undefined && { peakBytes: this.#peaks[index] ?? null }),
      })),
      history: this.#recent.history,
    };
  }

  missing(): readonly Drift[] {
    if (this.#phase === 'running' || this.#phase === 'completed') return [];
    return [
      {
        path: '',
        text: `training does not run: it ${this.#phase === 'failed' ? 'has failed' : 'is to go on'} at step ${this.#step}`,
      },
    ];
  }

  drift(): readonly Drift[] {
    return this.#phase === 'failed' || this.#phase === 'degraded' ? this.missing() : [];
  }

  async stop(): Promise<void> {
    this.#wanted = 'stop';
    this.#stopping.abort();
    if (this.#phase === 'running' || this.#phase === 'starting') this.#enter('stopping');
    await this.#loop;
  }

  /** The loop of the run: steps until the end, restarts from the checkpoint what broke. Never rejects. */
  async #train(begun: () => void): Promise<void> {
    let failures = 0;
    let failedAt = -1;
    while (this.#wanted === 'run') {
      try {
        await this.#runGroup(begun);
        // An update may have added steps just after the last one was done.
        if (this.#step >= this.#desired.spec.train!.steps) return;
      } catch (error) {
        if ((this.#wanted as string) === 'stop') return;
        const failure = asFailure(error);
        const from = this.#savedRun().step;
        failures = from === failedAt ? failures + 1 : 1;
        failedAt = from;
        const attemptsLeft = isHopeless(failure) ? 0 : Math.max(0, this.#options.restarts - failures + 1);
        const fault = trainingFault(failure, this.#desired.spec.train!.module, attemptsLeft, this.#options.hangAfterMs);
        this.#context.fault(fault);
        this.#mending.push(fault);
        if (attemptsLeft === 0) {
          this.#failure = fault;
          this.#enter('failed');
          return;
        }
        this.#enter('degraded');
        const wait = this.#options.restartDelayMs * 2 ** (failures - 1);
        await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
      }
    }
  }

  async #runGroup(begun: () => void): Promise<void> {
    const { spec, folder, python } = this.#desired;
    const train = spec.train!;
    this.#peaks = undefined;
    const saved = this.#savedRun();
    this.#step = saved.step;
    this.#recent.backTo(saved.step);
    await this.#keepFrom(saved.step);
    const plan = executionPlan({ ...this.#desired, devices: spec.devices.map(({ name }) => name) });
    const group = await DeviceGroup.start({
      context: this.#context,
      plan,
      program: deviceProgram(train, folder, python),
      memory: spec.devices.map(({ memory }) => memory),
      batchSize: train.batchSize,
      learningRate: train.learningRate,
      optimizer: spec.memory?.optimizer,
      profile: this.#desired.profile,
      folder,
      resume: saved.step > 0 ? checkpointFolder(this.#checkpoints, saved.step) : null,
      hangAfterMs: this.#options.hangAfterMs,
      signal: this.#stopping.signal,
    });
    try {
      this.#enter('running');
      begun();
      await this.#steps(group);
    } finally {
      await group.end();
    }
    if (this.#step >= this.#desired.spec.train!.steps) this.#enter('completed');
  }

  async #steps(group: DeviceGroup): Promise<void> {
    let atCheckpoint = this.#step;
    const total = () => this.#desired.spec.train!.steps;
    while (this.#step < total() && this.#wanted === 'run') {
      const measure: StepMeasure = await group.step(this.#step);
      this.#step += 1;
      this.#recent.add(this.#step, measure);
      this.#peaks = measure.peakBytes?.map((peak, i) => Math.max(peak ?? 0, this.#peaks?.[i] ?? 0)) ?? this.#peaks;
      if (this.#step - atCheckpoint >= this.#options.checkpointEvery(total()) || this.#step >= total()) {
        await this.#commit(group);
        atCheckpoint = this.#step;
      }
      this.#context.changed();
    }
    if (this.#wanted === 'pause' && this.#step > atCheckpoint) await this.#commit(group);
    if (this.#step < total()) return;
    await this.#writePlacement();
  }

  /**
   * Writes where the nodes are now, and once all steps are done what they took. One write after the other, each of what holds when its
   * turn comes: an update can arrive just as the run ends.
   */
  #writePlacement(): Promise<void> {
    const write = (): Promise<void> => {
      const { folder } = this.#context;
      const averages = this.#recent.averages();
      const done = this.#step >= (this.#desired.spec.train?.steps ?? Infinity) && averages !== null;
      const measured = done ? { steps: this.#step, forwardMs: averages.forwardMs, stepMs: averages.stepMs } : null;
      return writePlacementFile(folder, this.#desired, measured);
    };
    const written = this.#written.then(write);
    this.#written = written.catch(() => {}); // whoever asked for it is told
    return written;
  }

  /** The checkpoint counts from the moment the state names it; older ones are removed after that. */
  async #commit(group: DeviceGroup): Promise<void> {
    await group.checkpoint(this.#checkpoints, this.#step);
    const saved: SavedRun = {
      key: runKey(this.#desired),
      step: this.#step,
      history: this.#recent.history,
      averages: this.#recent.averages(),
    };
    await writeStory(checkpointFolder(this.#checkpoints, this.#step), saved);
    await this.#context.state.write(saved);
    for (const { code, subject } of this.#mending.splice(0)) this.#context.resolve?.(code, subject);
    await this.#keepFrom(this.#step);
  }

  /** Keeps a checkpoint and the one before, and removes the others, also those that were begun and never counted. */
  async #keepFrom(step: number): Promise<void> {
    const steps = (await checkpointSteps(this.#checkpoints)).filter((other) => other <= step);
    const keep = new Set(steps.slice(-2).map((kept) => `step-${kept}`));
    for (const name of await readdir(this.#checkpoints)) {
      if (!keep.has(name) && !name.endsWith('.damaged'))
        await rm(join(this.#checkpoints, name), { recursive: true, force: true });
    }
  }

  /**
   * Where the last checkpoint was cut short, as by a disk that lied about what it had flushed, the run goes on from the one before; where the state
   * file is gone, from the newest one that there is.
   */
  async #findCheckpoint(): Promise<void> {
    await makeFolderDurably(this.#checkpoints, this.#context.folder);
    const key = runKey(this.#desired);
    const saved = this.#context.state.read(savedRun);
    if (saved !== null && (saved.key !== key || saved.step === 0)) return;
    if (saved !== null) {
      const path = checkpointFolder(this.#checkpoints, saved.step);
      const detail = await checkpointDamage(path);
      if (detail === undefined) return;
      this.#context.fault(deployFault('BERTH5017', { path, detail }));
      await rename(path, `${path}.damaged`).catch(() => {}); // it may be gone altogether
    }
    let found: SavedRun | undefined;
    for (const step of await checkpointSteps(this.#checkpoints)) {
      const folder = checkpointFolder(this.#checkpoints, step);
      const story = await readStory(folder, savedRun);
      if (story?.key === key && (await checkpointDamage(folder)) === undefined) found = story;
    }
    if (found !== undefined || saved !== null)
      await this.#context.state.write(found ?? { key, step: 0, history: [], averages: null });
  }

  #savedRun(): SavedRun {
    const saved = this.#context.state.read(savedRun);
    const key = runKey(this.#desired);
    return saved?.key === key ? saved : { key, step: 0, history: [], averages: null };
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#context.changed();
  }

  #summary(): string {
    const { train } = this.#desired.spec;
    if (train === undefined) return 'placement written; the spec has nothing to train';
    const { loss } = this.#recent.history.at(-1) ?? {};
    const accuracy = this.#recent.averages()?.accuracy;
    const figures = [
      ...(loss === undefined ? [] : [`loss ${loss.toPrecision(3)}`]),
      ...(accuracy == null ? [] : [`accuracy ${(accuracy * 100).toFixed(1)} %`]),
    ];
    return [`${this.#phase}: step ${this.#step}/${train.steps}`, ...figures].join(', ');
  }
}

/** Runs with the same key have the same losses, wherever their nodes are placed. */
function runKey({ spec, folder, edges, ops }: Local<DesiredPlacement>): string {
  const parts = {
    module: spec.train?.module,
    folder,
    batchSize: spec.train?.batchSize,
    learningRate: spec.train?.learningRate,
    edges: edges.map(({ from, to }) => [from, to]),
    ops: Object.entries(ops).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function asFailure(error: unknown): DeviceFailure {
  if (error instanceof DeviceFailure) return error;
  if (error instanceof TrainingModuleError) return new DeviceFailure('module', error.message, error.node);
  const { message } = error as Error;
  return new DeviceFailure('machine', message);
}
