/**
 * The connections to one replica. One is kept between requests where that is safe: for a second at most, so that a server which takes one
 * connection after the other is not held, and not before one was seen to stay open, so that no request is lost to a server that hangs up
 * without a word when it has answered.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** How long one connection is used. The servers that close idle ones wait longer than this. */
export const REUSE_LIMIT_MS = 1000;
/** One that is open so long after a whole answer is one that the replica keeps. */
export const PROVEN_AFTER_MS = 250;

const READ_BYTES = 2 ** 16;

/** Whoever has a request on a connection. */
export interface ConnectionUser {
  onConnect(): void;
  /** What the replica says; it may be kept. */
  onRead(bytes: Buffer): void;
  /** The replica says nothing more. */
  onReadEnd(): void;
  /** The connection has broken or is closed. */
  onClose(error: NodeJS.ErrnoException | undefined): void;
}

export class ReplicaConnection {
  readonly socket: Socket;
  user: ConnectionUser | undefined;
  /** It has carried a request before. */
  isReused = false;
  readonly #onIdle: () => void;

  /** @param isPlain to be given away as a socket, see `release`. @param onIdle something has happened while there was no user. */
  constructor(
    { host, port }: { readonly host: string; readonly port: number },
    user: ConnectionUser,
    isPlain: boolean,
    onIdle: () => void,
  ) {
    this.user = user;
    this.#onIdle = onIdle;
    const read = (bytes: Buffer): void => (this.user ? this.user.onRead(bytes) : this.#onIdle());
    const onread = {
      buffer: isPlain ? Buffer.alloc(0) : Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (bytes: number, buffer: Uint8Array) => {
        read(Buffer.from(buffer.subarray(0, bytes)));
        return true;
      },
    };
    this.socket = connect({ host, port, noDelay: true, ...(isPlain ? {} : { allowHalfOpen: true, onread }) });
    if (isPlain) this.socket.on('data', read);
    this.socket.on('connect', () => this.user?.onConnect());
    this.socket.on('end', () => (this.user ? this.user.onReadEnd() : this.#onIdle()));
    this.socket.on('error', (error) => (this.user ? this.user.onClose(error) : this.#onIdle()));
    this.socket.on('close', () => (this.user ? this.user.onClose(undefined) : this.#onIdle()));
  }

  /** A plain one leaves this room; who takes it listens to it from now on. */
  release(): Socket {
    this.user = undefined;
    for (const event of ['data', 'connect', 'end', 'error', 'close']) this.socket.removeAllListeners(event);
    return this.socket;
  }

  /**
   * Of a connection that the replica has ended without an answer: whether it had ended it before the request came, and so cannot have read of
   * it. Its system has refused what was written then, and the connection takes nothing more.
   */
  async cameTooLate(): Promise<boolean> {
    this.user = undefined;
    return new Promise((done) => {
      this.socket.once('close', () => done(false));
      this.socket.write('\r\n', (error) => {
        done(Boolean(error));
        this.socket.destroy();
      });
    });
  }

  /** Settles when more may be written, or never can. */
  async drained(): Promise<void> {
    const { socket } = this;
    if (!socket.writableNeedDrain || socket.destroyed) return;
    await new Promise<void>((done) => {
      const either = (): void => {
        socket.off('drain', either).off('close', either);
        done();
      };
      socket.on('drain', either).on('close', either);
    });
  }

  destroy(): void {
    this.user = undefined;
    this.socket.destroy();
  }
}

export interface ReuseLimits {
  readonly reuseMs: number;
  readonly provenMs: number;
}

export class ReplicaConnections {
  readonly #address: { readonly host: string; readonly port: number };
  readonly #limits: ReuseLimits;
  /** Whether the replica keeps connections open. */
  #habit: 'unknown' | 'keeps' | 'closes' = 'unknown';
  #kept: ReplicaConnection | undefined;
  /** One that is watched, to learn the habit. */
  #watched: ReplicaConnection | undefined;
  #watch: NodeJS.Timeout | undefined;
  readonly #old = new WeakSet<ReplicaConnection>();
  #isClosed = false;

  constructor(address: { readonly host: string; readonly port: number }, limits: ReuseLimits) {
    this.#address = address;
    this.#limits = limits;
  }

  /** The one that is kept, or a new one. */
  take(user: ConnectionUser): ReplicaConnection {
    const kept = this.#kept;
    if (!kept) return this.fresh(user);
    this.#kept = undefined;
    kept.isReused = true;
    kept.user = user;
    return kept;
  }

  /** A new one. @param isPlain to be given away as a socket. */
  fresh(user: ConnectionUser, isPlain = false): ReplicaConnection {
    const connection: ReplicaConnection = new ReplicaConnection(this.#address, user, isPlain, () =>
      this.#stirred(connection),
    );
    if (isPlain) return connection;
    const age = setTimeout(() => {
      this.#old.add(connection);
      if (this.#kept === connection) {
        this.#kept = undefined;
        connection.destroy();
      }
    }, this.#limits.reuseMs).unref();
    connection.socket.once('close', () => clearTimeout(age));
    return connection;
  }

  /** A whole answer was read from it, nothing is left to write, and the replica did not say that it closes. */
  giveBack(connection: ReplicaConnection): void {
    connection.user = undefined;
    const isOpen = !connection.socket.destroyed && !connection.socket.readableEnded;
    if (this.#isClosed || this.#habit === 'closes' || this.#old.has(connection) || !isOpen) connection.destroy();
    else if (this.#habit === 'keeps') this.#kept = connection;
    else if (this.#watched) connection.destroy();
    else {
      this.#watched = connection;
      this.#watch = setTimeout(() => {
        this.#habit = 'keeps';
        this.#watched = undefined;
        connection.destroy();
      }, this.#limits.provenMs).unref();
    }
  }

  /** The replica has ended a connection that was kept: none is any more. */
  closes(): void {
    this.#habit = 'closes';
    clearTimeout(this.#watch);
    for (const connection of [this.#kept, this.#watched]) connection?.destroy();
    this.#kept = this.#watched = undefined;
  }

  /** No request is sent any more; one that is on its way ends as it will. */
  close(): void {
    this.#isClosed = true;
    this.closes();
  }

  /** Something has happened on a connection without a request: whatever it was, no request follows. */
  #stirred(connection: ReplicaConnection): void {
    if (connection === this.#kept || connection === this.#watched) this.closes();
    else connection.destroy();
  }
}
