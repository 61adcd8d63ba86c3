/** Replicas that answer badly, or unusually: the seat is given back, and whoever comes next is served. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTER_LIMITS } from '../../../../../server/src/deploy/runtime/serving/router-limits.ts';
import { GET, GOOD, RawStage, until } from './raw-peers.ts';

const QUICK = { silenceMs: 100, connectMs: 1000, abandonedMs: 50, tunnelSilenceMs: 200, stallMs: 200 };

/** What a replica says to one request, and whether it hangs up then. */
async function answered(says: string, hangsUp = true, request = GET): Promise<string> {
  await using stage = await RawStage.open(hangsUp ? {} : QUICK);
  let requests = 0;
  await stage.replica((socket) => {
    requests += 1;
    if (requests > 1) socket.end(GOOD);
    else if (hangsUp) socket.end(says, 'latin1');
    else socket.write(says, 'latin1');
  });
  const heard = await stage.client(request).end();
  await until(() => stage.router.busy === 0);
  stage.router.bear(ROUTER_LIMITS); // what comes next may take its time
  if (stage.sick.length > 0) await stage.replica((socket) => socket.end(GOOD));
  expect(await stage.client(GET).end()).toMatch(/^HTTP\/1\.1 200 OK[^]*good$/);
  await until(() => stage.router.busy === 0);
  expect(stage.router.held).toEqual({ memory: 0, disk: 0 });
  return heard;
}

describe('a bad answer costs no seat', () => {
  it.each([
    ['a status of three zeroes', 'HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 X\r\n\r\n'],
    ['no status', 'HTTP/1.1 \r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['bytes at random', '\x00\xff\x13\x37'],
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`],
    ['a NUL in a header', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length below nothing', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello'],
    ['only what comes before an answer', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\n'],
  ])('%s', async (_, says) => {
    expect(await answered(says)).toMatch(/^HTTP\/1\.1 502 Bad Gateway/);
  });

  it.each([
    ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok'],
    ['more bytes than announced', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more'],
    ['a second answer', `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${GOOD}`],
    ['a body up to the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nok'],
    ['HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n'],
    ['what comes before an answer', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'],
  ])('%s is an answer', async (_, says) => {
    const heard = await answered(says);
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard.split('\r\n\r\n', 2)[1]).toMatch(/^(\d\r\n)?o(\r\n1\r\n)?k/);
  });

  it.each([
    ['less than announced', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n'],
    ['chunks without the last', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('%s is no whole answer', async (_, says) => {
    const heard = await answered(says);
    expect(heard).toMatch(/^($|HTTP\/1\.1 200 OK\r\n[^]*half)/);
    expect(heard).not.toMatch(/0\r\n\r\n$/); // nothing says that this was all
  });

  it.each([
    ['nothing', '', /^HTTP\/1\.1 504 /],
    ['what comes before an answer, again and again', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50), /^HTTP\/1\.1 504 /],
    ['half a head', 'HTTP/1.1 200 OK\r\nX', /^HTTP\/1\.1 504 /],
    ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', /^HTTP\/1\.1 200 [^]*half$/],
  ])('%s, and then silence', async (_, says, heard) => {
    expect(await answered(says, false)).toMatch(heard);
  });

  it('a head that comes a byte at a time is no sign of life', async () => {
    await using stage = await RawStage.open(QUICK);
    await stage.replica((socket) => {
      const drip = setInterval(() => socket.write('X'), 20);
      socket.write('HTTP/1.1 200 OK\r\nX: ');
      socket.once('close', () => clearInterval(drip));
    });
    expect(await stage.client(GET).end()).toMatch(/^HTTP\/1\.1 504 /);
    expect(stage.router.busy).toBe(0);
    expect(stage.sick).toHaveLength(1);
  });

  it('passes trailers and hints on', async () => {
    const heard = await answered(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n' +
        'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    expect(heard).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/i);
    expect(heard).toMatch(/0\r\nX-Sum: 7\r\n\r\n$/);
  });

  it('answers HEAD, and who speaks HTTP/1.0, in kind', async () => {
    const head = await answered('HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n', true, GET.replace('GET', 'HEAD'));
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 700\r\n[^]*\r\n\r\n$/);
    const old = await answered(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      true,
      'GET / HTTP/1.0\r\n\r\n',
    );
    expect(old).not.toMatch(/chunked/i);
    expect(old).toMatch(/\r\n\r\nok$/);
  });

  it('whatever is answered, no seat stays busy', { timeout: 60_000 }, async () => {
    await using stage = await RawStage.open();
    let script: (socket: Socket) => void;
    await stage.replica((socket) => script(socket));
    const line = fc.constantFrom(
      ...['HTTP/1.1 200 OK', 'HTTP/1.1 000 X', 'HTTP/1.0 204', 'HTTP/1.1 304 \x7f', 'HTTP/1.1 101 S', 'HTTP/1.1 100 C'],
      ...['Content-Length: 3', 'Content-Length: x', 'Transfer-Encoding: chunked', 'Trailer: a', 'Connection: Upgrade'],
      ...['Upgrade: websocket', 'Connection: close, x', 'X: \x01', ': y', 'Link: x', '', '', '3', 'abc', '0', 'abcdef'],
    );
    const bytes = fc.oneof(
      fc.array(line, { maxLength: 12 }).map((lines) => `${lines.join('\r\n')}\r\n`),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 3 }), fc.boolean(), async (pieces, resets) => {
        script = (socket) => {
          for (const piece of pieces) socket.write(piece, 'latin1');
          if (resets) socket.resetAndDestroy();
          else socket.end();
        };
        const client = stage.client(GET);
        await client.end();
        await until(() => stage.router.busy === 0);
        script = (socket) => void socket.end(GOOD);
        expect(await stage.client(GET).end()).toMatch(/good$/);
        await until(() => stage.router.busy === 0);
      }),
      { numRuns: 300 },
    );
    expect(stage.sick).toEqual([]);
    expect(stage.router.queueLength).toBe(0);
  });
});

describe('what streams', () => {
  it('events pass as they come, and a reader who leaves frees the replica at once', async () => {
    await using stage = await RawStage.open({ abandonedMs: 60_000 });
    const streams: Socket[] = [];
    await stage.replica((socket) => {
      streams.push(socket);
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
    });
    const reader = stage.client(GET);
    await reader.hears(/text\/event-stream[^]*\r\n\r\n/); // before there is an event
    for (const event of ['one', 'two']) {
      streams[0]!.write(`data: ${event}\n\n`);
      await reader.hears(`data: ${event}\n\n`);
    }
    expect(stage.router.busy).toBe(1);
    reader.socket.destroy();
    await until(() => stage.router.busy === 0);
  });

  it('a WebSocket is passed on in both directions, and its seat comes back when it ends', async () => {
    await using stage = await RawStage.open();
    let heads = '';
    await stage.replica((socket, head) => {
      heads += head;
      const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1];
      if (key === undefined) return void socket.end(GOOD);
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const hello = Buffer.from([0x81, 2, ...Buffer.from('hi')]);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.write(hello);
      // Each masked frame comes back unmasked; a closing one is answered and ends it.
      socket.on('data', (frame) => {
        const payload = Buffer.from(frame.subarray(6).map((byte, i) => byte ^ frame[2 + (i % 4)]!));
        const reply = Buffer.concat([Buffer.from([frame[0]!, payload.length]), payload]);
        if ((frame[0]! & 0x0f) === 8) socket.end(reply);
        else socket.write(reply);
      });
    });
    const client = stage.client(
      'GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await client.hears('\x81\x02hi');
    expect(client.heard).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(client.heard).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo='); // RFC 6455, section 1.3
    expect(heads).toMatch(/x-berth-token: secret/i);
    const masked = (opcode: number, text: string): Buffer =>
      Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
    client.say(masked(1, 'echo'));
    await client.hears('\x81\x04echo');
    expect(stage.router.busy).toBe(1);
    expect(stage.metrics.byCode).toEqual(new Map([[101, 1]]));
    client.say(masked(8, ''));
    await client.hears('\x88\x00');
    expect((await client.end()).endsWith('\x88\x00')).toBe(true);
    await until(() => stage.router.busy === 0);
    expect(await stage.client(GET).end()).toMatch(/good$/);
  });

  it.each(['client', 'replica', 'nobody', 'router'])('a WebSocket that %s breaks gives its seat back', async (who) => {
    await using stage = await RawStage.open(who === 'nobody' ? QUICK : {});
    let replica: Socket | undefined;
    await stage.replica((socket, head) => {
      if (!/upgrade/i.test(head)) return void socket.end(GOOD);
      replica = socket;
      socket.write('HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    });
    const client = stage.client(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await client.hears('101 S');
    expect(stage.router.busy).toBe(1);
    if (who === 'client') client.socket.resetAndDestroy();
    if (who === 'replica') replica!.resetAndDestroy();
    if (who === 'router') await stage.router.close();
    await client.end();
    await until(() => stage.router.busy === 0);
    if (who !== 'router') expect(await stage.client(GET).end()).toMatch(/good$/);
  });

  it('a replica that refuses a WebSocket says so itself', async () => {
    await using stage = await RawStage.open();
    await stage.replica((socket) => socket.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno'));
    const heard = await stage
      .client('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      .end();
    expect(heard).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n[^]*\r\n\r\nno$/);
    expect(stage.router.busy).toBe(0);
  });

  it('what else a client would like to speak is left out of an ordinary request', async () => {
    await using stage = await RawStage.open();
    let asked = '';
    await stage.replica((socket, head) => {
      asked = head;
      socket.end(GOOD);
    });
    const heard = await stage
      .client(
        'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n' +
          'HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 2\r\n\r\nhi',
      )
      .end();
    expect(heard).toMatch(/good$/);
    expect(asked).not.toMatch(/upgrade|settings/i);
    expect(asked).toMatch(/\r\n\r\nhi$/);
  });
});
