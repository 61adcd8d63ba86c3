/**
 * The connections of one site: a TLS 1.3 server for what peers send, and a connection to every peer that it sends to. Both ends show a certificate, and both check its fingerprint against the membership list before a byte of payload
 * passes. There is no authority whose signature would open the door.
 */
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { fingerprintOf, type SiteIdentity } from './identity.ts';

export interface Member {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly fingerprint: string;
}

export interface LinkEvents {
  /** Bytes from an authenticated member. Throwing refuses them and closes the connection. */
  readonly onData: (connection: object, from: number, bytes: Buffer) => void;
  /** Someone was turned away. */
  readonly onRefused: (who: string, why: string) => void;
  /** What was to be sent to a member may not have arrived. */
  readonly onLost: (member: number, why: string) => void;
}

export class SiteLinks {
  readonly #identity: SiteIdentity;
  readonly #events: LinkEvents;
  readonly #server: Server;
  readonly #incoming = new Set<TLSSocket>();
  readonly #outgoing = new Map<number, Promise<TLSSocket>>();
  #members: readonly Member[] = [];
  /** Bytes of messages sent so far, without what TLS adds. */
  bytesSent = 0;

  constructor(identity: SiteIdentity, events: LinkEvents) {
    this.#identity = identity;
    this.#events = events;
    this.#server = createServer(
      {
        key: identity.key,
        cert: identity.certificate,
        minVersion: 'TLSv1.3',
        requestCert: true,
        // No authority vouches for anyone: the handshake proves that the peer has the key, the fingerprint says whose it is.
        rejectUnauthorized: false,
      },
      (socket) => this.#accept(socket),
    );
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
      // A connection that merely broke is a peer that died, which its own process's end tells.
      if (error.code?.startsWith('ERR_SSL'))
        this.#events.onRefused('a stranger', `no TLS 1.3 handshake: ${error.message}`);
    });
  }

  /** @param host the address that peers will dial. @returns the port, a free one. */
  listen(host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Takes over a membership list; connections to members that have moved or changed their certificate are given up. */
  join(members: readonly Member[]): void {
    for (const [index, connection] of this.#outgoing) {
      const [before, after] = [this.#members[index], members[index]];
      const same = before?.host === after?.host && before?.port === after?.port;
      if (same && before?.fingerprint === after?.fingerprint) continue;
      this.#outgoing.delete(index);
      void connection.then((socket) => socket.destroy()).catch(() => {});
    }
    this.#members = members;
  }

  /** Sends in the order of the calls; what fails is told to `onLost`. */
  send(to: number, frame: Buffer): void {
    let connection = this.#outgoing.get(to);
    if (connection === undefined) {
      connection = this.#dial(to);
      this.#outgoing.set(to, connection);
    }
    connection.then(
      (socket) => {
        socket.write(frame);
        this.bytesSent += frame.length;
      },
      (error: Error) => {
        if (this.#outgoing.get(to) === connection) this.#outgoing.delete(to);
        this.#events.onLost(to, error.message);
      },
    );
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#incoming) socket.destroy();
    for (const connection of this.#outgoing.values())
      void connection.then((socket) => socket.destroy()).catch(() => {});
  }

  #accept(socket: TLSSocket): void {
    socket.on('error', () => socket.destroy());
    const from = this.#memberOf(socket);
    if (from === undefined) {
      this.#events.onRefused('a stranger', 'its certificate is in no membership list');
      socket.destroy();
      return;
    }
    this.#incoming.add(socket);
    socket.on('close', () => this.#incoming.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      // A member whose certificate was replaced meanwhile is a member no more.
      if (this.#memberOf(socket) !== from) {
        socket.destroy();
        return;
      }
      try {
        this.#events.onData(socket, from, bytes);
      } catch (error) {
        socket.destroy();
        this.#events.onRefused(this.#members[from]?.name ?? String(from), `it sent ${(error as Error).message}`);
      }
    });
  }

  #memberOf(socket: TLSSocket): number | undefined {
    const shown = fingerprintShown(socket);
    const index = shown === undefined ? -1 : this.#members.findIndex(({ fingerprint }) => fingerprint === shown);
    return index < 0 ? undefined : index;
  }

  #dial(to: number): Promise<TLSSocket> {
    const member = this.#members[to];
    if (member === undefined) return Promise.reject(new Error(`site ${to} is no member`));
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: member.host,
        port: member.port,
        key: this.#identity.key,
        cert: this.#identity.certificate,
        minVersion: 'TLSv1.3',
        rejectUnauthorized: false, // the fingerprint below decides
      });
      socket.once('secureConnect', () => {
        if (fingerprintShown(socket) !== member.fingerprint) {
          this.#events.onRefused(member.name, 'its certificate is not the one of this site');
          socket.destroy();
          reject(new Error('it showed another certificate'));
          return;
        }
        socket.setNoDelay(true);
        resolve(socket);
      });
      socket.on('error', reject);
      socket.on('close', () => {
        reject(new Error('it closed the connection'));
        const ended = this.#outgoing.get(to);
        void ended
          ?.then((current) => {
            if (current === socket && this.#outgoing.get(to) === ended) this.#outgoing.delete(to);
          })
          .catch(() => {});
      });
    });
  }
}

function fingerprintShown(socket: TLSSocket): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? undefined : fingerprintOf(certificate.raw);
}
