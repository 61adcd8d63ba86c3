/** Execution traces of Chakra (MLCommons, schema/protobuf/et_def.proto): messages one behind the other, each after its length. */
import type { Range } from '../../../spec/problems/problem.ts';
import { WireError, WireReader } from '../../wire.ts';

export interface TraceNode {
  readonly id: number;
  readonly name: string;
  /** Number in `NodeType`. */
  readonly type: number;
  readonly controlDeps: readonly number[];
  readonly dataDeps: readonly number[];
  readonly durationUs: number;
  /** Of its outputs, or of what it loads, stores or sends. */
  readonly bytes: number;
  readonly range: Range;
}

/** Describes the trace or a thread, and runs nothing. */
export const METADATA = 1;

/** @throws WireError where the bytes are no trace. */
export function readTrace(chunks: Iterable<Uint8Array>): TraceNode[] {
  const reader = new WireReader(chunks);
  const nodes: TraceNode[] = [];
  // The first message is of another type: it says the version.
  reader.delimited((i) => {
    if (i > 0) nodes.push(readNode(reader));
  });
  return nodes;
}

function readNode(reader: WireReader): TraceNode {
  let [id, name, type, durationUs, outputBytes, saidBytes] = [0, '', 0, 0, 0, 0];
  const controlDeps: number[] = [];
  const dataDeps: number[] = [];
  const range = reader.message((field) => {
    if (field === 1) id = reader.int();
    else if (field === 2) name = reader.text();
    else if (field === 3) type = reader.int();
    else if (field === 4) reader.ints((dep) => controlDeps.push(dep));
    else if (field === 5) reader.ints((dep) => dataDeps.push(dep));
    else if (field === 7) durationUs = reader.int();
    else if (field === 9) outputBytes = readOutputs(reader);
    else if (field === 10) saidBytes = readSize(reader) ?? saidBytes;
  });
  if (durationUs < 0)
    throw new WireError(`at byte ${range.start} a node takes less than no time, ${durationUs}`, range.start);
  return { id, name, type, controlDeps, dataDeps, durationUs, bytes: outputBytes || saidBytes, range };
}

/** Of `[[tensor, storage, offset, elements, bytes of an element, 'device'], …]`, as PyTorch's tracer writes them. */
function readOutputs(reader: WireReader): number {
  let values = '';
  reader.message((field) => {
    if (field === 1) values = reader.text();
  });
  let bytes = 0;
  for (const [, elements, size] of values.matchAll(/\[\d+, ?\d+, ?\d+, ?(\d+), ?(\d+), ?['"]/g))
    bytes += Number(elements) * Number(size);
  return bytes;
}

/** What a transfer moves, or a node of memory holds. */
function readSize(reader: WireReader): number | undefined {
  let [name, value] = ['', 0];
  reader.message((field) => {
    if (field === 1) name = reader.text();
    else if ([7, 9, 11, 13, 19, 21].includes(field)) value = reader.int();
  });
  return name === 'comm_size' || name === 'tensor_size' ? Math.max(0, value) : undefined;
}
