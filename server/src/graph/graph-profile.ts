/** What a graph file that `berth profile` wrote tells of the PyTorch module that it is of. */
import { isMapping } from './field.ts';

export interface GraphProfile {
  /** As it was named: `models/net.py:Net`. */
  readonly module: string;
  readonly mode: 'training' | 'inference';
  /** What a node is. */
  readonly by: 'op' | 'module';
  /** How the module was traced; by hooks, it can only be run module by module. */
  readonly way: 'export' | 'fx' | 'hooks';
  /** Tells one version of a module from another. */
  readonly fingerprint: string;
  /** The version of PyTorch that traced it. */
  readonly torch?: string;
  /** What its forward was given: `images=8x3x224x224:float32`. */
  readonly inputs?: readonly string[];
  /** Names of parameters and buffers that share one memory; the first is the one by which nodes have it. */
  readonly ties: readonly (readonly string[])[];
  /** Parameters that no node reads. */
  readonly unread: readonly string[];
  /** Class name to the layers of its instances that are not to be split. */
  readonly keepWhole: Readonly<Record<string, readonly string[]>>;
}

/**
 * The profile of a graph file in Berth's own format. The schema says what it must hold; of one that holds something else nothing is read.
 *
 * @param data the parsed file.
 */
export function profileOf(data: unknown): GraphProfile | undefined {
  const metadata = isMapping(data) && isMapping(data.metadata) ? data.metadata : undefined;
  const profile = metadata && isMapping(metadata.profile) ? metadata.profile : undefined;
  if (!metadata || !profile) return undefined;
  const { module, mode, by, way, fingerprint, torch, inputs, ties = [], unread = [] } = profile;
  if (typeof module !== 'string' || typeof fingerprint !== 'string') return undefined;
  if (!isOneOf(mode, MODES) || !isOneOf(by, BYS) || !isOneOf(way, WAYS)) return undefined;
  if (!Array.isArray(ties) || !ties.every(isNames) || !isNames(unread)) return undefined;
  const keepWhole = keepWholeOf(data);
  if (!keepWhole) return undefined;
  return {
    module,
    mode,
    by,
    way,
    fingerprint,
    ...(typeof torch === 'string' && { torch }),
    ...(isNames(inputs) && { inputs }),
    ties,
    unread,
    keepWhole,
  };
}

/** The classes that a graph file says not to split, each with the layers of its instances; undefined where they are no mapping. */
export function keepWholeOf(data: unknown): GraphProfile['keepWhole'] | undefined {
  const metadata = isMapping(data) && isMapping(data.metadata) ? data.metadata : {};
  const { keepWhole = {} } = metadata;
  if (!isMapping(keepWhole)) return undefined;
  const whole = Object.entries(keepWhole).flatMap(([name, layers]) =>
    isNames(layers) ? [[name, layers] as const] : [],
  );
  return Object.fromEntries(whole);
}

/** Names of the parameters that a node of a profiled graph reads, each memory once. */
export function parametersOf(op: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return isNames(op?.parameters) ? op.parameters : [];
}

/** Names of the buffers that it reads. */
export function buffersOf(op: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return isNames(op?.buffers) ? op.buffers : [];
}

/** Layers of the steps that a node stands for, where these are not all in the node's own. */
export function layersOf(op: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return isNames(op?.layers) ? op.layers : [];
}

const MODES = ['training', 'inference'] as const;
const BYS = ['op', 'module'] as const;
const WAYS = ['export', 'fx', 'hooks'] as const;

function isOneOf<T extends string>(value: unknown, words: readonly T[]): value is T {
  return (words as readonly unknown[]).includes(value);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
