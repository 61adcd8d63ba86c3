/** What is known of the tensors of a graph, and of the graphs within its operations, which see the tensors outside. */
import { rooflineUs } from '../../roofline.ts';
import { bytesOf } from './elements.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxType } from './model.ts';
import { outputsOf, type Known } from './shapes.ts';
import { workOf } from './work.ts';

/** An operation with what is known of it. */
export interface Operation {
  readonly outputs: readonly Known[];
  /** Estimated, not rounded. */
  readonly us: number;
  /** Weights of graphs within it. */
  readonly innerBytes: number;
}

export class Scope {
  readonly #known = new Map<string, OnnxTensor>();
  readonly #types: ReadonlyMap<string, OnnxType>;
  readonly #outer: Scope | undefined;
  /** Dimensions that the file leaves open, by name. */
  readonly open: Set<string>;

  constructor(graph: OnnxGraph, outer?: Scope) {
    this.#types = graph.types;
    this.#outer = outer;
    this.open = outer?.open ?? new Set();
    for (const name of graph.inputs) this.#learn(name, undefined);
    for (const [name, tensor] of graph.initializers) this.#learn(name, tensor);
  }

  of(name: string): Known {
    return this.#known.get(name) ?? this.#outer?.of(name);
  }

  /** A value that an operation holds itself. */
  constant(name: string, value: Known): void {
    this.#learn(name, value);
  }

  /** Learns what an operation puts out: as the file says, or else as it follows from what it reads. Takes nodes in the order of the file. */
  run(node: OnnxNode): Operation {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : this.of(name)));
    const inferred = outputsOf(node, inputs);
    node.outputs.forEach((name, i) => this.#learn(name, inferred[i]));
    const outputs = node.outputs.map((name) => this.of(name));
    let us = rooflineUs(workOf(node, inputs, outputs));
    let innerBytes = 0;
    for (const body of node.bodies) {
      const scope = new Scope(body, this);
      for (const tensor of body.initializers.values()) innerBytes += bytesOf(tensor);
      for (const inner of body.nodes) {
        const ran = scope.run(inner);
        us += ran.us;
        innerBytes += ran.innerBytes;
      }
    }
    return { outputs, us, innerBytes };
  }

  #learn(name: string, inferred: Known): void {
    if (name === '') return;
    const said = this.#types.get(name);
    const shape = said?.dims?.map((dim, i) => this.#size(dim, inferred?.shape[i])) ?? inferred?.shape;
    if (!shape?.every((dim) => dim >= 0 && Number.isFinite(dim))) return;
    const type = said?.dims && said.type !== 0 ? said.type : (inferred?.type ?? 1);
    this.#known.set(name, { shape, type, ...(inferred?.values ? { values: inferred.values } : {}) });
  }

  /** A dimension that has only a name counts as it was inferred, or else once. */
  #size(dim: number | string, inferred: number | undefined): number {
    if (typeof dim === 'number') return dim;
    if (inferred !== undefined) return inferred;
    if (dim !== '?') this.open.add(dim);
    return 1;
  }
}

/** Names that a node reads, each once, with what graphs within it take from outside. */
export function tensorsReadBy({ inputs, bodies }: OnnxNode): readonly string[] {
  const isPlain = bodies.length === 0 && inputs.length < 3 && inputs[0] !== inputs[1] && !inputs.includes('');
  if (isPlain) return inputs;
  const read = new Set([...inputs, ...bodies.flatMap((body) => [...takenFromOutside(body)])]);
  read.delete('');
  return [...read];
}

function takenFromOutside({ nodes, initializers, inputs }: OnnxGraph): Set<string> {
  const own = new Set([...inputs, ...initializers.keys(), ...nodes.flatMap(({ outputs }) => outputs)]);
  return new Set(nodes.flatMap(tensorsReadBy).filter((name) => !own.has(name)));
}
