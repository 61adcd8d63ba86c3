/** One training step as one process sees it: its nodes forward in plan order, then backward in reverse, then the updates. */
import type { NodeRunner } from './node-runner.ts';
import type { Tensor } from './tensor.ts';

/** Where tensors of other processes come from and go to. A process that holds every node needs none of it. */
export interface Transport {
  activation(node: number, step: number): Promise<Tensor>;
  gradient(edge: number, step: number): Promise<Tensor | null>;
  sendActivation(device: number, node: number, step: number, tensor: Tensor): void;
  sendGradient(device: number, edge: number, step: number, tensor: Tensor | null): void;
}

export interface StepReport {
  /** Sum over the loss nodes held here, in plan order; null without one. */
  readonly losses: readonly {
    readonly node: number;
    readonly loss: number;
    readonly correct: number;
    readonly count: number;
  }[];
  /** Microseconds of computing, without waiting. */
  readonly busyUs: number;
  /** On the machine's monotonic clock, microseconds: comparable between processes. */
  readonly forwardEndUs: number;
  readonly endUs: number;
}

/** What the caller learns while a step runs: a node's own time. */
export type NodeObserver = (node: number, pass: 'forward' | 'backward', us: number, output: Tensor | null) => void;

export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export async function runStep(
  runner: NodeRunner,
  device: number,
  step: number,
  transport: Transport,
  observe: NodeObserver = () => {},
): Promise<StepReport> {
  const { nodes, edges } = runner.plan;
  const outputs = new Map<number, Promise<Tensor> | Tensor>();
  const localGradients = new Map<number, Tensor | null>();
  const losses: { node: number; loss: number; correct: number; count: number }[] = [];
  let busyUs = 0;

  for (const index of runner.held) {
    const node = nodes[index]!;
    const inputs: Tensor[] = [];
    for (const edge of node.inputs) {
      const producer = edges[edge]!.from;
      let output = outputs.get(producer);
      if (output === undefined) outputs.set(producer, (output = transport.activation(producer, step)));
      inputs.push(await output);
    }
    const begin = monotonicUs();
    const { output, loss, metrics } = runner.forward(index, inputs, step);
    const took = monotonicUs() - begin;
    busyUs += took;
    observe(index, 'forward', took, output);
    outputs.set(index, output);
    if (loss !== undefined)
      losses.push({ node: index, loss, correct: metrics?.correct ?? 0, count: metrics?.count ?? 0 });
    const destinations = new Set(node.outputs.map((edge) => nodes[edges[edge]!.to]!.device));
    destinations.delete(device);
    for (const destination of destinations) transport.sendActivation(destination, index, step, output);
  }
  const forwardEndUs = monotonicUs();

  for (const index of runner.held.toReversed()) {
    if (!runner.trained[index]) continue;
    const node = nodes[index]!;
    const gradients: Tensor[] = [];
    for (const edge of node.outputs) {
      const consumer = edges[edge]!.to;
      if (!runner.trained[consumer]) continue;
      const gradient =
        nodes[consumer]!.device === device ? localGradients.get(edge)! : await transport.gradient(edge, step);
      localGradients.delete(edge);
      if (gradient !== null) gradients.push(gradient);
    }
    const begin = monotonicUs();
    const gradInputs = runner.backward(index, gradients);
    const took = monotonicUs() - begin;
    busyUs += took;
    observe(index, 'backward', took, null);
    node.inputs.forEach((edge, position) => {
      const producer = edges[edge]!.from;
      if (!runner.trained[producer]) return;
      const destination = nodes[producer]!.device;
      const gradient = gradInputs[position] ?? null;
      if (destination === device) localGradients.set(edge, gradient);
      else transport.sendGradient(destination, edge, step, gradient);
    });
  }

  const begin = monotonicUs();
  for (const index of runner.held) runner.update(index, step);
  busyUs += monotonicUs() - begin;
  return { losses, busyUs, forwardEndUs, endUs: monotonicUs() };
}

/** The transport of a process that holds every node. */
export const NO_TRANSPORT: Transport = {
  activation: (node) => Promise.reject(new Error(`node ${node} is held nowhere`)),
  gradient: (edge) => Promise.reject(new Error(`edge ${edge} ends nowhere`)),
  sendActivation: () => {},
  sendGradient: () => {},
};
