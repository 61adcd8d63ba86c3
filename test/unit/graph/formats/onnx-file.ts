/** Files of ONNX as small as a test needs them, by the field numbers of onnx.proto. */
import { bytes, fileOf, int, message, packed, text, type WireField } from '../wire-writer.ts';

export interface Tensor {
  readonly name: string;
  readonly dims: readonly (number | bigint)[];
  readonly type?: number;
  readonly values?: readonly number[];
  /** Where its numbers lie that are not in the file. */
  readonly external?: { readonly location: string; readonly length: number };
}

export interface Operation {
  readonly op: string;
  readonly name?: string;
  readonly domain?: string;
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string | Tensor | Model>>;
  /** As the exporter of PyTorch writes it. */
  readonly scopes?: readonly string[];
}

export interface Model {
  readonly nodes: readonly Operation[];
  readonly weights?: readonly Tensor[];
  /** Shapes of inputs, and of what lies between. */
  readonly inputs?: Readonly<Record<string, readonly (number | string)[]>>;
  readonly between?: Readonly<Record<string, readonly (number | string)[]>>;
}

const FLOAT = 1;
const INT64 = 7;

export function onnxFile(model: Model): Uint8Array {
  return fileOf(int(1, 10), text(2, 'a test'), message(8, text(1, ''), int(2, 20)), message(7, ...graph(model)));
}

function graph({ nodes, weights = [], inputs = {}, between = {} }: Model): WireField[] {
  return [
    ...nodes.map(node),
    text(2, 'net'),
    ...weights.map((weight) => message(5, ...tensor(weight))),
    ...Object.entries(inputs).map(([name, dims]) => message(11, ...valueInfo(name, dims))),
    ...Object.entries(between).map(([name, dims]) => message(13, ...valueInfo(name, dims))),
  ];
}

function node({ op, name = '', domain = '', inputs = [], outputs, attributes = {}, scopes }: Operation): WireField {
  const value = `[${(scopes ?? []).map((scope) => `'${scope}'`).join(', ')}]`;
  return message(
    1,
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    text(3, name),
    text(4, op),
    ...Object.entries(attributes).map(([key, given]) => message(5, text(1, key), attribute(given))),
    text(7, domain),
    ...(scopes ? [message(9, text(1, 'pkg.torch.onnx.name_scopes'), text(2, value))] : []),
  );
}

function attribute(value: number | readonly number[] | string | Tensor | Model): WireField {
  if (typeof value === 'number') return int(3, value);
  if (typeof value === 'string') return text(4, value);
  if ('nodes' in value) return message(6, ...graph(value));
  return 'dims' in value ? message(5, ...tensor(value)) : value.flatMap((one) => int(8, one));
}

function tensor({ name, dims, type, values, external }: Tensor): WireField[] {
  return [
    packed(1, dims),
    int(2, type ?? (values ? INT64 : FLOAT)),
    text(8, name),
    ...(values ? [bytes(9, new Uint8Array(BigInt64Array.from(values, BigInt).buffer))] : []),
    ...(external
      ? [
          message(13, text(1, 'location'), text(2, external.location)),
          message(13, text(1, 'length'), text(2, String(external.length))),
          int(14, 1),
        ]
      : []),
  ];
}

function valueInfo(name: string, dims: readonly (number | string)[]): WireField[] {
  const shape = dims.map((dim) => message(1, typeof dim === 'number' ? int(1, dim) : text(2, dim)));
  return [text(1, name), message(2, message(1, int(1, FLOAT), message(2, ...shape)))];
}
