/**
 * The sockets between device processes: every process listens, and dials each process it has tensors for.
 * A connection opens with the run's secret token and the sender's device index; whoever does not know the token is dropped.
 */
import { timingSafeEqual } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ByteQueue } from '../byte-queue.ts';
import { encodeFrame, FrameReader, type FrameKind, type TensorFrame } from './tensor-frame.ts';
import type { Tensor } from './tensor.ts';

const TOKEN_BYTES = 32;
const GREETING_BYTES = TOKEN_BYTES + 4;

/** Where a device's process listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ExchangeOptions {
  /** This process's device index. */
  readonly device: number;
  /** 32 secret bytes that all processes of the run share, as hex. */
  readonly token: string;
  /** Whether the plan has `from` send this frame here; what it does not have is refused. */
  readonly expects: (from: number, frame: TensorFrame) => boolean;
  /** A connection brought what the plan does not have, or bytes that are no frame. */
  readonly onBreach: (message: string) => void;
  /** A connection broke; whoever started the process that died hears of it by itself, so this is for the log. */
  readonly onBroken: (message: string) => void;
}

export class TensorExchange {
  readonly #options: ExchangeOptions;
  readonly #token: Buffer;
  readonly #server: Server;
  readonly #incoming = new Set<Socket>();
  readonly #outgoing = new Map<number, Socket>();
  readonly #arrived = new Map<string, Tensor | null>();
  readonly #waiting = new Map<string, (tensor: Tensor | null) => void>();
  /** Payload bytes sent so far. */
  bytesSent = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#token = Buffer.from(options.token, 'hex');
    if (this.#token.length !== TOKEN_BYTES) throw new Error('the token must have 32 bytes');
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param host the address that the others will dial. @returns the port, a free one. */
  listen(host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Dials the processes this one will send to. @param addresses by device index. */
  async dial(addresses: readonly Address[], destinations: Iterable<number>): Promise<void> {
    const greeting = Buffer.alloc(GREETING_BYTES);
    this.#token.copy(greeting);
    greeting.writeUInt32LE(this.#options.device, TOKEN_BYTES);
    await Promise.all(
      [...destinations].map(async (destination) => {
        const socket = await opened(addresses[destination]!);
        socket.setNoDelay(true);
        socket.on('error', (error) =>
          this.#options.onBroken(`the connection to device ${destination} broke: ${error.message}`),
        );
        socket.write(greeting);
        this.#outgoing.set(destination, socket);
      }),
    );
  }

  send(destination: number, frame: TensorFrame): void {
    this.bytesSent += frame.tensor?.data.byteLength ?? 0;
    this.#outgoing.get(destination)!.write(encodeFrame(frame));
  }

  /** The tensor that was, or will be, sent here. Each is taken once. */
  take(kind: Exclude<FrameKind, 'no-gradient'>, step: number, index: number): Promise<Tensor | null> {
    const key = frameKey(kind, step, index);
    const tensor = this.#arrived.get(key);
    if (tensor !== undefined) {
      this.#arrived.delete(key);
      return Promise.resolve(tensor);
    }
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  close(): void {
    this.#server.close();
    for (const socket of [...this.#incoming, ...this.#outgoing.values()]) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#incoming.add(socket);
    socket.on('close', () => this.#incoming.delete(socket));
    socket.on('error', () => socket.destroy()); // the sender notices too, and its process reports
    const greeting = new ByteQueue();
    const greet = (chunk: Buffer) => {
      greeting.push(chunk);
      const hello = greeting.take(GREETING_BYTES);
      if (hello === undefined) return;
      if (!timingSafeEqual(hello.subarray(0, TOKEN_BYTES), this.#token)) {
        socket.destroy();
        return;
      }
      const from = hello.readUInt32LE(TOKEN_BYTES);
      const reader = new FrameReader();
      const read = (bytes: Buffer) => this.#read(socket, from, reader, bytes);
      socket.off('data', greet);
      socket.on('data', read);
      const rest = greeting.take(greeting.length);
      if (rest !== undefined && rest.length > 0) read(rest);
    };
    socket.on('data', greet);
  }

  #read(socket: Socket, from: number, reader: FrameReader, bytes: Buffer): void {
    let frames: TensorFrame[];
    try {
      frames = reader.push(bytes);
    } catch (error) {
      socket.destroy();
      this.#options.onBreach(`device ${from} sent ${(error as Error).message}`);
      return;
    }
    for (const frame of frames) {
      if (!this.#options.expects(from, frame)) {
        socket.destroy();
        this.#options.onBreach(`device ${from} sent ${frame.kind} ${frame.index}, which the plan does not have`);
        return;
      }
      this.#deliver(frame);
    }
  }

  #deliver({ kind, step, index, tensor }: TensorFrame): void {
    const key = frameKey(kind === 'activation' ? 'activation' : 'gradient', step, index);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#arrived.set(key, tensor);
    } else {
      this.#waiting.delete(key);
      waiting(tensor);
    }
  }
}

function frameKey(kind: string, step: number, index: number): string {
  return `${kind}/${step}/${index}`;
}

function opened({ host, port }: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
