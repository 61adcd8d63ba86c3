/**
 * The process of one device of a training run. It executes the nodes placed on it, exchanges tensors with the other devices'
 * processes, and does what the agent orders by lines of JSON on standard input. It ends when standard input does.
 */
import { Console } from 'node:console';
import { endianness } from 'node:os';
import { createInterface } from 'node:readline';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { DeviceOrder, DeviceReport, DeviceSetup } from './device-messages.ts';
import { NodeRunner } from './node-runner.ts';
import { TensorExchange } from './tensor-exchange.ts';
import type { TensorFrame } from './tensor-frame.ts';
import { describeThrown, loadTrainingModule, TrainingModuleFault } from './training-module.ts';
import { runStep, type Transport } from './training-step.ts';

/** Between two signs of life during a long step, microseconds. */
const SIGN_OF_LIFE_US = 1_000_000;

function report(message: DeviceReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function fail(error: unknown): void {
  const inModule = error instanceof TrainingModuleFault;
  report({
    type: 'failed',
    blame: inModule ? 'module' : 'machine',
    message: inModule ? error.message : describeThrown(error),
    node: inModule ? (error.node ?? null) : null,
  });
  process.stdout.end(() => process.exit(1));
}

interface Device {
  readonly setup: DeviceSetup;
  readonly runner: NodeRunner;
  readonly exchange: TensorExchange;
}

async function setUp(setup: DeviceSetup): Promise<Device> {
  const { plan, device } = setup;
  const module = await loadTrainingModule(setup.module);
  const held = plan.nodes.flatMap((node, index) => (node.device === device ? [index] : []));
  const runner = await NodeRunner.create({
    plan,
    module,
    held,
    batchSize: setup.batchSize,
    learningRate: setup.learningRate,
  });
  if (setup.resume !== null) {
    const saved = await readCheckpoint(setup.resume);
    for (const index of held) {
      const state = saved.get(plan.nodes[index]!.name);
      if (state === undefined)
        throw new TrainingModuleFault(`the checkpoint has no node ${plan.nodes[index]!.name}`, plan.nodes[index]!.name);
      runner.restore(index, state);
    }
  }
  const expects = (from: number, { kind, index }: TensorFrame): boolean => {
    if (kind === 'activation') {
      const node = plan.nodes[index];
      return node?.device === from && node.outputs.some((edge) => plan.nodes[plan.edges[edge]!.to]!.device === device);
    }
    const edge = plan.edges[index];
    return edge !== undefined && plan.nodes[edge.to]!.device === from && plan.nodes[edge.from]!.device === device;
  };
  const exchange = new TensorExchange({
    device,
    token: setup.token,
    expects,
    onBreach: (message) => fail(new Error(message)),
    onBroken: (message) => console.error(message),
  });
  report({ type: 'listening', port: await exchange.listen() });
  return { setup, runner, exchange };
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

async function step({ setup, runner, exchange }: Device, number: number): Promise<void> {
  const sentBefore = exchange.bytesSent;
  let lastSign = process.hrtime.bigint() / 1000n;
  const done = await runStep(runner, setup.device, number, transportOver(exchange), () => {
    const now = process.hrtime.bigint() / 1000n;
    if (now - lastSign < SIGN_OF_LIFE_US) return;
    lastSign = now;
    report({ type: 'alive', step: number });
  });
  const losses = done.losses.map((part) => ({ ...part, loss: String(part.loss) }));
  report({ type: 'done', step: number, ...done, losses, bytesSent: exchange.bytesSent - sentBefore });
}

function main(): void {
  if (endianness() !== 'LE')
    throw new Error('tensors are exchanged in little-endian order, which this machine does not have');
  // Standard output belongs to the reports; what the user's module prints goes to the log.
  globalThis.console = new Console(process.stderr, process.stderr);
  let device: Device | undefined;
  let work: Promise<void> = Promise.resolve();
  const obey = async (order: DeviceOrder): Promise<void> => {
    switch (order.type) {
      case 'setup':
        device = await setUp(order);
        return;
      case 'connect':
        await device!.exchange.dial(order.ports, destinations(device!.setup));
        report({ type: 'connected' });
        return;
      case 'step':
        await step(device!, order.step);
        return;
      case 'checkpoint': {
        const { runner } = device!;
        await writeCheckpoint(
          order.path,
          runner.held.map((index) => [runner.plan.nodes[index]!.name, runner.state(index)]),
        );
        report({ type: 'checkpointed', step: order.step });
      }
    }
  };
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => {
    work = work.then(() => obey(JSON.parse(line) as DeviceOrder));
    work.catch(fail);
  });
  orders.on('close', () => process.exit(0)); // the agent is gone; it starts us again from the checkpoint
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

main();
