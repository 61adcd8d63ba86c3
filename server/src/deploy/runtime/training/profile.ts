/** Measures a training module's graph on this machine: compute time and memory per node, tensor sizes per edge. */
import { median } from '../../../numeric/median.ts';
import { executionPlan } from './execution-plan.ts';
import { loadTrainingModule, type OpSettings, type TrainingModule } from './module.ts';
import { NodeRunner } from './node-runner.ts';
import { NO_TRANSPORT, runStep, type StepReport } from './step.ts';

export interface ProfileOptions {
  /** A loaded module, or the absolute path of one. */
  readonly module: TrainingModule | string;
  /** In an order in which every node comes after its inputs. */
  readonly nodes: readonly { readonly name: string; readonly op: OpSettings }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly batchSize: number;
  readonly learningRate?: number;
  /** Steps that are run and not measured: the compiler warms up. */
  readonly warmUp?: number;
  /** Steps that are measured; the median of each node's times counts. */
  readonly steps?: number;
}

export interface NodeProfile {
  readonly name: string;
  readonly computeUs: number;
  /** Null for nodes that no gradient passes. */
  readonly backwardUs: number | null;
  /** Parameters, their gradients, the optimizer's moments. */
  readonly persistentBytes: number;
  /** Arrays that the op keeps from forward to backward beside its output. */
  readonly temporaryBytes: number;
  readonly outputBytes: number;
}

/** @throws TrainingModuleError when the module cannot run the graph. */
export async function profileModule(options: ProfileOptions): Promise<readonly NodeProfile[]> {
  const { nodes, batchSize, learningRate = 0.01, warmUp = 3, steps = 9 } = options;
  const runner = await singleDevice({ ...options, batchSize, learningRate });
  const forward: number[][] = nodes.map(() => []);
  const backward: number[][] = nodes.map(() => []);
  const outputBytes = new Float64Array(nodes.length);
  for (let step = 0; step < warmUp + steps; step++) {
    await runStep(runner, 0, step, NO_TRANSPORT, (node, pass, us, output) => {
      if (output !== null) outputBytes[node] = output.data.byteLength;
      if (step >= warmUp) (pass === 'forward' ? forward : backward)[node]!.push(us);
    });
  }
  // Once more by hand, for what ops keep between the passes.
  const outputs: ReturnType<NodeRunner['forward']>[] = [];
  const temporaryBytes = nodes.map((_, index) => {
    const inputs = runner.plan.nodes[index]!.inputs.map((edge) => outputs[runner.plan.edges[edge]!.from]!.output);
    const result = runner.forward(index, inputs, 0);
    outputs.push(result);
    return arrayBytes(result.saved);
  });
  return nodes.map(({ name }, index) => {
    const { params, moments } = runner.state(index);
    const persistentBytes = Object.entries(params).reduce(
      (sum, [key, { data }]) => sum + data.byteLength * (2 + moments[key]!.length),
      0,
    );
    const backwardUs = backward[index]!.length > 0 ? median(backward[index]!) : null;
    return {
      name,
      computeUs: median(forward[index]!),
      backwardUs,
      persistentBytes,
      temporaryBytes: temporaryBytes[index]!,
      outputBytes: outputBytes[index]!,
    };
  });
}

/** Trains in this very process, all nodes on one device: what every placement's losses must equal. */
export async function trainOnOneDevice(
  options: Pick<ProfileOptions, 'module' | 'nodes' | 'edges' | 'batchSize'> & {
    readonly learningRate: number;
    readonly steps: number;
  },
): Promise<readonly StepReport[]> {
  const runner = await singleDevice(options);
  const reports: StepReport[] = [];
  for (let step = 0; step < options.steps; step++) reports.push(await runStep(runner, 0, step, NO_TRANSPORT));
  return reports;
}

async function singleDevice({
  module,
  nodes,
  edges,
  batchSize,
  learningRate,
}: Pick<ProfileOptions, 'module' | 'nodes' | 'edges' | 'batchSize'> & {
  readonly learningRate: number;
}): Promise<NodeRunner> {
  const loaded = typeof module === 'string' ? await loadTrainingModule(module) : module;
  const plan = executionPlan({
    placement: nodes.map(({ name }) => ({ node: name, device: 'here' })),
    edges: edges.map(({ from, to }) => ({ from, to, bytes: 0 })),
    ops: Object.fromEntries(nodes.map(({ name, op }) => [name, op])),
    devices: ['here'],
  });
  const held = plan.nodes.map((_, index) => index);
  return NodeRunner.create({ plan, module: loaded, held, batchSize, learningRate });
}

function arrayBytes(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (Array.isArray(value)) return value.reduce((sum: number, part) => sum + arrayBytes(part), 0);
  if (typeof value === 'object' && value !== null) return arrayBytes(Object.values(value));
  return 0;
}
