/**
 * One device of a training run, wherever its process runs: it executes the nodes placed on it and exchanges tensors with the other devices.
 * A target brings it orders and takes its reports.
 */
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { DeviceOrder, DeviceReport, DeviceSetup } from './messages.ts';
import { loadTrainingModule, TrainingModuleError } from './module.ts';
import { NodeRunner } from './node-runner.ts';
import { checkOptimizer } from './optimizer.ts';
import { runStep, type Transport } from './step.ts';
import { TensorExchange } from './tensor-exchange.ts';
import type { TensorFrame } from './tensor-frame.ts';

/** Between two signs of life during a long step, microseconds. */
const SIGN_OF_LIFE_US = 1_000_000;

/** How a device is heard. */
export interface DeviceVoice {
  readonly report: (message: DeviceReport) => void;
  /** Another device sent what the plan does not have. */
  readonly fail: (error: unknown) => void;
  readonly log: (line: string) => void;
}

export class Device {
  readonly #setup: DeviceSetup;
  readonly #report: DeviceVoice['report'];
  readonly #runner: NodeRunner;
  readonly #exchange: TensorExchange;

  private constructor(setup: DeviceSetup, report: DeviceVoice['report'], runner: NodeRunner, exchange: TensorExchange) {
    this.#setup = setup;
    this.#report = report;
    this.#runner = runner;
    this.#exchange = exchange;
  }

  /** Loads the module, takes up the checkpoint and listens. @throws TrainingModuleError */
  static async open(setup: DeviceSetup, { report, fail, log }: DeviceVoice): Promise<Device> {
    const { plan, device } = setup;
    const module = await loadTrainingModule(setup.module);
    checkOptimizer(setup.optimizer, module);
    const held = plan.nodes.flatMap((node, index) => (node.device === device ? [index] : []));
    const runner = await NodeRunner.create({
      plan,
      module,
      held,
      batchSize: setup.batchSize,
      learningRate: setup.learningRate,
    });
    if (setup.resume !== null) await restore(runner, setup.resume);
    const expects = (from: number, { kind, index }: TensorFrame): boolean => {
      if (kind === 'activation') {
        const node = plan.nodes[index];
        return (
          node?.device === from && node.outputs.some((edge) => plan.nodes[plan.edges[edge]!.to]!.device === device)
        );
      }
      const edge = plan.edges[index];
      return edge !== undefined && plan.nodes[edge.to]!.device === from && plan.nodes[edge.from]!.device === device;
    };
    const exchange = new TensorExchange({
      device,
      token: setup.token,
      expects,
      onBreach: (message) => fail(new Error(message)),
      onBroken: log,
    });
    report({ type: 'listening', port: await exchange.listen(setup.host) });
    return new Device(setup, report, runner, exchange);
  }

  async obey(order: Exclude<DeviceOrder, DeviceSetup>): Promise<void> {
    switch (order.type) {
      case 'connect':
        await this.#exchange.dial(order.addresses, destinations(this.#setup));
        this.#report({ type: 'connected' });
        return;
      case 'step':
        await this.#step(order.step);
        return;
      case 'checkpoint':
        await writeCheckpoint(
          order.path,
          this.#runner.held.map((index) => [this.#runner.plan.nodes[index]!.name, this.#runner.state(index)]),
        );
        this.#report({ type: 'checkpointed', step: order.step });
    }
  }

  async #step(step: number): Promise<void> {
    const sentBefore = this.#exchange.bytesSent;
    let lastSign = process.hrtime.bigint() / 1000n;
    const done = await runStep(this.#runner, this.#setup.device, step, transportOver(this.#exchange), () => {
      const now = process.hrtime.bigint() / 1000n;
      if (now - lastSign < SIGN_OF_LIFE_US) return;
      lastSign = now;
      this.#report({ type: 'alive', step });
    });
    const losses = done.losses.map((part) => ({ ...part, loss: String(part.loss) }));
    this.#report({ type: 'done', step, ...done, losses, bytesSent: this.#exchange.bytesSent - sentBefore });
  }
}

async function restore(runner: NodeRunner, folder: string): Promise<void> {
  const saved = await readCheckpoint(folder);
  for (const index of runner.held) {
    const { name } = runner.plan.nodes[index]!;
    const state = saved.get(name);
    if (state === undefined) throw new TrainingModuleError(`the checkpoint has no node ${name}`, name);
    runner.restore(index, state);
  }
}

/** The devices that this one sends activations or gradients to. */
function destinations({ plan, device }: DeviceSetup): Set<number> {
  const found = new Set<number>();
  for (const edge of plan.edges) {
    const from = plan.nodes[edge.from]!.device;
    const to = plan.nodes[edge.to]!.device;
    if (from === to) continue;
    if (from === device) found.add(to);
    if (to === device) found.add(from);
  }
  return found;
}

function transportOver(exchange: TensorExchange): Transport {
  return {
    activation: async (node, step) => (await exchange.take('activation', step, node))!,
    gradient: (edge, step) => exchange.take('gradient', step, edge),
    sendActivation: (device, node, step, tensor) =>
      exchange.send(device, { kind: 'activation', step, index: node, tensor }),
    sendGradient: (device, edge, step, tensor) =>
      exchange.send(device, { kind: tensor === null ? 'no-gradient' : 'gradient', step, index: edge, tensor }),
  };
}
