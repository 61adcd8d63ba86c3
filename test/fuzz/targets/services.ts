/** What listens or is started: the router, the agent, the language server, the command, and the completion of a shell. Slow, each input a conversation. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { checkPlan } from '../../../server/src/deploy/plan/plan-file.ts';
import { isObject } from '../../../server/src/deploy/shape.ts';
import type { Agent } from '../../../server/src/deploy/targets/local/agent/agent.ts';
import { TensorExchange } from '../../../server/src/deploy/runtime/training/tensor-exchange.ts';
import { encodeFrame } from '../../../server/src/deploy/runtime/training/tensor-frame.ts';
import { AgentServer } from '../../../server/src/deploy/targets/local/agent/agent-server.ts';
import { problemError } from '../../../server/src/spec/problems/problem-error.ts';
import { visible } from '../../../server/src/spec/text/visible.ts';
import { GET, GOOD, RawStage, type RawClient } from '../../unit/deploy/runtime/serving/raw-peers.ts';
import { SPEC_WORDS } from '../from-schema.ts';
import { isReadable, isSound, must } from '../oracle.ts';
import { ofJson, type BytesTarget, type Target, type TextTarget } from '../target.ts';
import { SPEC_SEEDS, TRACE } from './files.ts';
import { LANGUAGE_SERVER } from './language-server.ts';

/** What must be answered is answered within this time on a busy machine, in ms. */
const PATIENCE_MS = 20_000;

async function closed(client: RawClient, what: string, meanwhile: () => void = () => undefined): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!client.isClosed) {
    must(performance.now() < deadline, () => `${what} got no end: ${JSON.stringify(client.heard)}`);
    meanwhile();
    await new Promise((next) => setTimeout(next, 1));
  }
  return client.heard;
}

let stage: Promise<{ readonly raw: RawStage; answer: string }> | undefined;

async function routerStage(): Promise<{ readonly raw: RawStage; answer: string }> {
  const raw = await RawStage.open({
    silenceMs: 10_000,
    connectMs: 5000,
    abandonedMs: 100,
    lingerMs: 50,
    tunnelSilenceMs: 300,
  });
  const made = { raw, answer: GOOD };
  await raw.replica((socket) => socket.end(Buffer.from(made.answer, 'latin1')));
  return made;
}

const HTTP_WORDS = [
  ...[
    'GET ',
    'POST ',
    'HTTP/1.1',
    'HTTP/1.0',
    '\r\n',
    '\r\n\r\n',
    'Host: localhost\r\n',
    'Content-Length: 4\r\n',
    'Transfer-Encoding: chunked\r\n',
  ],
  ...[
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    'Connection: close\r\n',
    'Expect: 100-continue\r\n',
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
    '100 Continue\r\n\r\n',
  ],
  ...[
    'Trailer: x\r\n',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 204 x\r\n',
    'HTTP/1.1 304 x\r\n',
    'HTTP/1.1 101 x\r\n',
    'HTTP/1.1 999 x\r\n',
    '/metrics',
    'Origin: http://x\r\n',
    'x: \u0001\r\n',
  ],
];

const router: TextTarget = {
  name: 'router',
  type: 'json',
  isSlow: true,
  doors: [
    'deploy/runtime/serving/router.ts',
    'deploy/runtime/serving/exchange.ts',
    'deploy/runtime/serving/control-access.ts',
    'deploy/runtime/serving/forwarded-headers.ts',
  ],
  words: HTTP_WORDS,
  seeds: () => [
    JSON.stringify({ ask: GET, answer: GOOD }),
    JSON.stringify({
      ask: 'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody',
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n\r\n',
    }),
    JSON.stringify({
      ask: 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n',
      answer: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    }),
    JSON.stringify({
      ask: 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n',
      answer: 'HTTP/1.0 200\r\n\r\nuntil the end',
    }),
    JSON.stringify({
      ask: 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi',
      answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi',
    }),
  ],
  run: ofJson(async (value) => {
    if (!isObject(value) || typeof value['ask'] !== 'string' || typeof value['answer'] !== 'string')
      return 'no exchange';
    const made = await (stage ??= routerStage());
    made.answer = value['answer'];
    const client = made.raw.client();
    client.socket.end(Buffer.from(value['ask'], 'latin1'));
    const heard = await closed(client, 'a request');
    must(
      heard === '' || /^HTTP\/1\.1 \d{3} /.test(heard),
      () => `an answer that is none: ${JSON.stringify(heard.slice(0, 200))}`,
    );
    made.answer = GOOD;
    // Whatever was, the replica is there for the next one; one that was put out is let in again, as its pool would start another.
    let isOut = false;
    const letIn = (): void => {
      for (const backend of made.raw.sick.splice(0)) {
        isOut = true;
        made.raw.router.drop(backend);
        made.raw.router.add(backend);
      }
    };
    const after = await closed(made.raw.client(GET), 'the next request', letIn);
    must(
      /^HTTP\/1\.1 200 /.test(after),
      () => `the next request is answered with ${JSON.stringify(after.slice(0, 200))}`,
    );
    return `${heard.slice(9, 12)} ${isOut} ${after.slice(9, 12)}`;
  }),
};

let agentPath: Promise<string> | undefined;

/** The agent's door with nothing behind it that would run a process. */
async function agentDoor(): Promise<string> {
  const nothing = (id: string): never => {
    throw problemError('BERTH5021', { id, known: [] });
  };
  const agent: Pick<Agent, 'active' | 'notices' | 'list' | 'get' | 'read' | 'watch' | 'apply' | 'halt'> = {
    active: false,
    notices: [],
    list: () => [],
    get: nothing,
    read: nothing,
    watch: () => () => undefined,
    apply: async (plan) => {
      const read = checkPlan(plan);
      throw read.ok ? problemError('BERTH5025', { detail: 'nothing is applied here' }) : read.problem;
    },
    halt: async () => undefined,
  };
  const folder = mkdtempSync(join(tmpdir(), 'berth-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'agent.sock');
  // A thread may ask for the mask of new files and not set it; who may open this socket is for other tests.
  if (!isMainThread) process.umask = () => 0o077;
  await new AgentServer(agent as Agent, () => undefined).listen(path);
  return path;
}

const agent: TextTarget = {
  name: 'agent',
  type: 'text',
  isSlow: true,
  doors: ['deploy/targets/local/agent/agent-server.ts'],
  words: [
    ...HTTP_WORDS,
    '/deployments/',
    'InferenceCluster/x',
    '/logs?tail=1&follow=0',
    '/revisions/1',
    '%',
    '%E0',
    '//',
    '?',
    'http://[',
    '/cancel',
    '/watch',
    '/apply',
    '/agent',
  ],
  seeds: () => [
    ...[
      '/agent',
      '/deployments',
      '/notices',
      '/deployments/InferenceCluster/x/revisions/2',
      '/deployments/Federation/y/logs?tail=5&since=1&subject=a',
    ].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    'POST /apply HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"id":""}',
    'POST /deployments/InferenceCluster/x/cancel HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  ],
  run: async (ask) => {
    const path = await (agentPath ??= agentDoor());
    const heard = await new Promise<string>((done, fail) => {
      const socket = connect(path);
      let text = '';
      const timer = setTimeout(() => {
        socket.destroy();
        fail(new Error(`no end of ${JSON.stringify(text)}`));
      }, PATIENCE_MS);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        // A stream of changes does not end by itself.
        if (text.includes('x-ndjson')) socket.destroy();
      });
      socket.once('close', () => {
        clearTimeout(timer);
        done(text);
      });
      socket.end(Buffer.from(ask, 'latin1'));
    });
    for (const [, body] of heard.matchAll(/"problem":(\{.*?\})\}|\r\n\r\n(?=\{"code")/g))
      if (body !== undefined) isSound(JSON.parse(body) as Parameters<typeof isSound>[0]);
    must(!heard.includes('BERTH5024'), () => `a fault of ours: ${heard}`);
    return `${heard.slice(9, 12)} ${/BERTH\d+/.exec(heard)?.[0]}`;
  },
};

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** Words that a command line is made of; nothing here deploys, serves or draws. */
const COMMAND_WORDS = [
  ...[
    'validate',
    'preview',
    'plan',
    'schema',
    'trace',
    'inspect',
    'completion',
    'simulate',
    'forecast',
    'evaluate',
    '--help',
    '--version',
    'bash',
  ],
  ...[
    '--format',
    'json',
    'sarif',
    'github',
    'text',
    '--quick',
    '--document',
    '--seeds',
    '1',
    '0',
    '-1',
    '1e9',
    '--policy',
    'faro',
    '--',
    '-',
    '--x',
    'a.berth.yaml',
  ],
  ...['day.csv', 'a.graph.json', 'absent', '.', '', '--days', '--limit', 'InferenceCluster', '--objective'],
];

const command: TextTarget = {
  name: 'command',
  type: 'json',
  isSlow: true,
  doors: ['cli/main.ts', 'cli/session.ts', 'cli/list-option.ts'],
  words: [...COMMAND_WORDS, ...SPEC_WORDS],
  seeds: () =>
    [
      ['validate', '.'],
      ['preview', '--quick', 'a.berth.yaml'],
      ['plan', 'a.berth.yaml', '--format', 'json'],
      ['trace', 'inspect', 'day.csv'],
      ['schema', 'Federation'],
      ['validate', 'a.graph.json', '--format', 'sarif'],
      ['completion', 'fish'],
    ].map((args, i) =>
      JSON.stringify({ args, spec: SPEC_SEEDS[i % SPEC_SEEDS.length], graph: '{"nodes":[]}', trace: TRACE }),
    ),
  make: (random) =>
    JSON.stringify({
      args: Array.from({ length: random.int(6) }, () => random.pick(COMMAND_WORDS)),
      spec: random.pick(SPEC_SEEDS),
      graph: '{"nodes":[{"id":0}]}',
      trace: TRACE,
    }),
  run: ofJson((value) => {
    if (!isObject(value) || !Array.isArray(value['args'])) return 'no command';
    const args = (value['args'] as unknown[]).filter(
      (arg): arg is string => typeof arg === 'string' && !arg.includes('\0'),
    );
    // What would run something, or write where it is told to, is tried by other tests.
    if (
      /^(?:apply|delete|rollback|agent|watch|logs|cancel|status|experiment|train)$/m.test(args.join('\n')) ||
      args.some((arg) => /^-{1,2}o|\//.test(arg))
    )
      return 'not here';
    const folder = mkdtempSync(join(tmpdir(), 'berth-fuzz-'));
    try {
      for (const [key, file] of [
        ['spec', 'a.berth.yaml'],
        ['graph', 'a.graph.json'],
        ['trace', 'day.csv'],
      ] as const)
        if (typeof value[key] === 'string') writeFileSync(join(folder, file), value[key]);
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 60_000,
        env: { PATH: process.env['PATH'], XDG_STATE_HOME: folder, HOME: folder },
      });
      must(
        status === 0 || status === 1 || status === 2,
        () => `${args.join(' ')} ended with ${status ?? signal}: ${stderr}`,
      );
      must(!/^\s+at .+:\d+:\d+\)?$/m.test(stderr), () => `${args.join(' ')} wrote a stack: ${stderr}`);
      must(!`${stdout}${stderr}`.includes('BERTH5024'), () => `${args.join(' ')} told of a fault of ours: ${stderr}`);
      must(
        status !== 1 || /BERTH\d{4}/.test(stdout + stderr),
        () => `${args.join(' ')} failed without a code: ${stdout}${stderr}`,
      );
      return `${status} ${args[0]} ${[...new Set((stdout + stderr).match(/BERTH\d{4}/g))].sort().join()}`;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }),
};

let script: string | undefined;

const shell: TextTarget = {
  name: 'bash-completion',
  type: 'json',
  isSlow: true,
  doors: ['cli/completion/bash.ts'],
  words: [
    ...COMMAND_WORDS,
    '$(touch owned)',
    '`touch owned`',
    ';touch owned',
    '~/',
    '*',
    '--format=',
    '=',
    '\\',
    "'",
    '--policies',
    'faro,',
  ],
  seeds: () =>
    [
      ['berth', ''],
      ['berth', 'val'],
      ['berth', 'preview', '--format', ''],
      ['berth', 'experiment', '--policies', 'faro,'],
      ['berth', 'validate', './'],
    ].map((words) => JSON.stringify(words)),
  run: ofJson((words) => {
    if (!Array.isArray(words)) return 'no words';
    const args = (words as unknown[])
      .filter((word): word is string => typeof word === 'string' && !/[\0\n]/.test(word))
      .slice(0, 12);
    script ??= execFileSync(process.execPath, [CLI, 'completion', 'bash'], { encoding: 'utf8' });
    const folder = mkdtempSync(join(tmpdir(), 'berth-fuzz-'));
    try {
      const complete = `${script}\nCOMP_WORDS=("$@")\nCOMP_CWORD=$((\${#COMP_WORDS[@]} - 1))\n_berth 2>&3\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, status, output } = spawnSync('bash', ['--norc', '-c', complete, 'bash', 'berth', ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        timeout: 20_000,
      });
      must(status === 0, () => `bash ended with ${status}`);
      must(!existsSync(join(folder, 'owned')), () => 'what was typed was run');
      const said = String(output[3] ?? '').replace(/^.*compopt.*$\n?/gm, '');
      must(said === '', () => `bash says ${said}`);
      return String(stdout.split('\n').length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }),
};

let exchange: Promise<{ readonly port: number; readonly breaches: string[] }> | undefined;

const TOKEN = 'ab'.repeat(32);

async function tensorDoor(): Promise<{ readonly port: number; readonly breaches: string[] }> {
  const breaches: string[] = [];
  const door = new TensorExchange({
    device: 0,
    token: TOKEN,
    expects: (from, { index }) => from === 1 && index < 4,
    onBreach: (message) => breaches.push(message),
    onBroken: () => undefined,
  });
  return { port: await door.listen('127.0.0.1'), breaches };
}

/** What another device of a training run, or a stranger, says to one. */
const tensors: BytesTarget = {
  name: 'tensor-exchange',
  type: 'bytes',
  isSlow: true,
  doors: ['deploy/runtime/training/tensor-exchange.ts'],
  seeds: () => {
    const greeting = Buffer.concat([Buffer.from(TOKEN, 'hex'), Buffer.from([1, 0, 0, 0])]);
    const frame = (index: number): Buffer =>
      encodeFrame({ kind: 'activation', step: 1, index, tensor: { shape: [2], data: Float32Array.of(1, 2) } });
    return [
      Buffer.concat([greeting, frame(1)]),
      Buffer.concat([greeting, frame(1), frame(9)]),
      greeting,
      Buffer.alloc(40),
    ];
  },
  run: async (input) => {
    const { port, breaches } = await (exchange ??= tensorDoor());
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    await new Promise<void>((done, fail) => {
      const timer = setTimeout(() => fail(new Error('the connection is not closed')), PATIENCE_MS);
      client.once('close', () => {
        clearTimeout(timer);
        done();
      });
      client.resume().end(input);
    });
    const [breach, ...more] = breaches.splice(0);
    must(more.length === 0, () => `one connection has ${more.length + 1} breaches`);
    if (breach !== undefined) isReadable(visible(breach), 'a breach');
    return (breach ?? 'none').replace(/\d+/g, '');
  },
};

export const SERVICE_TARGETS: readonly Target[] = [router, agent, tensors, LANGUAGE_SERVER, command, shell];
