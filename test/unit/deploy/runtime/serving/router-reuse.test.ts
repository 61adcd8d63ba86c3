/** Connections to replicas that are used again: no request is lost, sent twice, or given the answer of another for it. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from '../../../../../server/src/deploy/runtime/serving/listen.ts';
import {
  PROVEN_AFTER_MS,
  ReplicaConnection,
  ReplicaConnections,
  REUSE_LIMIT_MS,
} from '../../../../../server/src/deploy/runtime/serving/replica-connections.ts';
import type { ConnectionUser } from '../../../../../server/src/deploy/runtime/serving/replica-connections.ts';
import type { Backend } from '../../../../../server/src/deploy/runtime/serving/router.ts';
import type { RouterLimits } from '../../../../../server/src/deploy/runtime/serving/router-limits.ts';
import { GET, GOOD, RawStage, until } from './raw-peers.ts';

const HOST = '127.0.0.1';
/** Trusts who keeps a connection at once, and never gives it up for its age. */
const TRUSTING = { provenMs: 0, reuseMs: 1e6 };
const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\n\r\nwhole';

interface Asked {
  /** Which of the replica's connections, from 0. */
  readonly connection: number;
  readonly socket: Socket;
  readonly text: string;
}

/** A router and one replica that takes any number of requests on a connection. */
class KeepingStage {
  readonly stage: RawStage;
  readonly asked: Asked[] = [];
  readonly sockets: Socket[] = [];
  answer: (asked: Asked) => unknown = ({ socket }) => void socket.write(GOOD);
  backend!: Backend;
  readonly #server = createServer((socket) => {
    const connection = this.sockets.push(socket) - 1;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const asked = { connection, socket, text: bytes.toString('latin1') };
      if (asked.text === '\r\n') return; // an empty line before a request is nothing (RFC 9112, section 2.2)
      this.asked.push(asked);
      this.answer(asked);
    });
  });

  private constructor(stage: RawStage) {
    this.stage = stage;
  }

  static async open(limits: Partial<RouterLimits> = TRUSTING): Promise<KeepingStage> {
    const keeping = new KeepingStage(await RawStage.open(limits));
    keeping.backend = { host: HOST, port: await listen(keeping.#server, HOST, 0), token: 'secret' };
    keeping.stage.router.add(keeping.backend);
    return keeping;
  }

  /** Asks until a connection is used again. */
  async trusted(): Promise<void> {
    const isReused = (): boolean => new Set(this.asked.map(({ connection }) => connection)).size < this.asked.length;
    while (!isReused()) expect(await this.ask()).toMatch(/good$/);
    this.asked.length = 0;
  }

  async ask(request = GET): Promise<string> {
    return this.stage.client(request).end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

describe('a replica that keeps its connections', () => {
  it('gets one request after the other over one of them', async () => {
    await using keeping = await KeepingStage.open();
    await keeping.trusted();
    for (let i = 0; i < 20; i++) expect(await keeping.ask(i % 2 === 0 ? GET : POST)).toMatch(/good$/);
    expect(new Set(keeping.asked.map(({ connection }) => connection)).size).toBe(1);
    expect(keeping.asked[1]!.text).toMatch(/^POST \/ [^]*x-berth-token: secret\r\n\r\nwhole$/i);
    expect(keeping.asked[1]!.text).not.toMatch(/^connection:/im);
  });

  it.each([
    ['says that it closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngood'],
    ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\ngood'],
    ['says more than its answer', `${GOOD}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`],
    ['answers 204 with a body', 'HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\ngood'],
  ])('gets the next over a new one when it %s', async (_, answer) => {
    await using keeping = await KeepingStage.open();
    await keeping.trusted();
    keeping.answer = ({ socket }) => void socket.write(answer);
    await keeping.ask();
    keeping.answer = ({ socket }) => void socket.write(GOOD);
    expect(await keeping.ask()).toMatch(/good$/);
    expect(keeping.asked[1]!.connection).not.toBe(keeping.asked[0]!.connection);
  });

  it('is not asked over one that was opened to speak another protocol', async () => {
    await using keeping = await KeepingStage.open();
    await keeping.trusted();
    const offer = GET.replace('Connection: close', 'Connection: Upgrade\r\nUpgrade: websocket');
    expect(await keeping.ask(offer)).toMatch(/good$/);
    await until(() => keeping.asked[0]!.socket.destroyed);
    expect(await keeping.ask()).toMatch(/good$/);
    expect(keeping.asked[1]!.connection).not.toBe(keeping.asked[0]!.connection);
  });

  it('is not asked over one on which it has said something unasked', async () => {
    await using keeping = await KeepingStage.open();
    await keeping.trusted();
    expect(await keeping.ask()).toMatch(/good$/);
    const { socket, connection } = keeping.asked[0]!;
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await once(socket, 'close');
    expect(await keeping.ask()).toMatch(/good$/);
    expect(keeping.asked[1]!.connection).not.toBe(connection);
  });

  it('is not asked over one on which it was never given the whole request', async () => {
    await using keeping = await KeepingStage.open();
    await keeping.trusted();
    const length = 2 ** 24;
    keeping.answer = ({ socket }) => {
      keeping.answer = ({ text }) => (text.startsWith('GET') ? void keeping.sockets.at(-1)!.write(GOOD) : undefined);
      socket.pause().write(GOOD);
    };
    const post = `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
    expect(await keeping.ask(post + 'x'.repeat(length))).toMatch(/good$/);
    const before = keeping.sockets.length;
    expect(await keeping.ask()).toMatch(/good$/);
    expect(keeping.sockets.length).toBe(before + 1);
  });

  it('is freed of it when it is old, and when it gets no more requests', async () => {
    await using keeping = await KeepingStage.open({ provenMs: 0, reuseMs: 60 });
    expect(await keeping.ask()).toMatch(/good$/);
    await until(() => keeping.sockets.every(({ readableEnded }) => readableEnded));
    await using leaving = await KeepingStage.open();
    await leaving.trusted();
    await leaving.stage.router.drain(leaving.backend);
    await until(() => leaving.sockets.every(({ readableEnded }) => readableEnded));
  });

  it('is believed before it was seen to, and not kept longer than other servers wait', () => {
    // uvicorn, Node, Apache: 5 s; gunicorn: 2 s.
    expect(REUSE_LIMIT_MS).toBeLessThan(2000);
    expect(PROVEN_AFTER_MS).toBeLessThan(REUSE_LIMIT_MS);
  });
});

describe('a replica that closes its connections without a word', () => {
  it('loses no request', async () => {
    await using keeping = await KeepingStage.open({ reuseMs: 1e6, provenMs: 1e6 });
    keeping.answer = ({ socket }) => void socket.end(GOOD);
    const answers = Array.from({ length: 40 }, (_, i) => keeping.ask(i % 2 === 0 ? GET : POST));
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*good$/);
    expect(keeping.sockets).toHaveLength(40);
  });

  it.each(['GET', 'POST'])('after it has kept some, gets a %s that came too late once more', async (method) => {
    for (let round = 0; round < 10; round++) {
      await using keeping = await KeepingStage.open();
      await keeping.trusted();
      const client = keeping.stage.client(GET.replace('close', 'keep-alive'));
      await client.hears(/good$/);
      const { socket } = keeping.asked.pop()!;
      // The client's bytes are there before the replica's end is, so the router writes first.
      client.say(method === 'GET' ? GET : POST);
      socket.destroy();
      expect(await client.end()).toMatch(/good[^]*HTTP\/1\.1 200 [^]*good$/);
      expect(keeping.asked).toHaveLength(1);
      expect(keeping.asked[0]!.text.startsWith(method)).toBe(true);
      // It has a connection for each from now on.
      await keeping.ask();
      await keeping.ask();
      expect(new Set(keeping.asked.map(({ connection }) => connection)).size).toBe(3);
    }
  });

  it.each(['ends', 'resets'])('when it has read a request and %s, does not get it again', async (how) => {
    await using keeping = await KeepingStage.open();
    await keeping.trusted();
    keeping.answer = ({ socket }) => (how === 'ends' ? socket.end() : socket.resetAndDestroy());
    expect(await keeping.ask()).toMatch(/^HTTP\/1\.1 502 /);
    expect(keeping.asked).toHaveLength(1);
    await until(() => keeping.stage.router.busy === 0);
  });
});

describe('whether a request came too late', () => {
  /** Hears of one thing at a time. */
  class Listener implements ConnectionUser {
    hasConnected = false;
    hasEnded = false;
    onConnect(): void {
      this.hasConnected = true;
    }
    onRead(): void {}
    onReadEnd(): void {
      this.hasEnded = true;
    }
    onClose(): void {}
  }

  it.each([true, false])('is known: %s', async (tooLate) => {
    let replica!: Socket;
    const server = createServer((socket) => (replica = socket));
    const port = await listen(server, HOST, 0);
    const user = new Listener();
    const connection = new ReplicaConnection({ host: HOST, port }, user, false, () => {});
    await until(() => user.hasConnected && replica !== undefined);
    if (tooLate) {
      replica.destroy();
      connection.socket.write(GET);
    } else {
      connection.socket.write(GET);
      await once(replica, 'data');
      replica.destroy();
    }
    await until(() => user.hasEnded);
    expect(await connection.cameTooLate()).toBe(tooLate);
    server.close();
  });
});

it('an address that is closed keeps nothing', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.resume()));
  const port = await listen(server, HOST, 0);
  const connections = new ReplicaConnections({ host: HOST, port }, TRUSTING);
  let isConnected = false;
  const onConnect = (): void => void (isConnected = true);
  const connection = connections.fresh({ onConnect, onRead() {}, onReadEnd() {}, onClose() {} });
  await until(() => isConnected);
  connections.close();
  connections.giveBack(connection);
  await until(() => sockets[0]?.readableEnded === true);
  server.close();
});
