/**
 * The contract with `train.module`: an ES module of the user whose default export says how each kind of op computes.
 * `docs/training-modules.md` tells it to users; the two must agree.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Random } from './random.ts';
import type { Tensor } from './tensor.ts';

export type Parameters = Readonly<Record<string, Tensor>>;
/** The free `op` object of a graph node. */
export type OpSettings = Readonly<Record<string, unknown>>;
/** Whatever the module's data source yields for a step; only source nodes (nodes without inputs) see it. */
export type Batch = Readonly<Record<string, unknown>>;
export type BatchSource = (step: number) => Batch;

export interface ForwardResult {
  readonly output: Tensor;
  /** Kept until the node's backward pass of the same step. */
  readonly saved?: unknown;
  /** A node that returns a loss is where the backward pass begins. Several losses add up. */
  readonly loss?: number;
  readonly metrics?: { readonly correct: number; readonly count: number };
}

export interface BackwardResult {
  /** One gradient per input, in the order of the inputs; null where it was not needed. */
  readonly gradInputs: readonly (Tensor | null)[];
  readonly gradParams?: Parameters;
}

export interface TrainingOp {
  init?(op: OpSettings, random: Random): Parameters;
  forward(
    params: Parameters,
    inputs: readonly Tensor[],
    op: OpSettings,
    call: { readonly batch: Batch; readonly step: number },
  ): ForwardResult;
  /** `gradOutput` is null at a node that returned a loss and feeds no other node. */
  backward?(
    params: Parameters,
    saved: unknown,
    gradOutput: Tensor | null,
    op: OpSettings,
    call: { readonly inputs: readonly Tensor[]; readonly needs: readonly boolean[] },
  ): BackwardResult;
}

export type OptimizerSettings =
  | { readonly type: 'sgd'; readonly momentum?: number }
  | { readonly type: 'adam'; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number };

export interface TrainingModule {
  readonly seed?: number;
  readonly optimizer?: OptimizerSettings;
  data?(options: { readonly batchSize: number; readonly seed: number }): BatchSource | Promise<BatchSource>;
  readonly ops: Readonly<Record<string, TrainingOp>>;
}

/** A module that is no training module, or a node the module cannot run. The message is for the person who wrote it. */
export class TrainingModuleError extends Error {
  readonly node: string | undefined;
  constructor(message: string, node?: string, cause?: unknown) {
    super(message, { cause });
    this.node = node;
  }
}

/**
 * Imports and checks a training module.
 *
 * @param path absolute path of the module.
 * @throws TrainingModuleError when there is no such module, it throws while loading, or its default export breaks the contract.
 */
export async function loadTrainingModule(path: string): Promise<TrainingModule> {
  if (!existsSync(path)) throw new TrainingModuleError('there is no such file');
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    throw new TrainingModuleError(describeThrown(error), undefined, error);
  }
  const module = loaded.default as Partial<TrainingModule> | undefined;
  if (typeof module !== 'object' || module === null) throw new TrainingModuleError('it has no default export');
  if (typeof module.ops !== 'object' || module.ops === null)
    throw new TrainingModuleError('its default export has no `ops`');
  for (const [type, op] of Object.entries(module.ops)) {
    if (typeof op?.forward !== 'function') throw new TrainingModuleError(`op "${type}" has no forward function`);
  }
  if (module.data !== undefined && typeof module.data !== 'function')
    throw new TrainingModuleError('`data` is no function');
  if (module.optimizer !== undefined && !['sgd', 'adam'].includes(module.optimizer.type)) {
    throw new TrainingModuleError('`optimizer.type` is neither "sgd" nor "adam"');
  }
  return module as TrainingModule;
}

/** The message and the first line of the stack that names a place: what a person needs to find the fault in their own file. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const place = thrown.stack
    ?.split('\n')
    .find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line) && !line.includes('(node:'));
  return place === undefined ? thrown.message : `${thrown.message} (${place.trim()})`;
}
