/** What of an ONNX file describes its graph (onnx.proto, https://github.com/onnx/onnx): everything but the numbers of its tensors. */
import type { Range } from '../../../spec/problems/problem.ts';
import { WireError, WireReader } from '../../wire.ts';

/** A tensor without its numbers, but for those of short lists of whole numbers, which say shapes. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  /** Number of the element's type in `TensorProto.DataType`. */
  readonly type: number;
  readonly values?: readonly number[];
}

/** A dimension is a number, or the name of one that the file leaves open. */
export interface OnnxType {
  readonly dims: readonly (number | string)[] | undefined;
  readonly type: number;
}

export interface OnnxAttribute {
  readonly int?: number;
  readonly ints?: readonly number[];
  readonly text?: string;
  readonly tensor?: OnnxTensor;
  readonly graphs: readonly OnnxGraph[];
}

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  /** An input that is left out has the name ''. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** Graphs within it (If, Loop, Scan). */
  readonly bodies: readonly OnnxGraph[];
  /** Path of the module that the node was traced in, as the exporter of PyTorch writes it; '' where it is not told. */
  readonly module: string;
  readonly range: Range;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly types: ReadonlyMap<string, OnnxType>;
  readonly inputs: readonly string[];
}

/** Lists of whole numbers up to here are kept: shapes have a few, axes have fewer. */
const MOST_VALUES = 64;
const INT32 = 6;
const INT64 = 7;

/** @throws WireError where the bytes are no model, also where they hold none. */
export function readModel(chunks: Iterable<Uint8Array>): OnnxGraph {
  const reader = new WireReader(chunks);
  let graph: OnnxGraph | undefined;
  reader.fields((field) => {
    if (field === 7) graph = readGraph(reader);
  });
  if (!graph) throw new WireError('it holds no graph', 0);
  return graph;
}

function readGraph(reader: WireReader): OnnxGraph {
  let name = '';
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const types = new Map<string, OnnxType>();
  const inputs: string[] = [];
  reader.message((field) => {
    if (field === 1) nodes.push(readNode(reader));
    else if (field === 2) name = reader.text();
    else if (field === 5) {
      const { name: tensor, ...described } = readTensor(reader);
      initializers.set(tensor, described);
    } else if (field === 15) {
      const { name: tensor, ...described } = readSparse(reader);
      initializers.set(tensor, described);
    } else if (field === 11 || field === 12 || field === 13) {
      const { name: tensor, ...type } = readValueInfo(reader);
      types.set(tensor, type);
      if (field === 11) inputs.push(tensor);
    }
  });
  return { name, nodes, initializers, types, inputs };
}

function readNode(reader: WireReader): OnnxNode {
  let [name, op, domain] = ['', '', ''];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let module = '';
  const range = reader.message((field) => {
    if (field === 1) inputs.push(reader.text());
    else if (field === 2) outputs.push(reader.text());
    else if (field === 3) name = reader.text();
    else if (field === 4) op = reader.text();
    else if (field === 5) {
      const { name: key, ...value } = readAttribute(reader);
      attributes.set(key, value);
    } else if (field === 7) domain = reader.text();
    else if (field === 9) module = readModule(reader) ?? module;
  });
  const bodies = attributes.size === 0 ? NO_GRAPHS : bodiesIn(attributes);
  return { name, op, domain, inputs, outputs, attributes, bodies, module, range };
}

const NO_GRAPHS: readonly OnnxGraph[] = [];

function bodiesIn(attributes: ReadonlyMap<string, OnnxAttribute>): readonly OnnxGraph[] {
  const bodies: OnnxGraph[] = [];
  for (const { graphs } of attributes.values()) bodies.push(...graphs);
  return bodies;
}

/** Of `['', 'layer1', 'layer1.0', 'layer1.0.bn1', 'conv2d_1']` the last but one, behind which only the operation stands. */
function readModule(reader: WireReader): string | undefined {
  let [isScopes, value] = [false, ''];
  reader.message((field) => {
    if (field === 1) isScopes = reader.text() === 'pkg.torch.onnx.name_scopes';
    else if (field === 2 && isScopes) value = reader.text();
  });
  if (!isScopes) return undefined;
  const scopes = value.split("'");
  return scopes[scopes.length - 4] ?? '';
}

function readAttribute(reader: WireReader): OnnxAttribute & { readonly name: string } {
  let name = '';
  let int: number | undefined;
  let text: string | undefined;
  let tensor: OnnxTensor | undefined;
  const ints: number[] = [];
  const graphs: OnnxGraph[] = [];
  reader.message((field) => {
    if (field === 1) name = reader.text();
    else if (field === 3) int = reader.int();
    else if (field === 4 && reader.length() < 4096) text = reader.text();
    else if (field === 5) tensor = readTensor(reader);
    else if (field === 6 || field === 11) graphs.push(readGraph(reader));
    else if (field === 8)
      reader.ints((value) => {
        if (ints.length < MOST_VALUES) ints.push(value);
      });
  });
  return {
    name,
    graphs,
    ...(int === undefined ? {} : { int }),
    ...(ints.length === 0 ? {} : { ints }),
    ...(text === undefined ? {} : { text }),
    ...(tensor === undefined ? {} : { tensor }),
  };
}

function readTensor(reader: WireReader): OnnxTensor & { readonly name: string } {
  let [name, type] = ['', 0];
  const shape: number[] = [];
  const listed: number[] = [];
  let raw: Uint8Array | undefined;
  reader.message((field) => {
    if (field === 1) reader.ints((dim) => shape.push(dimension(dim, reader)));
    else if (field === 2) type = reader.int();
    else if (field === 8) name = reader.text();
    else if ((field === 5 || field === 7) && listed.length <= MOST_VALUES) reader.ints((value) => listed.push(value));
    else if (field === 9 && reader.length() <= 8 * MOST_VALUES) raw = reader.bytes().slice();
  });
  const values = type === INT64 || type === INT32 ? (raw ? wholeNumbers(raw, type) : listed) : undefined;
  const count = shape.reduce((all, dim) => all * dim, 1);
  return { name, shape, type, ...(values && values.length === count && count <= MOST_VALUES ? { values } : {}) };
}

/** The values that are no zeros: what a sparse tensor keeps. */
function readSparse(reader: WireReader): OnnxTensor & { readonly name: string } {
  let tensor: OnnxTensor & { readonly name: string } = { name: '', shape: [0], type: 1 };
  reader.message((field) => {
    if (field === 1) tensor = readTensor(reader);
  });
  return tensor;
}

function wholeNumbers(raw: Uint8Array, type: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const size = type === INT64 ? 8 : 4;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, i) =>
    size === 8 ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
  );
}

function readValueInfo(reader: WireReader): OnnxType & { readonly name: string } {
  let [name, type] = ['', 0];
  let dims: (number | string)[] | undefined;
  reader.message((field) => {
    if (field === 1) name = reader.text();
    if (field !== 2) return;
    reader.message((kind) => {
      if (kind !== 1) return; // sequences and maps have no shape
      reader.message((part) => {
        if (part === 1) type = reader.int();
        if (part !== 2) return;
        const shape: (number | string)[] = (dims = []);
        reader.message((dim) => {
          if (dim === 1) shape.push(readDimension(reader));
        });
      });
    });
  });
  return { name, type, dims };
}

function readDimension(reader: WireReader): number | string {
  let dim: number | string = '?';
  reader.message((field) => {
    if (field === 1) dim = dimension(reader.int(), reader);
    if (field === 2) dim = reader.text() || '?';
  });
  return dim;
}

function dimension(dim: number, reader: WireReader): number {
  if (dim < 0)
    throw new WireError(`at byte ${reader.position} a tensor has a negative dimension, ${dim}`, reader.position);
  return dim;
}
