/** What of a GraphDef or SavedModel of TensorFlow describes its graph (tensorflow/core/framework/graph.proto and what it imports). */
import type { Range } from '../../../spec/problems/problem.ts';
import { WireError, WireReader } from '../../wire.ts';

/** Dimensions, of which −1 is open; undefined where even their number is. */
export type Shape = readonly number[] | undefined;

export interface TfTensor {
  readonly type: number;
  readonly shape: Shape;
  /** Of a short list of whole numbers, which says a shape or axes. */
  readonly values?: readonly number[];
}

/** Longer lists say no shapes. */
const MOST_VALUES = 64;
const INT32 = 3;
const INT64 = 9;

export interface Attribute {
  readonly text?: string;
  readonly int?: number;
  readonly flag?: boolean;
  /** Number of an element's type in `DataType`. */
  readonly type?: number;
  readonly shape?: Shape;
  readonly shapes: readonly Shape[];
  readonly ints: readonly number[];
  readonly texts: readonly string[];
  readonly tensor?: TfTensor;
  /** A function by its name. */
  readonly called?: string;
}

export interface TfNode {
  readonly name: string;
  readonly op: string;
  /** `a`, `a:1`, in functions `a:output:0`; `^a` where only the order counts. */
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly range: Range;
}

export interface TfFunction {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly TfNode[];
  /** What each output is, by its name. */
  readonly returns: ReadonlyMap<string, string>;
}

export interface TfGraph {
  readonly nodes: readonly TfNode[];
  readonly functions: ReadonlyMap<string, TfFunction>;
}

/** @throws WireError where the bytes are neither. */
export function readTfGraph(chunks: Iterable<Uint8Array>): TfGraph {
  const reader = new WireReader(chunks);
  const graph: { nodes: TfNode[]; functions: Map<string, TfFunction> } = { nodes: [], functions: new Map() };
  // A SavedModel begins with its version, a GraphDef with a node or a library.
  let isSavedModel = false;
  let hasGraph = false;
  reader.fields((field) => {
    if (field === 1 && reader.isNumber) isSavedModel = true;
    else if (!isSavedModel) readGraphField(reader, field, graph);
    else if (field === 2 && !hasGraph) {
      reader.message((part) => {
        if (part !== 2) return;
        hasGraph = true;
        reader.message((inner) => readGraphField(reader, inner, graph));
      });
    }
  });
  if (isSavedModel && !hasGraph) throw new WireError('it holds no graph', 0);
  return graph;
}

function readGraphField(
  reader: WireReader,
  field: number,
  graph: { readonly nodes: TfNode[]; readonly functions: Map<string, TfFunction> },
): void {
  if (field === 1) graph.nodes.push(readNode(reader));
  if (field !== 2) return;
  reader.message((part) => {
    if (part !== 1) return;
    const read = readFunction(reader);
    graph.functions.set(read.name, read);
  });
}

function readFunction(reader: WireReader): TfFunction {
  let name = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: TfNode[] = [];
  const returns = new Map<string, string>();
  reader.message((field) => {
    if (field === 1)
      reader.message((part) => {
        if (part === 1) name = reader.text();
        else if (part === 2) inputs.push(nameIn(reader));
        else if (part === 3) outputs.push(nameIn(reader));
      });
    else if (field === 3) nodes.push(readNode(reader));
    else if (field === 4) {
      let [key, value] = ['', ''];
      reader.message((part) => {
        if (part === 1) key = reader.text();
        if (part === 2) value = reader.text();
      });
      returns.set(key, value);
    }
  });
  return { name, inputs, outputs, nodes, returns };
}

/** Of a message whose first field is a name. */
function nameIn(reader: WireReader): string {
  let name = '';
  reader.message((field) => {
    if (field === 1) name = reader.text();
  });
  return name;
}

function readNode(reader: WireReader): TfNode {
  let [name, op] = ['', ''];
  const inputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  const range = reader.message((field) => {
    if (field === 1) name = reader.text();
    else if (field === 2) op = reader.text();
    else if (field === 3) inputs.push(reader.text());
    else if (field === 5) {
      let key = '';
      reader.message((part) => {
        if (part === 1) key = reader.text();
        if (part === 2) attributes.set(key, readAttribute(reader));
      });
    }
  });
  return { name, op, inputs, attributes, range };
}

function readAttribute(reader: WireReader): Attribute {
  const found: { -readonly [K in keyof Attribute]: Attribute[K] } = { shapes: [], ints: [], texts: [] };
  reader.message((field) => {
    if (field === 1) {
      const [shapes, ints, texts] = [[] as Shape[], [] as number[], [] as string[]];
      reader.message((part) => {
        if (part === 2) texts.push(reader.length() < 4096 ? reader.text() : '');
        else if (part === 3) reader.ints((value) => ints.push(value));
        else if (part === 7) shapes.push(readShape(reader));
      });
      Object.assign(found, { shapes, ints, texts });
    } else if (field === 2 && reader.length() < 4096) found.text = reader.text();
    else if (field === 3) found.int = reader.int();
    else if (field === 5) found.flag = reader.int() !== 0;
    else if (field === 6) found.type = reader.int();
    else if (field === 7) found.shape = readShape(reader);
    else if (field === 8) found.tensor = readTensor(reader);
    else if (field === 10) found.called = nameIn(reader);
  });
  return found;
}

function readTensor(reader: WireReader): TfTensor {
  let type = 0;
  let shape: Shape = [];
  let values: number[] = [];
  let content: Uint8Array | undefined;
  reader.message((field) => {
    if (field === 1) type = reader.int();
    else if (field === 2) shape = readShape(reader);
    else if (field === 4 && reader.length() <= 8 * MOST_VALUES) content = reader.bytes().slice();
    else if ((field === 7 || field === 10) && values.length <= MOST_VALUES) reader.ints((value) => values.push(value));
  });
  const count = (shape as Shape)?.reduce((all, dim) => all * dim, 1) ?? 0;
  if (content) values = type === INT64 ? wholeNumbers(content, 8) : wholeNumbers(content, 4);
  // What is the same to the end is written once.
  else if (values.length > 0 && count <= MOST_VALUES) while (values.length < count) values.push(values.at(-1) ?? 0);
  const isList = (type === INT32 || type === INT64) && values.length === count;
  return { type, shape, ...(isList ? { values } : {}) };
}

function wholeNumbers(content: Uint8Array, size: 4 | 8): number[] {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return Array.from({ length: Math.floor(content.length / size) }, (_, i) =>
    size === 8 ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
  );
}

function readShape(reader: WireReader): Shape {
  const dims: number[] = [];
  let isOpen = false;
  reader.message((field) => {
    if (field === 3) isOpen = reader.int() !== 0;
    if (field !== 2) return;
    let size = 0;
    reader.message((part) => {
      if (part === 1) size = reader.int();
    });
    if (size < -1)
      throw new WireError(`at byte ${reader.position} a tensor has a negative dimension, ${size}`, reader.position);
    dims.push(size);
  });
  return isOpen ? undefined : dims;
}
