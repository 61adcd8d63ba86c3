import { itemAt } from '../../../numeric/at.ts';
import type { Range } from '../../../spec/problems/problem.ts';
import { checkedGraph, type ReadEdge } from '../../checked-graph.ts';
import { GraphFindings, type GraphFinding, type Path } from '../../graph-finding.ts';
import type { BinaryFormat, BinaryReading } from '../../graph-format.ts';
import type { NodeRow } from '../../graph.ts';
import { wholeUs } from '../../link-model.ts';
import { ASSUMED_DEVICE_TEXT, rooflineUs } from '../../roofline.ts';
import { unitedNames } from '../../united-names.ts';
import { WireError } from '../../wire.ts';
import { inlined, nodeOf, type InlinedNode } from './inlined.ts';
import { readTfGraph } from './model.ts';
import { bytesOf, KEPT, outputsOf, VARIABLES, workOf, type Known } from './tensors.ts';

/**
 * Reads a GraphDef, frozen or not, or the graph of a SavedModel. Functions are inlined; a loop runs once (what leads back to its
 * beginning is left out). Variables and constants keep their bytes; what is co-located (`_class: loc:@…`) or works on a variable
 * is one group with it. Times are estimated by the roofline model.
 *
 * @param name of the graph, for instance its file's name.
 */
export function readGraphDef(chunks: Iterable<Uint8Array>, name = ''): BinaryReading {
  try {
    return new GraphDefReader(inlined(readTfGraph(chunks))).read(name);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const { message: detail, at } = error;
    const problems: GraphFinding[] = [{ code: 'BERTH3054', path: [], params: { format: 'TensorFlow', detail } }];
    return { result: { ok: false, problems }, bytesAt: () => ({ start: at, end: at }) };
  }
}

class GraphDefReader {
  readonly #nodes: readonly InlinedNode[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #problems = new GraphFindings();
  readonly #outputs: (readonly Known[] | undefined)[];

  constructor(nodes: readonly InlinedNode[]) {
    this.#nodes = nodes;
    this.#index = new Map(nodes.map((node, i) => [node.name, i]));
    this.#outputs = nodes.map(() => undefined);
  }

  read(name: string): BinaryReading {
    const edges = this.#edges();
    for (const i of this.#inputsFirst()) this.#run(i);
    const groups = this.#groups();
    const unknown: string[] = [];
    const rows = this.#nodes.map((node, i): NodeRow => {
      const outputs = this.#outputs[i] ?? [];
      const inputs = node.inputs.map((input) => this.#tensor(input));
      if (this.#isRead.has(i) && outputs.every((output) => output === undefined)) unknown.push(node.name);
      const bytes = outputs.reduce((sum, output) => sum + (output ? bytesOf(output) : 0), 0);
      const isKept = KEPT.has(node.op);
      const group = groups[i];
      return {
        name: node.name,
        computeUs: wholeUs(rooflineUs(workOf(node, inputs, outputs))),
        permBytes: isKept ? bytes : 0,
        tempBytes: 0,
        outBytes: isKept ? 0 : bytes,
        op: { type: node.op },
        ...(group === undefined ? {} : { group }),
      };
    });
    const sized = edges.map((edge): ReadEdge => {
      const known = edge.tensor.startsWith('^') ? undefined : this.#tensor(edge.tensor);
      const isHandle = itemAt(this.#nodes, edge.src).op === 'VarHandleOp';
      return { ...edge, bytes: isHandle ? 8 : known ? bytesOf(known) : 0 };
    });
    const paths = rows.map((_, i) => ['nodes', i]);
    const built = checkedGraph(name, rows, paths, sized, this.#problems);
    const bytesAt = ([, i]: Path): Range => this.#nodes[Number(i)]?.range ?? { start: 0, end: 1 };
    if (!built) return { result: { ok: false, problems: this.#problems.list }, bytesAt };
    const graph = { ...built, estimated: ASSUMED_DEVICE_TEXT };
    return { result: { ok: true, graph, notes: this.#notes(unknown) }, bytesAt };
  }

  readonly #isRead = new Set<number>();

  #edges(): ReadEdge[] {
    const edges: ReadEdge[] = [];
    this.#nodes.forEach(({ inputs, name }, dst) => {
      const path = ['nodes', dst, 'input'];
      for (const tensor of new Set(inputs)) {
        const node = nodeOf(tensor);
        const src = this.#index.get(node);
        if (src === undefined) {
          this.#problems.add({ code: 'BERTH3001', path: ['nodes', dst], params: { from: node, to: name, node } });
          continue;
        }
        if (!tensor.startsWith('^')) this.#isRead.add(src);
        if (itemAt(this.#nodes, src).op === 'NextIteration') continue;
        edges.push({ src, dst, tensor, bytes: 0, srcPath: path, sizePath: path });
      }
    });
    return edges;
  }

  /** Nodes behind those that they read, as far as there is no cycle; in files they may stand in any order. */
  #inputsFirst(): number[] {
    const order: number[] = [];
    const state = new Uint8Array(this.#nodes.length); // 1 begun, 2 done
    this.#nodes.forEach((_, root) => {
      const stack = [root];
      while (stack.length > 0) {
        const at = itemAt(stack, stack.length - 1);
        if (state[at] === 0) {
          state[at] = 1;
          for (const input of itemAt(this.#nodes, at).inputs) {
            const src = this.#index.get(nodeOf(input));
            if (src !== undefined && state[src] === 0) stack.push(src);
          }
        } else {
          stack.pop();
          if (state[at] === 1) order.push(at);
          state[at] = 2;
        }
      }
    });
    return order;
  }

  #run(i: number): void {
    const node = itemAt(this.#nodes, i);
    this.#outputs[i] = outputsOf(
      node,
      node.inputs.map((input) => this.#tensor(input)),
    );
  }

  #tensor(input: string): Known {
    const src = this.#index.get(nodeOf(input));
    const outputs = src === undefined ? undefined : this.#outputs[src];
    return (
      outputs?.[Number(input.slice(input.lastIndexOf(':') + 1))] ?? (outputs?.length === 1 ? outputs[0] : undefined)
    );
  }

  /**
   * Group of every node. A node has the name of every class that it is said to be in, whether or not the file has a node of that
   * name (pruned graphs keep the names of what was pruned), its own where others are placed with it, and those of the variables
   * that it works on.
   */
  #groups(): readonly (string | undefined)[] {
    const classes = this.#nodes.map(({ attributes, inputs, scope }): readonly string[] => {
      const located = (attributes.get('_class')?.texts ?? []).flatMap((text) => {
        const anchor = text.replace(/^loc:@/, '');
        if (anchor === '') return [];
        const inScope = scope + anchor;
        return !this.#index.has(inScope) && this.#index.has(anchor) ? [anchor] : [inScope];
      });
      const variables = inputs.map(nodeOf).filter((input) => VARIABLES.has(this.#operation(input)));
      return [...located, ...variables];
    });
    const anchors = new Set(classes.flat());
    const groups = unitedNames(
      this.#nodes.map(({ name }, i) => [...(anchors.has(name) ? [name] : []), ...itemAt(classes, i)]),
    );
    const sizes = new Map<string | undefined, number>();
    for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    return groups.map((group) => (sizes.get(group) === 1 ? undefined : group));
  }

  #operation(name: string): string {
    const node = this.#index.get(name);
    return node === undefined ? '' : itemAt(this.#nodes, node).op;
  }

  #notes(unknown: readonly string[]): GraphFinding[] {
    const names = this.#nodes.flatMap(({ op, name, attributes }) =>
      op.startsWith('Placeholder') && attributes.get('shape')?.shape?.includes(-1) ? [`a size of ${name}`] : [],
    );
    const [first] = unknown;
    const tensors = unknown.length;
    return [
      { code: 'BERTH3053', path: [], params: { nodes: this.#nodes.length, device: ASSUMED_DEVICE_TEXT } },
      ...(names.length === 0 ? [] : [{ code: 'BERTH3055', path: [], params: { names } } as const]),
      ...(first === undefined ? [] : [{ code: 'BERTH3056', path: [], params: { tensors, first } } as const]),
    ];
  }
}

/** What TensorFlow saves. */
export const GRAPHDEF: BinaryFormat = {
  name: 'graphdef',
  type: 'binary',
  title: 'a GraphDef or SavedModel of TensorFlow (.pb)',
  endings: ['.pb'],
  largestBytes: 512 * 2 ** 20,
  recognises(head) {
    if (head[0] === 0x08 && head[1] === 1 && head[2] === 0x12) return true;
    if (head[0] !== 0x0a) return false;
    // A node, which begins with its name and goes on with its operation.
    const at = head.findIndex((byte, i) => i > 0 && byte < 0x80) + 1;
    const length = head[at + 1] ?? 0;
    return head[at] === 0x0a && length < 0x80 && head[at + 2 + length] === 0x12;
  },
  read: readGraphDef,
};
