/** Clients that are slow, silent, many or hostile: they hold no replica, and nobody else up. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MetricsServer } from '../../../../../server/src/deploy/runtime/serving/metrics-server.ts';
import { limitsOf } from '../../../../../server/src/deploy/runtime/serving/router-limits.ts';
import { SPOOL_LIMITS, SpoolRoom } from '../../../../../server/src/deploy/runtime/serving/spool.ts';
import type { Bytes, Milliseconds } from '../../../../../server/src/spec/types.ts';
import { GET, GOOD, RawClient, RawStage, until } from './raw-peers.ts';

const MIB = 2 ** 20;

/** A good client is answered while whatever was begun goes on. */
async function isServed(stage: RawStage): Promise<void> {
  expect(await stage.client(GET).end()).toMatch(/^HTTP\/1\.1 200 OK[^]*good$/);
}

async function good(stage: RawStage): Promise<string[]> {
  const heads: string[] = [];
  await stage.replica((socket, head) => {
    heads.push(head);
    socket.end(GOOD);
  });
  return heads;
}

const post = (length: number | 'chunked', body = ''): string =>
  `POST / HTTP/1.1\r\nHost: localhost\r\n${length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`}\r\n\r\n${body}`;

describe('a request takes a replica when it is whole', () => {
  it.each([
    ['a body that never comes', post(10)],
    ['half a body', post(10, 'half')],
    ['chunks without the last', post('chunked', '4\r\nhalf\r\n')],
    ['half a head', 'POST / HTTP/1.1\r\nHost: loc'],
    ['not a word', ''],
  ])('%s holds none', async (_, says) => {
    await using stage = await RawStage.open();
    const heads = await good(stage);
    const clients = Array.from({ length: 60 }, () => stage.client(says)); // more than may wait
    await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
    await isServed(stage);
    expect(heads).toHaveLength(1);
    expect(stage.router.queueLength).toBe(0);
  });

  it('arrives all the same, and is no answer of the service', async () => {
    await using stage = await RawStage.open({ body: { bytes: MIB, silenceMs: 50 } });
    await good(stage);
    const silent = stage.client(post(10));
    await silent.hears(/^HTTP\/1\.1 408 [^]*did not come/);
    const left = stage.client(post(10, 'half'));
    await until(() => stage.metrics.arrivalsPerMinute().at(-1) === 2);
    left.socket.destroy();
    await until(() => stage.metrics.byCode.get(499) === 1);
    expect(stage.metrics).toMatchObject({ requests: 0, violations: 0 });
    expect(stage.metrics.byCode.get(408)).toBe(1);
    expect(stage.router.held).toEqual({ memory: 0, disk: 0 });
    await isServed(stage);
  });

  it('bodies come to the replica with their length, however they were sent', async () => {
    await using stage = await RawStage.open();
    const heads = await good(stage);
    await stage.client(post('chunked', '4\r\nwhol\r\n1\r\ne\r\n0\r\nX-Trailer: 1\r\n\r\n')).hears('good');
    await stage.client(post(5, 'whole')).hears('good');
    await stage.client(post(0)).hears('good');
    expect(heads.map((head) => /content-length: (\d+)/i.exec(head)?.[1])).toEqual(['5', '5', '0']);
    expect(heads.map((head) => head.split('\r\n\r\n')[1])).toEqual(['whole', 'whole', '']);
  });

  it.each([
    ['announced', post(101)],
    ['in chunks', post('chunked', `65\r\n${'x'.repeat(101)}\r\n`)],
    ['announced to be asked first', post(101).replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n')],
  ])('a body over the limit, %s, is refused with its limit', async (_, says) => {
    await using stage = await RawStage.open({ body: { bytes: 100, silenceMs: 1000 }, lingerMs: 50 });
    await good(stage);
    const client = stage.client(says);
    expect(await client.end()).toMatch(/^HTTP\/1\.1 413 [^]*may have 100 bytes/);
    await isServed(stage);
  });

  it('bears what the spec says from the next request on', async () => {
    await using stage = await RawStage.open();
    await good(stage);
    expect(limitsOf({ timeout: 1e12 as Milliseconds }).silenceMs).toBe(2 ** 31 - 1); // more no timer takes
    stage.router.bear(limitsOf({ bodyLimit: 3 as Bytes }));
    await stage.client(post(4, 'long')).hears(/^HTTP\/1\.1 413 /);
    stage.router.bear(limitsOf());
    await stage.client(post(4, 'long')).hears('good');
  });

  it('a WebSocket that waits is forgotten when its client leaves', async () => {
    await using stage = await RawStage.open();
    let finish!: () => void;
    await stage.replica((socket) => (finish = () => socket.end(GOOD)));
    const first = stage.client(GET);
    await until(() => stage.router.busy === 1);
    const offer = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const leaving = stage.client(offer);
    await until(() => stage.router.queueLength === 1);
    leaving.socket.end();
    await until(() => stage.router.queueLength === 0);
    const chatty = stage.client(offer);
    await until(() => stage.router.queueLength === 1);
    chatty.say('x'.repeat(70_000)); // before anybody agreed
    await until(() => stage.router.queueLength === 0);
    finish();
    expect(await first.end()).toMatch(/good$/);
    expect(stage.metrics.byCode.get(499)).toBe(2);
  });

  it('says that it may go on to who asks first', async () => {
    await using stage = await RawStage.open();
    await good(stage);
    const client = stage.client(post(5).replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'));
    await client.hears('HTTP/1.1 100 Continue\r\n\r\n');
    client.say('whole');
    await client.hears('good');
  });

  it('what cannot be passed on is refused without a seat', async () => {
    await using stage = await RawStage.open();
    const heads = await good(stage);
    for (const line of ['X: a\x01b', 'X: \x7f', 'X\x00: y', 'Content-Length: 1\r\nContent-Length: 2'])
      expect(await stage.client(`GET / HTTP/1.1\r\nHost: localhost\r\n${line}\r\n\r\n`).end()).toMatch(
        /^HTTP\/1\.1 400 /,
      );
    expect(heads).toEqual([]);
    await isServed(stage);
  });
});

describe('floods', () => {
  it('a thousand connections, idle or with heads that come a byte at a time, hold nobody up', async () => {
    await using stage = await RawStage.open();
    await good(stage);
    const clients: RawClient[] = [];
    for (let i = 0; i < 1000; i++) clients.push(stage.client(i % 2 === 0 ? '' : 'GET / HTTP/1.1\r\nX: '));
    await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
    for (let i = 0; i < 20; i++) {
      for (let j = 1; j < clients.length; j += 50) clients[j]!.say('x');
      await isServed(stage);
    }
  });

  it('of connections that ask nothing, the oldest go when there are too many', async () => {
    await using stage = await RawStage.open();
    await good(stage);
    const kept = stage.client(GET.replace('close', 'keep-alive'));
    await kept.hears('good');
    const first = stage.client('POST / HTTP/1.1\r\n');
    await once(first.socket, 'connect');
    const clients: RawClient[] = [];
    for (let i = 0; i < 2050; i++) {
      clients.push(stage.client());
      if (i % 200 === 0) await once(clients.at(-1)!.socket, 'connect');
    }
    await Promise.all([kept.end(), first.end()]);
    await isServed(stage);
    expect(clients.filter(({ isClosed }) => !isClosed).length).toBeGreaterThan(1900);
  });

  it('a head without end is refused', async () => {
    await using stage = await RawStage.open();
    await good(stage);
    const client = stage.client(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(MIB)}`);
    await until(() => client.isClosed);
    expect(client.heard).toMatch(/^(HTTP\/1\.1 431 |$)/); // the answer is lost where the client still writes
    await isServed(stage);
  });

  it(
    'bodies of 64 MiB are on disk while others are answered, and arrive as they were',
    { timeout: 60_000 },
    async () => {
      const spoolFolder = await mkdtemp(join(tmpdir(), 'berth-test-'));
      try {
        await using stage = await RawStage.open({}, spoolFolder);
        const server = createServer((request, response) => {
          const hash = createHash('sha256');
          request.on('data', (chunk: Buffer) => hash.update(chunk));
          request.on('end', () => response.end(request.method === 'GET' ? 'good' : hash.digest('hex')));
        });
        await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
        const address = server.address();
        if (address === null || typeof address === 'string') throw new Error('it does not listen');
        stage.router.add({ host: '127.0.0.1', port: address.port, token: '' });
        const piece = randomBytes(MIB);
        const whole = createHash('sha256');
        const client = stage.client(post(64 * MIB));
        for (let i = 0; i < 64; i++) {
          whole.update(piece);
          if (!client.socket.write(piece)) await once(client.socket, 'drain');
          expect(stage.router.held.memory).toBeLessThanOrEqual(SPOOL_LIMITS.memoryEach);
          if (i % 8 === 0) await isServed(stage);
        }
        await client.hears(whole.digest('hex'));
        expect(stage.router.held).toEqual({ memory: 0, disk: 0 });
        expect(await readdir(spoolFolder)).toEqual([]);
        server.close();
      } finally {
        await rm(spoolFolder, { recursive: true });
      }
    },
  );

  it('where there is no more room, the largest body goes, and small ones are served', async () => {
    await using stage = await RawStage.open({ spool: { memoryEach: 1000, memory: 4000, disk: 100_000 } });
    await good(stage);
    const large = stage.client(post(90_000, 'x'.repeat(80_000)));
    await until(() => stage.router.held.disk === 80_000);
    const small = stage.client(post(50_000, 'x'.repeat(49_999)));
    await large.hears(/^HTTP\/1\.1 503 [^]*no room/);
    await until(() => stage.router.held.disk === 49_999);
    await stage.client(post(30_000, 'x'.repeat(30_000))).hears('good');
    small.say('x');
    await small.hears('good');
    expect(stage.router.held).toEqual({ memory: 0, disk: 0 });
  });

  it('a disk that fails costs one request', async () => {
    await using stage = await RawStage.open({}, join(tmpdir(), 'berth-no-such-folder'));
    await good(stage);
    await stage.client(post(MIB, 'x'.repeat(MIB))).hears(/^HTTP\/1\.1 503 [^]*no room/);
    await stage.client(post(5, 'whole')).hears('good');
    expect(stage.router.held).toEqual({ memory: 0, disk: 0 });
  });
});

describe('who is slow to take an answer', () => {
  it('does not hold the replica, and gets all of it', async () => {
    await using stage = await RawStage.open();
    const body = randomBytes(24 * MIB);
    let requests = 0;
    await stage.replica((socket) => {
      if (++requests > 1) return void socket.end(GOOD);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.end(body);
    });
    const slow = stage.client(GET);
    slow.socket.pause();
    await isServed(stage);
    expect(stage.router.held.disk).toBeGreaterThan(8 * MIB);
    slow.socket.resume();
    const heard = Buffer.from(await slow.end(), 'latin1');
    expect(heard.subarray(heard.indexOf('\r\n\r\n') + 4).equals(body)).toBe(true);
    await until(() => stage.router.held.disk === 0);
  });

  it('is cut off when it takes nothing more', async () => {
    await using stage = await RawStage.open({ stallMs: 50 });
    await stage.replica((socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(24 * MIB)}`));
    const slow = stage.client(GET);
    slow.socket.pause();
    await until(() => stage.router.held.disk > 0);
    await until(() => stage.router.held.disk === 0);
    slow.socket.resume();
    await slow.end();
    expect(slow.heard.length).toBeLessThan(24 * MIB);
    await until(() => stage.router.busy === 0);
  });
});

describe('who may ask what is about the deployment', () => {
  const ask = (headers: string): string => `GET /metrics HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`;

  it.each([
    ['Host: localhost\r\n', 200],
    ['Host: LOCALHOST:80\r\n', 200],
    ['Host: 127.0.0.1:1234\r\n', 200],
    ['Host: [::1]:1234\r\n', 200],
    ['Host: 192.168.1.7\r\n', 200],
    ['Host: evil.example\r\n', 403],
    ['Host: localhost.evil.example\r\n', 403],
    ['Host: 127.0.0.1.evil.example:80\r\n', 403],
    ['Host: 127.0.0.1@evil.example\r\n', 403],
    ['Host: [::1].evil.example\r\n', 403],
    ['Host: \r\n', 403],
    ['Host: localhost\r\nOrigin: http://evil.example\r\n', 403],
    ['Host: localhost\r\nOrigin: http://localhost\r\n', 403],
    ['Host: localhost\r\nOrigin: null\r\n', 403],
  ])('%j is answered %i, by the router and by the address of all jobs', async (headers, code) => {
    await using stage = await RawStage.open();
    expect(await stage.client(ask(headers)).end()).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    const metrics = new MetricsServer({ host: '127.0.0.1', before: () => undefined, keep: async () => {} });
    const { port } = new URL(await metrics.open());
    expect(await new RawClient(Number(port), ask(headers)).end()).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    metrics.close();
  });

  it('what is for a replica is passed on whatever its Host', async () => {
    await using stage = await RawStage.open();
    const heads = await good(stage);
    const client = stage.client('GET / HTTP/1.1\r\nHost: models.example\r\nOrigin: http://a.example\r\n\r\n');
    await client.hears('good');
    expect(heads[0]).toMatch(/Host: models\.example\r\nOrigin: http:\/\/a\.example\r\n/);
  });
});

it('a room knows what it holds, whatever is appended, lost and released', async () => {
  const room = new SpoolRoom({ ...SPOOL_LIMITS, memoryEach: 10, memory: 15 });
  const lost: string[] = [];
  const [a, b] = ['a', 'b'].map((name) => room.spool(() => lost.push(name)));
  void a!.append(Buffer.alloc(8));
  void b!.append(Buffer.alloc(7));
  expect(room.held).toEqual({ memory: 15, disk: 0 });
  await a!.append(Buffer.from('123'));
  expect(room.held).toEqual({ memory: 7, disk: 11 });
  expect((await a!.read(8)).toString()).toBe('123');
  b!.lose();
  b!.release();
  a!.release();
  expect(room.held).toEqual({ memory: 0, disk: 0 });
  expect(lost).toEqual(['b']);
});
