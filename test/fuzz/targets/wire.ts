/** What processes say to each other: lines of JSON, frames of bytes. */
import {
  agentInfo,
  applyLine,
  startLine,
  watchLine,
} from '../../../server/src/deploy/targets/local/agent/agent-protocol.ts';
import { understood } from '../../../server/src/deploy/targets/local/agent/agent-client.ts';
import { messageIn, orderIn } from '../../../server/src/deploy/runtime/message-line.ts';
import {
  encodeSiteMessage,
  sha256,
  SiteFrameError,
  SiteFrameReader,
  type FrameScope,
} from '../../../server/src/deploy/runtime/sites/frame.ts';
import { siteOrder, siteReport } from '../../../server/src/deploy/runtime/sites/messages.ts';
import { checkReply, manifestLength, TrainerFailure } from '../../../server/src/deploy/runtime/sites/trainer.ts';
import { deviceOrder, deviceReport } from '../../../server/src/deploy/runtime/training/messages.ts';
import { encodeFrame, FrameError, FrameReader } from '../../../server/src/deploy/runtime/training/tensor-frame.ts';
import type { Shape } from '../../../server/src/deploy/shape.ts';
import { liveOrUnowned, logLine } from '../../../server/src/deploy/shapes.ts';
import { visible } from '../../../server/src/spec/text/visible.ts';
import { isReadable, must, refusable, refusalOf } from '../oracle.ts';
import { ofJson, type BytesTarget, type TextTarget } from '../target.ts';

const ORDERS = [
  {
    type: 'setup',
    job: 'Federation/x',
    site: 0,
    host: '127.0.0.1',
    names: ['a'],
    rounds: [[[0]]],
    rho: [1],
    weights: [1],
    command: ['node'],
    cwd: '/w',
    folder: '/w/f',
    seed: 1,
    trainerSilenceMs: 1000,
    resume: null,
  },
  { type: 'join', members: [{ name: 'a', host: '127.0.0.1', port: 1, fingerprint: 'sha256:00' }] },
  { type: 'train', round: 1, attempt: 0, from: 'average', epochs: 1 },
  { type: 'commit', round: 1, digest: '00' },
  { type: 'ready', port: 1, fingerprint: 'x', manifest: 'y', digest: 'z', samples: 3 },
  { type: 'trained', round: 1, loss: null, samples: 3 },
  { type: 'failed', reason: 'hung', message: 'x', exit: 'y' },
  {
    type: 'setup',
    device: 0,
    host: '127.0.0.1',
    plan: {
      devices: ['gpu0'],
      nodes: [{ name: 'a', device: 0, op: {}, inputs: [], outputs: [] }],
      edges: [{ from: 0, to: 0 }],
    },
    module: '/w/m.mjs',
    batchSize: 1,
    learningRate: 0.1,
    token: '00',
    resume: null,
  },
  { type: 'connect', addresses: [{ host: '127.0.0.1', port: 5 }] },
  {
    type: 'done',
    step: 1,
    losses: [{ node: 0, loss: 'NaN', correct: 1, count: 2 }],
    busyUs: 1,
    forwardEndUs: 1,
    endUs: 2,
    bytesSent: 3,
  },
];

const lines: TextTarget = {
  name: 'process-lines',
  type: 'json',
  doors: [
    'deploy/runtime/message-line.ts',
    'deploy/runtime/sites/messages.ts',
    'deploy/runtime/training/messages.ts',
    'deploy/shape.ts',
  ],
  words: ['type', 'setup', 'ready', 'join', 'loss', 'round', 'members', 'plan', 'nodes'],
  seeds: () => ORDERS.map((order) => JSON.stringify(order)),
  run: (line) => {
    const shapes: readonly Shape<{ readonly type: string }>[] = [siteOrder, siteReport, deviceOrder, deviceReport];
    return shapes
      .map((shape) => {
        const heard = messageIn(shape, line);
        try {
          const order = orderIn(shape, 1, line);
          must(heard === undefined || heard.type === order.type, () => 'a message is two things');
          return order.type;
        } catch (error) {
          must(heard === undefined, () => 'a message is no order');
          if (error instanceof SyntaxError) return 'no JSON';
          must(
            error instanceof Error &&
              /^(an order was not understood: its |the agent gives orders of version )/.test(error.message),
            () => `it is refused so: ${String(error)}`,
          );
          isReadable(visible(error.message), 'a refusal');
          return 'no order';
        }
      })
      .join();
  },
};

const STATUS = {
  kind: 'InferenceCluster',
  id: 'InferenceCluster/x',
  name: 'x',
  revision: 1,
  phase: 'running',
  summary: 's',
  at: 1,
  faults: [],
  jobs: [],
};
const ANSWERS = [
  { protocol: 2, build: 'x', pid: 1, active: true, others: 0 },
  { event: { type: 'step', text: 'x', done: 1, total: 2 } },
  { event: { type: 'done', revision: 1, status: STATUS } },
  { event: { type: 'cancelled', done: ['x'], left: [] } },
  { problem: { code: 'BERTH5001', severity: 'error', message: 'x', hint: 'y' } },
  { status: STATUS },
  { ready: true },
  { at: 1, subject: null, text: 'x' },
  { ownership: 'foreign', id: 'Federation/x', target: 'local', detail: 'x', reads: [{ object: 'a', version: 'b' }] },
];

const answers: TextTarget = {
  name: 'agent-answers',
  type: 'json',
  doors: [
    'deploy/targets/local/agent/agent-client.ts',
    'deploy/targets/local/agent/agent-protocol.ts',
    'deploy/shapes.ts',
  ],
  words: ['status', 'event', 'problem', 'live', 'desired', 'faults', 'phase', 'jobs', 'type'],
  seeds: () => ANSWERS.map((answer) => JSON.stringify(answer)),
  run: (text) => {
    const shapes: readonly Shape<object>[] = [agentInfo, applyLine, watchLine, startLine, logLine, liveOrUnowned];
    return shapes
      .map((shape) =>
        refusable(
          () => understood(text, shape),
          () => 'ok',
        ),
      )
      .join();
  },
};

const trainer: TextTarget = {
  name: 'trainer-answers',
  type: 'json',
  doors: ['deploy/runtime/sites/trainer.ts'],
  words: ['tensors', 'shape', 'weightsFile', 'samples', 'loss', 'correct', 'total'],
  seeds: () => [
    '{"type":"ready","tensors":[{"name":"w","shape":[2,3]}],"weightsFile":"w.f32","samples":5}',
    '{"type":"trained","weightsFile":"w","samples":3,"loss":0.5}',
    '{"type":"evaluated","correct":1,"total":2}',
  ],
  run: ofJson((reply) => {
    // A line that is no object with the right type never comes so far.
    if (typeof reply !== 'object' || reply === null) return 'no object';
    return (['init', 'train', 'evaluate'] as const)
      .map((type) =>
        refusable(
          () => {
            checkReply(type, reply as Record<string, unknown>);
            if (type !== 'init') return 0;
            return manifestLength(reply as Parameters<typeof manifestLength>[0]);
          },
          (length) => (Number.isSafeInteger(length) ? 'ok' : 'beyond numbers'),
          TrainerFailure,
        ),
      )
      .join();
  }),
};

const SCOPE: FrameScope = { job: sha256('job'), plan: sha256('plan'), length: 3, precision: 'float32' };
const ENVELOPE = { round: 1, attempt: 0, iteration: 2, from: 1, to: 0 };

/** Pushes bytes in pieces, as a connection brings them. */
function* pieces(input: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(input);
  const size = Math.max(1, (bytes.length % 37) * 5);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const siteFrames: BytesTarget = {
  name: 'site-frames',
  type: 'bytes',
  doors: ['deploy/runtime/sites/frame.ts', 'deploy/runtime/byte-queue.ts'],
  seeds: () => {
    const y = encodeSiteMessage({ ...ENVELOPE, kind: 'y', vector: Float32Array.of(1, 2, 3) }, SCOPE);
    const digest = encodeSiteMessage({ ...ENVELOPE, kind: 'digest', digest: '00'.repeat(32) }, SCOPE);
    return [y, digest, Buffer.concat([y, digest, y])];
  },
  run: (input) => {
    const reader = new SiteFrameReader(SCOPE, 1);
    let count = 0;
    try {
      for (const piece of pieces(input))
        for (const message of reader.push(piece)) {
          must(
            message.kind === 'digest' ? /^[0-9a-f]{64}$/.test(message.digest) : message.vector.length === SCOPE.length,
            () => 'a message has another size',
          );
          count++;
        }
      return `${count}`;
    } catch (error) {
      return `${count} ${refusalOf(error, [SiteFrameError])} ${(error as Error).message}`;
    }
  },
};

const tensorFrames: BytesTarget = {
  name: 'tensor-frames',
  type: 'bytes',
  doors: ['deploy/runtime/training/tensor-frame.ts', 'deploy/runtime/byte-queue.ts'],
  seeds: () => {
    const frame = encodeFrame({
      kind: 'activation',
      step: 1,
      index: 2,
      tensor: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    });
    const none = encodeFrame({ kind: 'no-gradient', step: 1, index: 2, tensor: null });
    return [
      frame,
      none,
      Buffer.concat([frame, none, frame]),
      encodeFrame({ kind: 'gradient', step: 0, index: 0, tensor: { shape: [], data: Float32Array.of(1) } }),
    ];
  },
  run: (input) => {
    const reader = new FrameReader();
    let count = 0;
    try {
      for (const piece of pieces(input))
        for (const { tensor } of reader.push(piece)) {
          must(
            tensor === null || tensor.data.length === tensor.shape.reduce((product, extent) => product * extent, 1),
            () => 'a tensor has another size than its shape',
          );
          count++;
        }
      return `${count}`;
    } catch (error) {
      return `${count} ${refusalOf(error, [FrameError])} ${(error as Error).message.replace(/\d+/g, '')}`;
    }
  },
};

export const WIRE_TARGETS = [lines, answers, trainer, siteFrames, tensorFrames];
