import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Clock } from '../../../../../server/src/deploy/runtime/serving/clock.ts';
import { JobMetrics } from '../../../../../server/src/deploy/runtime/serving/job-metrics.ts';
import { listen } from '../../../../../server/src/deploy/runtime/serving/listen.ts';
import { QUEUE_LIMIT, Router, TOKEN_HEADER } from '../../../../../server/src/deploy/runtime/serving/router.ts';
import type { Backend } from '../../../../../server/src/deploy/runtime/serving/router.ts';

const HOST = '127.0.0.1';
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const wallClock = { now: () => performance.now() };

async function stage(
  options: {
    readonly silenceLimitMs?: number;
    readonly hopeless?: () => boolean;
    readonly well?: boolean;
    readonly clock?: Clock;
    readonly onUnserved?: () => void;
    readonly wakeMs?: number;
  } = {},
) {
  const { clock = wallClock } = options;
  const metrics = new JobMetrics(1000, clock);
  const sick: Backend[] = [];
  const router = new Router({
    job: 'search',
    metrics,
    clock,
    scrape: () => 'the metrics\n',
    hopeless: options.hopeless ?? (() => false),
    probe: async () => options.well ?? true,
    onSick: (backend) => sick.push(backend),
    ...(options.onUnserved && { onUnserved: options.onUnserved }),
    limits: {
      ...(options.silenceLimitMs !== undefined && { silenceMs: options.silenceLimitMs }),
      ...(options.wakeMs !== undefined && { wakeMs: options.wakeMs }),
    },
  });
  const { port } = await router.listen(HOST);
  open.push(() => router.close());
  return { router, metrics, sick, url: `http://127.0.0.1:${port}/` };
}

async function backend(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  token = 'secret',
): Promise<Backend & { readonly server: Server }> {
  const server = createServer(answer);
  const port = await listen(server, HOST, 0);
  open.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { host: HOST, port, token, server };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((next) => setTimeout(next, 5));
}

it('hands on method, path, headers, body and status, and its token instead of any other', async () => {
  const { router, url } = await stage();
  router.add(
    await backend((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(201, 'Made', { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
        const { method, url: path, headers } = request;
        response.end(JSON.stringify({ method, path, headers, body: Buffer.concat(chunks).toString() }));
      });
    }),
  );
  const response = await fetch(`${url}a/b?c=d`, {
    method: 'PUT',
    body: 'hello',
    headers: { 'x-own': '1', [TOKEN_HEADER]: 'forged' },
  });
  expect(response.status).toBe(201);
  expect(response.statusText).toBe('Made');
  expect(response.headers.get('x-answer')).toBe('yes');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  const { headers, ...rest } = (await response.json()) as { headers: Record<string, string> };
  expect(rest).toEqual({ method: 'PUT', path: '/a/b?c=d', body: 'hello' });
  expect(headers).toMatchObject({ 'x-own': '1', [TOKEN_HEADER]: 'secret' });
});

it('asks a replica when the body is whole, and passes its answer on as it comes', async () => {
  const { router, url } = await stage();
  let send!: (text: string | null) => void;
  let asked = 0;
  router.add(
    await backend((request, response) => {
      asked += 1;
      response.writeHead(200);
      request.on('data', (chunk: Buffer) => response.write(`got ${chunk.toString()}`));
      send = (text) => (text === null ? response.end() : response.write(text));
    }),
  );
  let give!: (text: string | null) => void;
  const body = new ReadableStream({
    start(controller) {
      give = (text) => (text === null ? controller.close() : controller.enqueue(new TextEncoder().encode(text)));
    },
  });
  give('one');
  const answer = fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit);
  await until(() => router.held.memory === 3);
  expect([asked, router.busy]).toEqual([0, 0]);
  give('two');
  give(null);
  const reader = (await answer).body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe('got onetwo');
  send('three'); // only now, when the first half of the answer is here
  expect((await reader.read()).value).toBe('three');
  send(null);
  expect((await reader.read()).done).toBe(true);
  expect(router.held).toEqual({ memory: 0, disk: 0 });
});

it('serves first come, first served, one at a time, by turns', async () => {
  const { router, url } = await stage();
  const order: string[] = [];
  const held: (() => void)[] = [];
  for (const name of ['A', 'B'])
    router.add(
      await backend((request, response) => {
        order.push(name + request.url!);
        held.push(() => response.end());
      }),
    );
  const answers: Promise<Response>[] = [];
  for (let i = 0; i < 6; i++) {
    answers.push(fetch(url + i));
    await until(() => order.length + router.queueLength === i + 1);
  }
  expect(order).toEqual(['A/0', 'B/1']);
  for (let i = 0; i < 6; i++) {
    held[i]!();
    await until(() => order.length === Math.min(6, i + 3));
  }
  await Promise.all(answers);
  expect(order.map((entry) => entry.slice(1))).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
});

it('gives a request whose replica takes no connection to another, unharmed', async () => {
  const { router, sick, metrics, url } = await stage();
  const { port, server } = await backend(() => {});
  await new Promise((closed) => server.close(closed));
  const dead: Backend = { host: HOST, port, token: '' };
  router.add(dead);
  const answer = fetch(url, { method: 'POST', body: 'whole' });
  await until(() => sick.length === 1 && router.queueLength === 1);
  router.add(
    await backend((request, response) => {
      request.pipe(response);
    }),
  );
  expect(await (await answer).text()).toBe('whole');
  expect(sick).toEqual([dead]);
  expect(metrics).toMatchObject({ requests: 1, refused: 0 });
});

it('answers 502 when the replica ends before its answer, and breaks off when it ends within', async () => {
  const { router, metrics, url } = await stage();
  router.add(
    await backend((request, response) => {
      if (request.url === '/before') request.socket.destroy();
      else {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        response.socket!.end();
      }
    }),
  );
  const before = await fetch(`${url}before`);
  expect(before.status).toBe(502);
  expect(await before.json()).toEqual({ error: 'the replica ended while it had the request' });
  await expect(fetch(`${url}within`).then((response) => response.text())).rejects.toThrow();
  await until(() => metrics.requests === 2);
  expect(metrics.byCode).toEqual(new Map([[502, 2]]));
});

it.each([true, false])('gives a replica that failed another request only when it is well (%s)', async (well) => {
  const { router, sick, url } = await stage({ well });
  let requests = 0;
  const failing = await backend((request) => {
    requests += 1;
    request.socket.destroy();
  });
  router.add(failing);
  const answers = Promise.all([fetch(url), fetch(url)]);
  if (!well) {
    await until(() => sick.length === 1);
    router.add(await backend((_request, response) => response.end('from another')));
  }
  const codes = (await answers).map(({ status }) => status).sort();
  expect(codes).toEqual(well ? [502, 502] : [200, 502]);
  expect(requests).toBe(well ? 2 : 1);
  expect(sick).toEqual(well ? [] : [failing]);
});

it('tells of a replica that is stuck, and answers 504', async () => {
  const { router, sick, url } = await stage({ silenceLimitMs: 50 });
  const stuck = await backend(() => {});
  router.add(stuck);
  expect((await fetch(url)).status).toBe(504);
  expect(sick).toEqual([stuck]);
});

it('forgets who gave up waiting, and keeps a replica busy until it is done with one who gave up later', async () => {
  const { router, metrics, url } = await stage();
  const held: ServerResponse[] = [];
  router.add(
    await backend((_request, response) => {
      held.push(response);
    }),
  );
  const [first, second] = [new AbortController(), new AbortController()];
  const answers = Promise.allSettled([fetch(url, { signal: first.signal }), fetch(url, { signal: second.signal })]);
  await until(() => held.length === 1 && router.queueLength === 1);
  second.abort();
  await until(() => router.queueLength === 0);
  first.abort();
  await answers;
  const third = fetch(url);
  await until(() => router.queueLength === 1); // the replica is still at the first
  expect(held).toHaveLength(1);
  held[0]!.end('for nobody');
  await until(() => held.length === 2);
  held[1]!.end('for the third');
  expect(await (await third).text()).toBe('for the third');
  expect(metrics.byCode.get(499)).toBe(2);
});

it.each([
  { shedShare: 1, codes: [200, 503, 503] },
  { shedShare: 0.34, codes: [200, 503, 200] },
  { shedShare: 0.34, expectedPerMinute: 6, codes: [200, 503, 503] },
])('sheds who has waited too long, up to $shedShare of the requests of a minute', async ({ codes, ...share }) => {
  let now = 0;
  const { router, metrics, url } = await stage({ clock: { now: () => now } });
  const held: ServerResponse[] = [];
  router.add(await backend((_, response) => (held.length === 0 ? held.push(response) : response.end('served'))));
  router.admit({ lateAfterSeconds: 1, ...share });
  const answers = [fetch(url)];
  await until(() => held.length === 1);
  for (const waiting of [1, 2]) {
    answers.push(fetch(url));
    await until(() => router.queueLength === waiting);
  }
  now = 2000;
  held[0]!.end('served');
  const found = await Promise.all(answers);
  expect(found.map(({ status }) => status)).toEqual(codes);
  expect(await found[1]!.json()).toEqual({ error: 'the answer would be late' });
  expect(metrics.refused).toBe(codes.filter((code) => code === 503).length);
  // Two seconds passed while the first was served.
  expect(router.takeServedSeconds()[0]).toBe(2);
  expect(router.takeServedSeconds()).toEqual([]);
});

it('serves who can still be in time before who is late, once the queue has been full, and turns away no one more', async () => {
  let now = 0;
  const { router, metrics, url } = await stage({ clock: { now: () => now } });
  const served: string[] = [];
  const held: ServerResponse[] = [];
  router.add(
    await backend((request, response) => {
      served.push(request.url!);
      if (held.length === 0) held.push(response);
      else response.end();
    }),
  );
  router.admit({ lateAfterSeconds: 1, shedShare: 0, lateLast: true });
  const ask = async (name: string): Promise<number> => (await fetch(`${url}${name}`)).status;
  const first = ask('held');
  await until(() => held.length === 1);
  const early: Promise<number>[] = [];
  for (let i = 0; i < QUEUE_LIMIT; i++) {
    early.push(ask(`early${i}`));
    await until(() => router.queueLength === i + 1);
  }
  // Full, but nobody is late: the newcomer goes.
  expect(await ask('soon')).toBe(503);
  now = 2000;
  const late = ask('newcomer');
  expect(await early[0]).toBe(503);
  held[0]!.end();
  expect([await first, await late]).toEqual([200, 200]);
  expect(await Promise.all(early.slice(1))).toEqual(new Array<number>(QUEUE_LIMIT - 1).fill(200));
  expect(served.slice(0, 3)).toEqual(['/held', '/newcomer', '/early1']);
  expect(metrics.refused).toBe(2);
});

it('where the process was held up, turns nobody away whom its replicas could have served meanwhile', async () => {
  let now = 0;
  const { router, url } = await stage({ clock: { now: () => now } });
  const held: (() => void)[] = [];
  router.add(await backend((_, response) => held.push(() => response.end('served'))));
  const ask = async (): Promise<number> => (await fetch(url)).status;
  const first = ask();
  await until(() => held.length === 1);
  now += 10; // that is how long a request takes
  held[0]!();
  expect(await first).toBe(200);
  await come(QUEUE_LIMIT + 1);
  expect(await ask()).toBe(503);
  now += 35;
  await come(3);
  expect(await ask()).toBe(503);
  expect(router.queueLength).toBe(QUEUE_LIMIT + 3);

  async function come(count: number): Promise<void> {
    const before = router.busy + router.queueLength;
    for (let i = 0; i < count; i++) {
      void ask().catch(() => {}); // the stage closes before they are answered
      await until(() => router.busy + router.queueLength === before + i + 1);
    }
  }
});

it('drops by chance as it is told', async () => {
  const { router, url } = await stage();
  router.add(await backend((_, response) => response.end('served')));
  router.admit({ acceptRate: 0 });
  expect((await fetch(url)).status).toBe(503);
  router.admit({ acceptRate: 1 });
  expect((await fetch(url)).status).toBe(200);
});

it('drains a replica: no new request, and the one under way is finished', async () => {
  const { router, url } = await stage();
  let finish!: () => void;
  const old = await backend((_request, response) => {
    finish = () => response.end('old');
  });
  router.add(old);
  const first = fetch(url);
  await until(() => finish !== undefined);
  let drained = false;
  const draining = router.drain(old).then(() => (drained = true));
  router.add(await backend((_request, response) => response.end('new')));
  expect(await (await fetch(url)).text()).toBe('new');
  expect(drained).toBe(false);
  finish();
  expect(await (await first).text()).toBe('old');
  await draining;
});

it('leaves nobody waiting where no replica will come', async () => {
  const { router, url } = await stage({ hopeless: () => true });
  const response = await fetch(url);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(router.queueLength).toBe(0);
});

it('shows its metrics itself, and survives what is no HTTP', async () => {
  const { url } = await stage();
  expect(await (await fetch(`${url}metrics`)).text()).toBe('the metrics\n');
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('this is no request\r\n\r\n');
  const said = await new Promise<string>((done) => socket.once('data', (data) => done(data.toString())));
  expect(said).toMatch(/^HTTP\/1.1 400/);
  expect((await fetch(`${url}metrics`)).status).toBe(200);
});

it('says at once that somebody waits where no replica is, and serves all who waited, however late, in order', async () => {
  let unserved = 0;
  const { router, url, metrics } = await stage({ onUnserved: () => (unserved += 1) });
  router.admit({ lateAfterSeconds: 0, shedShare: 1, lateLast: true });
  const answers = ['a', 'b', 'c'].map(async (name, i) => {
    await until(() => router.queueLength === i);
    return (await fetch(url + name)).text();
  });
  await until(() => router.queueLength === 3);
  expect(unserved).toBe(3);
  const order: string[] = [];
  const one = await backend((request, response) => {
    order.push(request.url!);
    response.end(request.url);
  });
  router.add(one);
  expect(await Promise.all(answers)).toEqual(['/a', '/b', '/c']);
  expect(order).toEqual(['/a', '/b', '/c']);
  expect(metrics.refused).toBe(0);
  await fetch(url);
  expect(unserved).toBe(3);
});

it('turns away who has waited for a first replica as long as the limit says, and nobody once there is one', async () => {
  const { router, url, metrics } = await stage({ wakeMs: 60 });
  const refused = await fetch(url);
  expect([refused.status, await refused.text()]).toEqual([503, '{"error":"no replica came up in time"}\n']);
  expect(metrics.refused).toBe(1);
  router.bear({ wakeMs: 5000 });
  const answered = fetch(url);
  await until(() => router.queueLength === 1);
  router.add(await backend((_, response) => response.end('good')));
  expect((await answered).status).toBe(200);
});
