/** Connections that ask nothing: as many as wish may come, and the oldest of them go first, so that they keep nobody else out. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** So many connections of one server may be without a whole request. */
export const QUIET_CONNECTIONS_LIMIT = 2000;
/** The head of a request must be there so soon. */
const HEAD_LIMIT_MS = 20_000;
/** And the whole of it so soon. */
const REQUEST_LIMIT_MS = 600_000;

export class ConnectionLimit {
  /** In the order in which they fell silent. */
  readonly #quiet = new Set<Socket>();

  constructor(server: Server, limit = QUIET_CONNECTIONS_LIMIT) {
    server.headersTimeout = HEAD_LIMIT_MS;
    server.requestTimeout = REQUEST_LIMIT_MS;
    server.on('connection', (socket) => {
      this.#quiet.add(socket);
      socket.once('close', () => this.#quiet.delete(socket));
      if (this.#quiet.size <= limit) return;
      const [oldest] = this.#quiet;
      this.#quiet.delete(oldest!);
      oldest!.destroy();
    });
  }

  /** Its request is whole: it waits for us now. */
  asked(socket: Socket): void {
    this.#quiet.delete(socket);
  }

  /** Its request is answered. */
  answered(socket: Socket): void {
    if (!socket.destroyed) this.#quiet.add(socket);
  }
}
