/** A graph with its calls of functions replaced by what they do, as TensorFlow itself does before it runs one. */
import { MOST_NODES } from '../../checked-graph.ts';
import type { TfFunction, TfGraph, TfNode } from './model.ts';

/** A node with its inputs as `node:output`, or `^node`. */
export interface InlinedNode extends TfNode {
  readonly inputs: readonly string[];
  /** What is before every name of the function that it is of: '' outside of functions. */
  readonly scope: string;
}

/** Functions within functions; they may call each other in a circle in damaged files. */
const DEEPEST = 32;

/** Saving and restoring are no part of a step. */
const NO_STEP = /traced_(?:save|restore)/;

/** @returns the nodes, `MOST_NODES` and a few at most: a file may stand for more than any memory holds. */
export function inlined({ nodes, functions }: TfGraph): InlinedNode[] {
  const inliner = new Inliner(functions);
  inliner.add(nodes, '', new Map(), 0);
  return inliner.nodes.map((node) => ({ ...node, inputs: node.inputs.map((input) => inliner.resolved(input)) }));
}

class Inliner {
  readonly nodes: InlinedNode[] = [];
  readonly #functions: ReadonlyMap<string, TfFunction>;
  /** What an output of a call really is. */
  readonly #stands = new Map<string, string>();

  constructor(functions: ReadonlyMap<string, TfFunction>) {
    this.#functions = functions;
  }

  /** @param given what stands for the arguments. */
  add(nodes: readonly TfNode[], prefix: string, given: ReadonlyMap<string, string>, depth: number): void {
    for (const node of nodes) {
      if (this.nodes.length > MOST_NODES) return;
      const name = `${prefix}${node.name}`;
      const inputs = node.inputs.map((input) => outputName(input, prefix, given));
      const called = /PartitionedCall$/.test(node.op) ? node.attributes.get('f')?.called : undefined;
      if (called !== undefined && NO_STEP.test(called)) continue;
      const body = called === undefined ? undefined : this.#functions.get(called);
      if (!body || depth >= DEEPEST) {
        this.nodes.push({ ...node, name, inputs, scope: prefix });
        continue;
      }
      const data = inputs.filter((input) => !input.startsWith('^'));
      const inner = new Map(body.inputs.map((argument, i) => [argument, data[i] ?? '']));
      this.add(body.nodes, `${name}/`, inner, depth + 1);
      body.outputs.forEach((output, i) => {
        this.#stands.set(`${name}:${i}`, outputName(body.returns.get(output) ?? '', `${name}/`, inner));
      });
      // Who waits for a call waits for what it gives last.
      this.#stands.set(`^${name}`, `^${nodeOf(this.#stands.get(`${name}:0`) ?? '')}`);
    }
  }

  resolved(input: string): string {
    let at = input;
    for (let i = 0; i <= DEEPEST; i++) {
      const stands = this.#stands.get(at);
      if (stands === undefined) return at;
      at = stands;
    }
    return at;
  }
}

/** `a`, `a:1` and in functions `a:out:1` as `a:1`. */
function outputName(input: string, prefix: string, given: ReadonlyMap<string, string>): string {
  if (input.startsWith('^')) return `^${prefix}${input.slice(1)}`;
  const argument = given.get(input);
  if (argument !== undefined) return argument;
  const [node = '', ...rest] = input.split(':');
  return `${prefix}${node}:${rest.at(-1) ?? '0'}`;
}

/** The node of `node:output` or `^node`. */
export function nodeOf(input: string): string {
  return input.startsWith('^') ? input.slice(1) : input.slice(0, Math.max(0, input.lastIndexOf(':')));
}
