/**
 * Runs the nodes that one process holds: parameters, forward, backward and update.
 *
 * Invariant: a node's numbers depend on its inputs, its name and the seed alone, and gradients of several consumers are added in the
 * order of the graph's edges. So the losses of a run are the same, bit for bit, whatever the placement.
 */
import { bindOps, trainedNodes, type ExecutionPlan } from './execution-plan.ts';
import {
  describeThrown,
  TrainingModuleError,
  type BackwardResult,
  type Batch,
  type BatchSource,
  type ForwardResult,
  type OptimizerSettings,
  type Parameters,
  type TrainingModule,
  type TrainingOp,
} from './module.ts';
import { momentCount, updateParameter } from './optimizer.ts';
import { hashName, seededRandom } from './random.ts';
import { accumulate, tensorFault, type Tensor } from './tensor.ts';

/** Everything of a node that a checkpoint keeps. */
export interface NodeState {
  readonly params: Parameters;
  /** Per parameter name, the optimizer's moment arrays. */
  readonly moments: Readonly<Record<string, readonly Float32Array[]>>;
}

interface Activation {
  readonly inputs: readonly Tensor[];
  readonly saved: unknown;
  readonly isLoss: boolean;
}

export interface RunnerOptions {
  readonly plan: ExecutionPlan;
  readonly module: TrainingModule;
  /** Indices of the nodes held here. */
  readonly held: readonly number[];
  readonly batchSize: number;
  readonly learningRate: number;
}

const NO_BATCH: Batch = Object.freeze({});

export class NodeRunner {
  readonly plan: ExecutionPlan;
  readonly trained: readonly boolean[];
  readonly held: readonly number[];
  readonly #ops: readonly TrainingOp[];
  readonly #optimizer: OptimizerSettings;
  readonly #learningRate: number;
  readonly #states = new Map<number, NodeState>();
  readonly #activations = new Map<number, Activation>();
  readonly #batches: BatchSource | undefined;

  private constructor(options: RunnerOptions, batches: BatchSource | undefined) {
    const { plan, module } = options;
    this.plan = plan;
    this.held = options.held;
    this.#ops = bindOps(plan, module);
    this.trained = trainedNodes(plan, this.#ops);
    this.#optimizer = module.optimizer ?? { type: 'sgd' };
    this.#learningRate = options.learningRate;
    this.#batches = batches;
    const seed = module.seed ?? 1;
    for (const index of options.held) this.#states.set(index, this.#initialState(index, seed));
  }

  /** @throws TrainingModuleError when the module cannot run a node, or its data source or an `init` throws. */
  static async create(options: RunnerOptions): Promise<NodeRunner> {
    const { plan, module, held, batchSize } = options;
    bindOps(plan, module); // before the data is loaded, which may take long
    let batches: BatchSource | undefined;
    if (module.data !== undefined && held.some((index) => plan.nodes[index]!.inputs.length === 0)) {
      try {
        batches = await module.data({ batchSize, seed: module.seed ?? 1 });
      } catch (error) {
        throw new TrainingModuleError(`its data source failed: ${describeThrown(error)}`, undefined, error);
      }
      if (typeof batches !== 'function') throw new TrainingModuleError('`data` returned no function of the step');
    }
    return new NodeRunner(options, batches);
  }

  state(index: number): NodeState {
    return this.#states.get(index)!;
  }

  /** Puts a node back to a checkpoint. @throws TrainingModuleError when the module's parameters have other names or shapes by now. */
  restore(index: number, saved: NodeState): void {
    const present = this.#states.get(index)!;
    const node = this.plan.nodes[index]!;
    const signature = (params: Parameters) =>
      Object.entries(params)
        .map(([name, { shape }]) => `${name}[${shape.join(',')}]`)
        .sort()
        .join(' ');
    if (signature(present.params) !== signature(saved.params)) {
      throw new TrainingModuleError(
        `the checkpoint of node ${node.name} has ${signature(saved.params) || 'no parameters'}, the module now makes ${signature(present.params) || 'none'}`,
        node.name,
      );
    }
    this.#states.set(index, saved);
  }

  forward(index: number, inputs: readonly Tensor[], step: number): ForwardResult {
    const node = this.plan.nodes[index]!;
    const result = this.#call(index, 'forward', () => {
      const batch = node.inputs.length === 0 && this.#batches !== undefined ? this.#batches(step) : NO_BATCH;
      return this.#ops[index]!.forward(this.state(index).params, inputs, node.op, { batch, step });
    });
    const fault = tensorFault((result as ForwardResult | undefined)?.output);
    if (fault !== undefined)
      throw new TrainingModuleError(`forward of node ${node.name} returned a wrong output: ${fault}`, node.name);
    if (this.trained[index])
      this.#activations.set(index, { inputs, saved: result.saved, isLoss: result.loss !== undefined });
    return result;
  }

  /**
   * @param gradients of the node's outgoing edges, in the graph's order; edges of consumers that send none are left out.
   * @returns the gradients to send along the node's incoming edges; null where the producer takes no gradient.
   */
  backward(index: number, gradients: readonly Tensor[]): readonly (Tensor | null)[] {
    const node = this.plan.nodes[index]!;
    const activation = this.#activations.get(index)!;
    this.#activations.delete(index);
    const needs = node.inputs.map((edge) => this.trained[this.plan.edges[edge]!.from]!);
    if (gradients.length === 0 && !activation.isLoss) return needs.map(() => null);
    const result = this.#call(index, 'backward', () =>
      this.#ops[index]!.backward!(this.state(index).params, activation.saved, addUp(gradients), node.op, {
        inputs: activation.inputs,
        needs,
      }),
    );
    const checked = this.#checkedGradients(index, activation.inputs, needs, result);
    this.#pending.set(index, result.gradParams ?? {});
    return checked;
  }

  readonly #pending = new Map<number, Parameters>();

  /** Applies the gradients of the node's backward pass. `step` counts from 0. */
  update(index: number, step: number): void {
    const { params, moments } = this.state(index);
    const gradients = this.#pending.get(index) ?? {};
    this.#pending.delete(index);
    for (const [name, parameter] of Object.entries(params)) {
      const gradient = gradients[name];
      if (gradient === undefined) continue;
      updateParameter(this.#optimizer, this.#learningRate, step + 1, parameter.data, gradient.data, moments[name]!);
    }
  }

  #initialState(index: number, seed: number): NodeState {
    const node = this.plan.nodes[index]!;
    const op = this.#ops[index]!;
    if (op.init === undefined) return { params: {}, moments: {} };
    const params = this.#call(index, 'init', () =>
      op.init!(node.op, seededRandom((hashName(node.name) ^ Math.imul(seed, 0x9e3779b1)) >>> 0)),
    );
    const moments: Record<string, Float32Array[]> = {};
    for (const [name, parameter] of Object.entries(params)) {
      const fault = tensorFault(parameter);
      if (fault !== undefined)
        throw new TrainingModuleError(`init of node ${node.name} made a wrong "${name}": ${fault}`, node.name);
      moments[name] = Array.from(
        { length: momentCount(this.#optimizer) },
        () => new Float32Array(parameter.data.length),
      );
    }
    return { params, moments };
  }

  #checkedGradients(
    index: number,
    inputs: readonly Tensor[],
    needs: readonly boolean[],
    result: BackwardResult,
  ): readonly (Tensor | null)[] {
    const { name } = this.plan.nodes[index]!;
    const wrong = (what: string) => new TrainingModuleError(`backward of node ${name} ${what}`, name);
    const { params } = this.state(index);
    for (const [parameter, gradient] of Object.entries(result?.gradParams ?? {})) {
      const fault = tensorFault(gradient);
      if (fault !== undefined) throw wrong(`returned a wrong gradient of "${parameter}": ${fault}`);
      if (gradient.data.length !== params[parameter]?.data.length)
        throw wrong(`returned a gradient of "${parameter}" of another size`);
    }
    return needs.map((needed, position) => {
      if (!needed) return null;
      const gradient = result?.gradInputs?.[position];
      const fault = tensorFault(gradient);
      if (fault !== undefined) throw wrong(`returned a wrong gradient of input ${position}: ${fault}`);
      if (gradient!.data.length !== inputs[position]!.data.length)
        throw wrong(`returned a gradient of input ${position} of another size`);
      return gradient!;
    });
  }

  #call<T>(index: number, what: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof TrainingModuleError) throw error;
      const { name } = this.plan.nodes[index]!;
      throw new TrainingModuleError(`${what} of node ${name} threw: ${describeThrown(error)}`, name, error);
    }
  }
}

function addUp(gradients: readonly Tensor[]): Tensor | null {
  const [first, ...others] = gradients;
  if (first === undefined) return null;
  if (others.length === 0) return first;
  const sum = { shape: first.shape, data: Float32Array.from(first.data) };
  for (const { data } of others) accumulate(sum.data, data);
  return sum;
}
