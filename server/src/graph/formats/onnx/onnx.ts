import { itemAt } from '../../../numeric/at.ts';
import type { Range } from '../../../spec/problems/problem.ts';
import { checkedGraph, type ReadEdge } from '../../checked-graph.ts';
import { GraphFindings, type GraphFinding, type Path } from '../../graph-finding.ts';
import type { BinaryFormat, BinaryReading } from '../../graph-format.ts';
import type { NodeRow } from '../../graph.ts';
import { wholeUs } from '../../link-model.ts';
import { ASSUMED_DEVICE_TEXT } from '../../roofline.ts';
import { TiedWeights } from '../../tied-weights.ts';
import { WireError } from '../../wire.ts';
import { bytesOf, INT64 } from './elements.ts';
import { readModel, type OnnxGraph, type OnnxNode, type OnnxTensor } from './model.ts';
import { tensorsReadBy, Scope } from './scope.ts';

/**
 * Reads a model in ONNX. Weights are not read, wherever they lie: their sizes follow from their shapes.
 *
 * Nodes are the operations but for constants, which are values. A weight counts as persistent bytes of the first operation that
 * reads it, and all that read it are one group. Sizes of tensors are those of the file, or are inferred; times are estimated by
 * the roofline model. An operation with graphs within it (If, Loop, Scan) is one node that runs each of them once.
 *
 * @param name of a graph whose file does not name it.
 */
export function readOnnx(chunks: Iterable<Uint8Array>, name = ''): BinaryReading {
  let model: OnnxGraph;
  try {
    model = readModel(chunks);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const { message: detail, at } = error;
    const problems: GraphFinding[] = [{ code: 'BERTH3054', path: [], params: { format: 'ONNX', detail } }];
    return { result: { ok: false, problems }, bytesAt: () => ({ start: at, end: at }) };
  }
  return new OnnxReader(model).read(name);
}

class OnnxReader {
  readonly #model: OnnxGraph;
  readonly #nodes: OnnxNode[];
  readonly #problems = new GraphFindings();
  readonly #scope: Scope;
  /** Node that puts a tensor out. */
  readonly #producer = new Map<string, number>();
  readonly #weights: Map<string, OnnxTensor>;
  readonly #inputs: ReadonlySet<string>;

  constructor(model: OnnxGraph) {
    this.#model = model;
    this.#scope = new Scope(model);
    this.#weights = new Map(model.initializers);
    this.#inputs = new Set(model.inputs);
    this.#nodes = model.nodes.filter((node) => !this.#isConstant(node));
    this.#nodes.forEach(({ outputs }, i) => {
      for (const output of outputs) {
        if (output === '') continue;
        if (this.#producer.has(output)) {
          const detail = 'another operation gives a tensor of this name too';
          this.#problems.add({ code: 'BERTH3008', path: ['nodes', i], params: { where: output, detail } });
        }
        this.#producer.set(output, i);
      }
    });
  }

  read(name: string): BinaryReading {
    const names = uniqueNames(this.#nodes);
    const tied = new TiedWeights(this.#nodes.length);
    const edges: ReadEdge[] = [];
    const unknown: string[] = [];
    const reads: (readonly string[])[] = [];
    const rows = this.#nodes.map((node, i): NodeRow => {
      const { outputs, us, innerBytes } = this.#scope.run(node);
      unknown.push(...node.outputs.filter((output, k) => output !== '' && !outputs[k]));
      const read = tensorsReadBy(node);
      reads.push(read);
      for (const tensor of read) this.#reads(i, tensor, itemAt(names, i), tied);
      return {
        name: itemAt(names, i),
        computeUs: wholeUs(us),
        permBytes: innerBytes,
        tempBytes: 0,
        outBytes: outputs.reduce((sum, output) => sum + (output ? bytesOf(output) : 0), 0),
        op: { type: node.op, ...(node.domain === '' ? {} : { domain: node.domain }) },
        ...layerOf(node),
      };
    });
    // What an operation reads may stand behind it in a damaged file: edges are made when all is known.
    reads.forEach((tensors, dst) => {
      const path = ['nodes', dst, 'input'];
      for (const tensor of tensors) {
        const src = this.#producer.get(tensor);
        if (src === undefined) continue;
        const known = this.#scope.of(tensor);
        edges.push({ src, dst, tensor, bytes: known ? bytesOf(known) : 0, srcPath: path, sizePath: path });
      }
    });
    const nodes = tied.withWeights(rows);
    const paths = nodes.map((_, i) => ['nodes', i]);
    const built = checkedGraph(this.#model.name || name, nodes, paths, edges, this.#problems);
    const ranges = this.#nodes.map(({ range }) => range);
    const bytesAt = ([, i]: Path): Range => ranges[Number(i)] ?? { start: 0, end: 1 };
    if (!built) return { result: { ok: false, problems: this.#problems.list }, bytesAt };
    const graph = { ...built, estimated: ASSUMED_DEVICE_TEXT };
    return { result: { ok: true, graph, notes: this.#notes(graph.nodeCount, unknown) }, bytesAt };
  }

  #reads(node: number, tensor: string, name: string, tied: TiedWeights): void {
    const weight = this.#weights.get(tensor);
    if (weight) tied.read(node, tensor, bytesOf(weight));
    else if (!this.#producer.has(tensor) && !this.#inputs.has(tensor)) {
      this.#problems.add({
        code: 'BERTH3001',
        path: ['nodes', node],
        params: { from: tensor, to: name, node: tensor },
      });
    }
  }

  #notes(nodes: number, unknown: readonly string[]): GraphFinding[] {
    const names = [...this.#scope.open];
    const [first] = unknown;
    return [
      { code: 'BERTH3053', path: [], params: { nodes, device: ASSUMED_DEVICE_TEXT } },
      ...(names.length === 0 ? [] : [{ code: 'BERTH3055', path: [], params: { names } } as const]),
      ...(first === undefined
        ? []
        : [{ code: 'BERTH3056', path: [], params: { tensors: unknown.length, first } } as const]),
    ];
  }

  /** A constant is a weight like those that lie outside of operations. */
  #isConstant({ op, domain, attributes, outputs: [output = ''] }: OnnxNode): boolean {
    if (op !== 'Constant' || domain !== '') return false;
    const value = attributes.get('value')?.tensor ?? listed(attributes);
    this.#weights.set(output, value);
    this.#scope.constant(output, value);
    return true;
  }
}

/** The value of a constant that is written as a number or a list. */
function listed(attributes: OnnxNode['attributes']): OnnxTensor {
  const ints = attributes.get('value_ints')?.ints;
  if (ints) return { shape: [ints.length], type: INT64, values: ints };
  const int = attributes.get('value_int')?.int;
  return int === undefined ? { shape: [], type: 1 } : { shape: [], type: INT64, values: [int] };
}

/** Names of operations are optional, and need not differ: then the tensor that it puts out names it, which is nobody else's. */
function uniqueNames(nodes: readonly OnnxNode[]): string[] {
  const seen = new Set<string>();
  return nodes.map(({ name, op, outputs: [output = ''] }, i) => {
    const free = [name, output, `${op} ${i}`].find((one) => one !== '' && !seen.has(one.normalize('NFC')));
    const chosen = free ?? name;
    seen.add(chosen.normalize('NFC'));
    return chosen;
  });
}

/** The module that the operation was traced in; an older exporter wrote it into the name, as a path. */
function layerOf({ name, module }: OnnxNode): { layer?: string } {
  if (module !== '') return { layer: module.replaceAll('.', '/') };
  return name.startsWith('/') ? { layer: name.slice(1, Math.max(1, name.lastIndexOf('/'))) } : {};
}

/** What training frameworks export. */
export const ONNX: BinaryFormat = {
  name: 'onnx',
  type: 'binary',
  title: 'a model in ONNX (.onnx), its weights inside or beside it',
  endings: ['.onnx'],
  largestBytes: 512 * 2 ** 20,
  // The version of the representation, which is 3 or more since 2017, and then any of the fields that models begin with.
  recognises: ([first, version = 0, second = 0]) =>
    first === 0x08 && version >= 3 && version < 64 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(second),
  read: readOnnx,
};
