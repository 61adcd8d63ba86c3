/**
 * How a site's message crosses to another: a header of fixed length and the payload, little-endian throughout.
 *
 *     u32 magic · u8 version · u8 kind · u8 precision · u8 zero · u32 round · u32 attempt · u32 iteration · u16 from · u16 to
 *     · u64 payload bytes · 32 bytes job · 32 bytes plan · 32 bytes SHA-256 of the payload · payload
 *
 * Vectors are flat float32 or float64, digests 32 bytes. The transport below has encrypted and authenticated it; the hashes bind a message
 * to its job and plan and show accidents.
 */
import { createHash } from 'node:crypto';
import type { WirePrecision } from '../../../securedfl/admm.ts';
import type { MessageKind, SiteMessage } from '../../../securedfl/aggregation-plan.ts';
import { ByteQueue } from '../byte-queue.ts';
import { bytesOf } from '../durable-file.ts';

const MAGIC = 0x31465342;
export const SITE_FRAME_VERSION = 1;
const KINDS: readonly MessageKind[] = ['y', 'partial', 'digest'];
const PRECISIONS: readonly WirePrecision[] = ['float32', 'float64'];
const HASH_BYTES = 32;
const FIXED_BYTES = 32;
export const HEADER_BYTES = FIXED_BYTES + 3 * HASH_BYTES;

/** What messages of one job and plan have in common, and how long a vector of it is. */
export interface FrameScope {
  /** SHA-256 of the job's id and of its plan, 32 bytes each. */
  readonly job: Buffer;
  readonly plan: Buffer;
  readonly length: number;
  readonly precision: WirePrecision;
}

export class SiteFrameError extends Error {}

export function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function encodeSiteMessage(message: SiteMessage, scope: FrameScope): Buffer {
  const payload = message.kind === 'digest' ? Buffer.from(message.digest, 'hex') : bytesOf(message.vector);
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt8(SITE_FRAME_VERSION, 4);
  frame.writeUInt8(KINDS.indexOf(message.kind), 5);
  frame.writeUInt8(PRECISIONS.indexOf(scope.precision), 6);
  frame.writeUInt32LE(message.round, 8);
  frame.writeUInt32LE(message.attempt, 12);
  frame.writeUInt32LE(message.iteration, 16);
  frame.writeUInt16LE(message.from, 20);
  frame.writeUInt16LE(message.to, 22);
  frame.writeBigUInt64LE(BigInt(payload.length), 24);
  scope.job.copy(frame, FIXED_BYTES);
  scope.plan.copy(frame, FIXED_BYTES + HASH_BYTES);
  sha256(payload).copy(frame, FIXED_BYTES + 2 * HASH_BYTES);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

/** Reads the messages of one authenticated connection. @throws SiteFrameError from `push` at the first thing that cannot be right. */
export class SiteFrameReader {
  readonly #scope: FrameScope;
  readonly #from: number;
  readonly #queue = new ByteQueue();
  #header: Buffer | undefined;

  /** @param from who the connection's certificate says is sending. */
  constructor(scope: FrameScope, from: number) {
    this.#scope = scope;
    this.#from = from;
  }

  push(chunk: Buffer): SiteMessage[] {
    this.#queue.push(chunk);
    const messages: SiteMessage[] = [];
    for (;;) {
      this.#header ??= this.#checkedHeader(this.#queue.take(HEADER_BYTES));
      if (this.#header === undefined) return messages;
      const payload = this.#queue.take(Number(this.#header.readBigUInt64LE(24)));
      if (payload === undefined) return messages;
      messages.push(this.#message(this.#header, payload));
      this.#header = undefined;
    }
  }

  #checkedHeader(header: Buffer | undefined): Buffer | undefined {
    if (header === undefined) return undefined;
    const { job, plan, length, precision } = this.#scope;
    if (header.readUInt32LE(0) !== MAGIC) throw new SiteFrameError('bytes that are no message');
    const version = header.readUInt8(4);
    if (version !== SITE_FRAME_VERSION)
      throw new SiteFrameError(
        `a message of version ${version}, and this site reads version ${SITE_FRAME_VERSION}: run all sites with one version of Berth`,
      );
    const kind = KINDS[header.readUInt8(5)];
    if (kind === undefined) throw new SiteFrameError('a message of an unknown kind');
    const expected = kind === 'digest' ? HASH_BYTES : length * (precision === 'float32' ? 4 : 8);
    // Before anything of that length is waited for or allocated.
    if (header.readBigUInt64LE(24) !== BigInt(expected)) throw new SiteFrameError('a message of the wrong length');
    if (PRECISIONS[header.readUInt8(6)] !== precision) throw new SiteFrameError('numbers of another precision');
    if (!header.subarray(FIXED_BYTES, FIXED_BYTES + HASH_BYTES).equals(job))
      throw new SiteFrameError('a message of another job');
    if (!header.subarray(FIXED_BYTES + HASH_BYTES, FIXED_BYTES + 2 * HASH_BYTES).equals(plan)) {
      throw new SiteFrameError('a message of another plan');
    }
    if (header.readUInt16LE(20) !== this.#from) throw new SiteFrameError('a message in the name of another site');
    return header;
  }

  #message(header: Buffer, payload: Buffer): SiteMessage {
    if (!sha256(payload).equals(header.subarray(FIXED_BYTES + 2 * HASH_BYTES)))
      throw new SiteFrameError('a message that was damaged');
    const kind = KINDS[header.readUInt8(5)]!;
    const envelope = {
      round: header.readUInt32LE(8),
      attempt: header.readUInt32LE(12),
      iteration: header.readUInt32LE(16),
      from: header.readUInt16LE(20),
      to: header.readUInt16LE(22),
    };
    if (kind === 'digest') return { ...envelope, kind, digest: payload.toString('hex') };
    const { length, precision } = this.#scope;
    const Values = precision === 'float32' ? Float32Array : Float64Array;
    return { ...envelope, kind, vector: new Values(payload.buffer as ArrayBuffer, payload.byteOffset, length) };
  }
}
