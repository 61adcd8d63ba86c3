/**
 * How a tensor crosses between two device processes: a fixed little-endian header, the shape, the float32 numbers. Nothing is ever
 * evaluated or revived.
 *
 *     u32 magic · u8 kind · u8 dimensions · u16 zero · u32 step · u32 index (node or edge) · u32 payload bytes · u32 extents… · float32…
 */
import { ByteQueue } from '../byte-queue.ts';
import { elements, type Tensor } from './tensor.ts';

/** `activation`: a node's output; `gradient`: along an edge, against its direction; `no-gradient`: the consumer has none to give. */
export const FRAME_KINDS = ['activation', 'gradient', 'no-gradient'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

export interface TensorFrame {
  readonly kind: FrameKind;
  readonly step: number;
  /** Of the node for an activation, of the edge for a gradient. */
  readonly index: number;
  readonly tensor: Tensor | null;
}

/** The last sign of the mark that a frame begins with, `BRT1`: a digit, so that frames of all versions know one another. */
export const TENSOR_FRAME_VERSION = 1;
const MARK = 0x545242;
const MAGIC = MARK + ((0x30 + TENSOR_FRAME_VERSION) << 24);
const HEADER_BYTES = 20;
const MAX_DIMENSIONS = 8;
/** More than any tensor a laptop trains with; a larger announced length is a broken peer. */
export const MAX_PAYLOAD_BYTES = 2 ** 30;

export class FrameError extends Error {}

export function encodeFrame({ kind, step, index, tensor }: TensorFrame): Buffer {
  const shape = tensor?.shape ?? [];
  const payload = tensor === null ? 0 : tensor.data.byteLength;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + shape.length * 4 + payload);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt8(FRAME_KINDS.indexOf(kind), 4);
  frame.writeUInt8(shape.length, 5);
  frame.writeUInt16LE(0, 6);
  frame.writeUInt32LE(step, 8);
  frame.writeUInt32LE(index, 12);
  frame.writeUInt32LE(payload, 16);
  shape.forEach((extent, axis) => frame.writeUInt32LE(extent, HEADER_BYTES + axis * 4));
  if (tensor !== null) {
    frame.set(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, payload), HEADER_BYTES + shape.length * 4);
  }
  return frame;
}

/** Turns the bytes of one connection into frames. @throws FrameError from `push` on the first byte that cannot be right. */
export class FrameReader {
  readonly #queue = new ByteQueue();
  #header: { kind: FrameKind; dimensions: number; step: number; index: number; payload: number } | undefined;

  push(chunk: Buffer): TensorFrame[] {
    this.#queue.push(chunk);
    const frames: TensorFrame[] = [];
    for (;;) {
      this.#header ??= this.#readHeader();
      if (this.#header === undefined) return frames;
      const { kind, dimensions, step, index, payload } = this.#header;
      const body = this.#queue.take(dimensions * 4 + payload);
      if (body === undefined) return frames;
      this.#header = undefined;
      const shape = Array.from({ length: dimensions }, (_, axis) => body.readUInt32LE(axis * 4));
      if (kind === 'no-gradient') {
        frames.push({ kind, step, index, tensor: null });
        continue;
      }
      if (elements(shape) * 4 !== payload)
        throw new FrameError(`a tensor of shape [${shape.join(', ')}] came with ${payload} bytes`);
      frames.push({
        kind,
        step,
        index,
        tensor: { shape, data: new Float32Array(body.buffer, body.byteOffset + dimensions * 4, payload / 4) },
      });
    }
  }

  #readHeader() {
    const header = this.#queue.take(HEADER_BYTES);
    if (header === undefined) return undefined;
    const kind = FRAME_KINDS[header.readUInt8(4)];
    const dimensions = header.readUInt8(5);
    const payload = header.readUInt32LE(16);
    const version = header.readUInt8(3) - 0x30;
    if (header.readUIntLE(0, 3) === MARK && version !== TENSOR_FRAME_VERSION && version >= 0 && version <= 9)
      throw new FrameError(
        `a tensor frame of version ${version}, and this device reads version ${TENSOR_FRAME_VERSION}: start the run again with one version of Berth`,
      );
    if (header.readUInt32LE(0) !== MAGIC || kind === undefined) throw new FrameError('bytes that are no tensor frame');
    if (dimensions > MAX_DIMENSIONS) throw new FrameError(`a tensor of ${dimensions} dimensions`);
    if (payload > MAX_PAYLOAD_BYTES || payload % 4 !== 0) throw new FrameError(`a tensor of ${payload} bytes`);
    return { kind, dimensions, payload, step: header.readUInt32LE(8), index: header.readUInt32LE(12) };
  }
}
