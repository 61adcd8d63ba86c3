/** A placement turned into what device processes execute: nodes and edges by index, and each device's own order. */
import type { DesiredPlacement } from '../../types.ts';
import { TrainingModuleError, type OpSettings, type TrainingModule, type TrainingOp } from './module.ts';

export interface PlannedNode {
  readonly name: string;
  /** Index into `devices`. */
  readonly device: number;
  readonly op: OpSettings;
  /** Indices of the edges that arrive, in the order of the graph file: the order of the op's inputs. */
  readonly inputs: readonly number[];
  /** Indices of the edges that leave, in the order of the graph file: the order in which gradients are added. */
  readonly outputs: readonly number[];
}

/** Plain JSON: it crosses to the device processes as it is. */
export interface ExecutionPlan {
  readonly devices: readonly string[];
  /** In execution order of the plan, a topological order; a device executes its own nodes in this order. */
  readonly nodes: readonly PlannedNode[];
  readonly edges: readonly { readonly from: number; readonly to: number }[];
}

/**
 * @throws TrainingModuleError when the placement's order runs a node before one of its inputs, or names what is not there.
 */
export function executionPlan(
  desired: Pick<DesiredPlacement, 'placement' | 'edges' | 'ops'> & { readonly devices: readonly string[] },
): ExecutionPlan {
  const deviceIndex = new Map(desired.devices.map((name, index) => [name, index]));
  const nodeIndex = new Map(desired.placement.map(({ node }, index) => [node, index]));
  const inputs: number[][] = desired.placement.map(() => []);
  const outputs: number[][] = desired.placement.map(() => []);
  const edges = desired.edges.map((edge, index) => {
    const from = nodeIndex.get(edge.from);
    const to = nodeIndex.get(edge.to);
    if (from === undefined || to === undefined)
      throw new TrainingModuleError(`the edge ${edge.from} → ${edge.to} has an end that is not placed`);
    if (from >= to) throw new TrainingModuleError(`the plan runs ${edge.to} before its input ${edge.from}`, edge.to);
    inputs[to]!.push(index);
    outputs[from]!.push(index);
    return { from, to };
  });
  const nodes = desired.placement.map(({ node, device }, index) => {
    const placed = deviceIndex.get(device);
    if (placed === undefined)
      throw new TrainingModuleError(`${node} is placed on ${device}, which is no device of the spec`, node);
    return {
      name: node,
      device: placed,
      op: desired.ops[node] ?? {},
      inputs: inputs[index]!,
      outputs: outputs[index]!,
    };
  });
  return { devices: desired.devices, nodes, edges };
}

/** The op of every node. @throws TrainingModuleError naming the first node that the module cannot run. */
export function bindOps(plan: ExecutionPlan, module: TrainingModule): readonly TrainingOp[] {
  return plan.nodes.map(({ name, op }) => {
    const type = op['type'];
    if (typeof type !== 'string') throw new TrainingModuleError(`node ${name} has no op.type in the graph file`, name);
    const bound = Object.hasOwn(module.ops, type) ? module.ops[type] : undefined;
    if (bound === undefined) throw new TrainingModuleError(`it has no op "${type}", which node ${name} needs`, name);
    return bound;
  });
}

/**
 * Which nodes take part in the backward pass: those with parameters, and those with such a node somewhere above them.
 * An op without `backward` cuts the gradient. Gradients flow along an edge iff its producer takes part.
 */
export function trainedNodes(plan: ExecutionPlan, ops: readonly TrainingOp[]): readonly boolean[] {
  const trained: boolean[] = [];
  plan.nodes.forEach((node, index) => {
    const op = ops[index]!;
    trained.push(
      op.backward !== undefined &&
        (op.init !== undefined || node.inputs.some((edge) => trained[plan.edges[edge]!.from]!)),
    );
  });
  return trained;
}
