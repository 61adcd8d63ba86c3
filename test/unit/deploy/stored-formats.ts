/**
 * The register of what Berth stores or sends and reads again: each format, its present version, and one example of every version that is
 * still read. `docs/reliability.md` has the same list for people.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPlan } from '../../../server/src/deploy/plan/plan-file.ts';
import { messageIn, orderIn } from '../../../server/src/deploy/runtime/message-line.ts';
import { sha256, SITE_FRAME_VERSION, SiteFrameReader } from '../../../server/src/deploy/runtime/sites/frame.ts';
import { SITE_ORDERS_VERSION, siteOrder, siteReport } from '../../../server/src/deploy/runtime/sites/messages.ts';
import { CHECKPOINT_FORMAT, readCheckpoint } from '../../../server/src/deploy/runtime/training/checkpoint.ts';
import {
  DEVICE_ORDERS_VERSION,
  deviceOrder,
  deviceReport,
} from '../../../server/src/deploy/runtime/training/messages.ts';
import { FrameReader, TENSOR_FRAME_VERSION } from '../../../server/src/deploy/runtime/training/tensor-frame.ts';
import { checkShape, listOf, object, type Shape } from '../../../server/src/deploy/shape.ts';
import { live, logLine } from '../../../server/src/deploy/shapes.ts';
import { lockHolder, lockHolderShape } from '../../../server/src/deploy/targets/local/agent/agent-lock.ts';
import {
  AGENT_PROTOCOL,
  agentInfo,
  applyLine,
  startLine,
  watchLine,
} from '../../../server/src/deploy/targets/local/agent/agent-protocol.ts';
import {
  DeploymentRecord,
  RECORD_FORMAT,
  REVISION_FORMAT,
} from '../../../server/src/deploy/targets/local/agent/deployment-record.ts';
import { PROCESSES_FORMAT, ProcessTable } from '../../../server/src/deploy/targets/local/agent/process-table.ts';
import { WORKLOAD_FORMAT, workloadState } from '../../../server/src/deploy/targets/local/agent/workload-state.ts';
import { savedFederation } from '../../../server/src/deploy/targets/local/federation.ts';
import { keptServing } from '../../../server/src/deploy/targets/local/serving.ts';
import { rayJobs } from '../../../server/src/deploy/targets/ray/heard.ts';
import { contentOf, LEDGER_FORMAT, ledgersOf } from '../../../server/src/deploy/targets/ray/ledger.ts';
import { METRICS_FORMAT, metricsAddress } from '../../../server/src/deploy/targets/local/serving/metrics-address.ts';
import { savedRun } from '../../../server/src/deploy/targets/local/training.ts';
import { readForecastFile } from '../../../server/src/faro/forecast/forecast-file.ts';

const STORED = fileURLToPath(new URL('../../fixtures/stored/', import.meta.url));

export interface StoredFormat {
  readonly name: string;
  readonly present: number;
  /** The example of each version that is read, below `test/fixtures/stored`. */
  readonly examples: Readonly<Record<number, string>>;
  /** What an example means. @throws Error saying why it cannot be read. */
  readonly read: (path: string) => unknown;
  /** What every version's example means alike. */
  readonly means: unknown;
  /** The same bytes, said to be of another version; absent where a version cannot be told apart, with the reason. */
  readonly as: ((bytes: Buffer, version: number) => Buffer) | { readonly unversioned: string };
  /** The file of an example to which `as` applies, where it is a folder. */
  readonly file?: string;
}

/** Puts a file into a folder of its own, as it lies where it is used. */
function inFolder<T>(path: string, name: string, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  try {
    cpSync(path, name === '' ? folder : join(folder, name), { recursive: true });
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shaped<T>(shape: Shape<T>, value: unknown): T {
  const checked = checkShape(shape, value);
  if (!checked.ok) throw new Error(checked.detail);
  return checked.value;
}

const text = (path: string): string => readFileSync(path, 'utf8');
const reported = (report: { readonly type: string } | undefined): string => {
  if (!report) throw new Error('it is no report');
  return report.type;
};
const asFormat = (bytes: Buffer, format: number): Buffer =>
  Buffer.from(JSON.stringify({ ...(JSON.parse(bytes.toString()) as object), format }));
const lines = (path: string): string[] => text(path).trimEnd().split('\n');
const asVersionOfSetup = (bytes: Buffer, version: number): Buffer =>
  Buffer.from(bytes.toString().replace('{"type":"setup",', `{"type":"setup","version":${version},`));
const withByte = (at: number, of: (version: number) => number) => (bytes: Buffer, version: number) => {
  const other = Buffer.from(bytes);
  other.writeUInt8(of(version), at);
  return other;
};

/** Reads a deployment's folder in which a file of it is the example. */
function recordWith(path: string, name: string): DeploymentRecord {
  return inFolder(join(STORED, `format-${RECORD_FORMAT}`, 'InferenceCluster.vision'), '', (folder) => {
    if (name === '') rmSync(folder, { recursive: true });
    cpSync(path, join(folder, name), { recursive: true });
    const { record, damage, newerFormat } = DeploymentRecord.open(folder);
    if (newerFormat !== undefined) throw new Error(`a newer Berth wrote it, in format ${newerFormat}`);
    if (damage[0]) throw damage[0];
    if (!record) throw new Error('there is no record');
    return record;
  });
}

function workload<T>(shape: Shape<T>): (path: string) => unknown {
  return (path) => {
    recordWith(path, 'workload.json');
    return inFolder(path, 'workload.json', (folder) =>
      workloadState(folder, (problem) => {
        throw problem;
      }).read(shape),
    );
  };
}

const agentSays = object<{
  start: readonly ReturnTypeOf<typeof startLine>[];
  agent: readonly ReturnTypeOf<typeof agentInfo>[];
  deployments: readonly (readonly ReturnTypeOf<typeof live>[])[];
  apply: readonly ReturnTypeOf<typeof applyLine>[];
  watch: readonly ReturnTypeOf<typeof watchLine>[];
  logs: readonly ReturnTypeOf<typeof logLine>[];
}>({
  start: listOf(startLine),
  agent: listOf(agentInfo),
  deployments: listOf(listOf(live)),
  apply: listOf(applyLine),
  watch: listOf(watchLine),
  logs: listOf(logLine),
});

type ReturnTypeOf<S> = S extends Shape<infer T> ? T : never;

const UNVERSIONED = (why: string) => ({ unversioned: why });

export const STORED_FORMATS: readonly StoredFormat[] = [
  {
    name: 'saved plan',
    present: 2,
    examples: { 1: 'format-1/update.plan.json', 2: 'format-2/update.plan.json' },
    read: (path) => {
      const read = readPlan(text(path));
      if (!read.ok) throw read.problem;
      const { deployment, action, live: from, desired } = read.plan;
      return { deployment, action, revision: from?.revision, replicas: (desired as { replicas?: unknown }).replicas };
    },
    means: { deployment: 'InferenceCluster/vision', action: 'update', revision: 2, replicas: { search: 3 } },
    as: asFormat,
  },
  {
    name: 'deployment.json',
    present: RECORD_FORMAT,
    examples: { 1: 'format-1/InferenceCluster.vision', 2: 'format-2/InferenceCluster.vision' },
    file: 'deployment.json',
    read: (path) => {
      const { accepted, reached, cancelled, id } = recordWith(path, '');
      return { accepted, reached, cancelled, id };
    },
    means: { accepted: 2, reached: 2, cancelled: false, id: 'InferenceCluster/vision' },
    as: asFormat,
  },
  {
    name: 'revisions/N.json',
    present: REVISION_FORMAT,
    examples: {
      1: 'format-1/InferenceCluster.vision/revisions/2.json',
      2: 'format-2/InferenceCluster.vision/revisions/2.json',
    },
    read: (path) => {
      const { desired, origin, particulars } = recordWith(path, 'revisions/2.json').wanted!;
      return { replicas: (desired as { replicas?: unknown }).replicas, path: origin.path, particulars };
    },
    means: { replicas: { search: 2 }, path: '/somewhere/vision.berth.yaml', particulars: { folder: '/somewhere' } },
    as: asFormat,
  },
  {
    name: 'processes.json',
    present: PROCESSES_FORMAT,
    examples: { 1: 'processes-1.json' },
    read: (path) => {
      recordWith(path, 'processes.json');
      return inFolder(path, 'processes.json', (folder) => {
        const table = new ProcessTable({ folder, owner: 'test:test', log: () => {} });
        if (table.damaged) throw new Error('it is damaged');
        return table.leftovers; // of the process in it nothing lives
      });
    },
    means: [],
    as: asFormat,
  },
  {
    name: 'workload.json of an InferenceCluster',
    present: WORKLOAD_FORMAT,
    examples: { 1: 'workload-serving-1.json' },
    read: workload(keptServing),
    means: {
      ports: { tags: 39673 },
      replicas: { tags: 1 },
      from: { tags: 1 },
      control: {
        policy: 'berth',
        jobs: ['tags'],
        seconds: 60,
        controller: { lastLookSeconds: 0, policy: { served: [{ count: 0, sum: 0, squares: 0 }] }, pending: [] },
      },
    },
    as: asFormat,
  },
  {
    name: 'workload.json of a TrainingPlacement',
    present: WORKLOAD_FORMAT,
    examples: { 1: 'workload-training-1.json' },
    read: workload(savedRun),
    means: {
      key: '4be0',
      step: 20,
      history: [
        { step: 10, loss: 2.25, stepMs: 12.5 },
        { step: 20, loss: 1.5, stepMs: 12 },
      ],
      averages: { accuracy: 0.5, forwardMs: 4, stepMs: 12, busyMs: [3, 4], bytesSent: [1024, 2048] },
    },
    as: asFormat,
  },
  {
    name: 'workload.json of a Federation',
    present: WORKLOAD_FORMAT,
    examples: { 1: 'workload-federation-1.json' },
    read: workload(savedFederation),
    means: {
      key: '51aa',
      round: 2,
      digest: 'ab12',
      attempts: 3,
      history: [
        { round: 1, accuracy: 0.5, seconds: 1.5, digest: 'cd34' },
        { round: 2, accuracy: 0.75, seconds: 1.25, digest: 'ab12' },
      ],
      accuracy: { north: 0.75, south: 0.5 },
      bytesSent: { north: 4096, south: 4096 },
    },
    as: asFormat,
  },
  {
    name: 'metrics.json',
    present: METRICS_FORMAT,
    examples: { 1: 'metrics-1.json' },
    read: (path) => inFolder(path, 'metrics.json', (folder) => metricsAddress(folder).before()),
    means: 39355,
    as: UNVERSIONED('a port that is only a wish: taken where it is a number, else another is found'),
  },
  {
    name: 'agent.lock.N',
    present: 1,
    examples: { 1: 'lock-1.json' },
    read: (path) =>
      inFolder(path, 'agent.lock.3', (folder) => {
        if (lockHolder(folder) !== undefined) throw new Error('it is held by a process that lives');
        return shaped(lockHolderShape, JSON.parse(text(path)));
      }),
    means: { pid: 24421, identity: '35ccc7bf-bd06-4b94-9dfd-32c31748ae65:5249108' },
    as: UNVERSIONED('it means the same in every version: by it they keep out of each other’s way'),
  },
  {
    name: 'record at a Ray cluster',
    present: LEDGER_FORMAT,
    examples: { 1: 'ray-record-1.json' },
    read: async (path) => {
      const ledger = ledgersOf(shaped(rayJobs, JSON.parse(text(path)))).get('InferenceCluster/vision');
      if (!ledger) throw new Error('there is no record');
      if ('unreadable' in ledger) throw new Error(ledger.unreadable);
      const { sequence, event, revisions } = ledger;
      const replicas = await Promise.all(
        revisions.map(async ({ revision }) => {
          const { desired } = (await contentOf(ledger, revision))!;
          return { revision, replicas: (desired as { replicas?: unknown }).replicas };
        }),
      );
      return { sequence, event, replicas };
    },
    means: {
      sequence: 4,
      event: 'accepted',
      replicas: [
        { revision: 1, replicas: { search: 1 } },
        { revision: 2, replicas: { search: 2 } },
      ],
    },
    as: (bytes, version) => Buffer.from(bytes.toString().replaceAll('"berth":"1"', `"berth":"${version}"`)),
  },
  {
    name: 'device-N.f32 of a checkpoint',
    present: CHECKPOINT_FORMAT,
    examples: { 1: 'checkpoint-1', 2: 'checkpoint-2' },
    file: 'device-0.f32',
    read: async (path) => Object.fromEntries(await readCheckpoint(path)),
    means: {
      dense: {
        params: {
          weight: { shape: [2, 2], data: Float32Array.of(1, 2, 3, -0.5) },
          bias: { shape: [2], data: Float32Array.of(0.25, 4) },
        },
        moments: { weight: [Float32Array.of(5, 6, 7, 8)], bias: [Float32Array.of(9, 10)] },
      },
      relu: { params: {}, moments: {} },
    },
    as: (bytes, version) =>
      Buffer.from(bytes.toString('latin1').replace(/"format":\d/, `"format":${version}`), 'latin1'),
  },
  {
    name: 'tensor frame',
    present: TENSOR_FRAME_VERSION,
    examples: { 1: 'tensor-frame-1.bin' },
    read: (path) => {
      const [frame, ...more] = new FrameReader().push(readFileSync(path));
      if (!frame || more.length > 0) throw new Error('it is no single frame');
      return frame;
    },
    means: {
      kind: 'activation',
      step: 7,
      index: 3,
      tensor: { shape: [2, 2], data: Float32Array.of(1, 2, 3, -0.5) },
    },
    as: withByte(3, (version) => 0x30 + version),
  },
  {
    name: 'frame of a site',
    present: SITE_FRAME_VERSION,
    examples: { 1: 'site-frame-1.bin' },
    read: (path) => {
      const scope = { job: sha256('job'), plan: sha256('plan'), length: 3, precision: 'float32' } as const;
      const [message, ...more] = new SiteFrameReader(scope, 4).push(readFileSync(path));
      if (!message || more.length > 0) throw new Error('it is no single frame');
      return message;
    },
    means: { round: 2, attempt: 5, iteration: 1, from: 4, to: 7, kind: 'y', vector: Float32Array.of(1, -2, 0.5) },
    as: withByte(4, (version) => version),
  },
  {
    name: 'orders to a site',
    present: SITE_ORDERS_VERSION,
    examples: { 1: 'site-orders-1.ndjson' },
    read: (path) => lines(path).map((line) => orderIn(siteOrder, SITE_ORDERS_VERSION, line).type),
    means: ['setup', 'join', 'train', 'average', 'abort', 'commit', 'evaluate'],
    as: asVersionOfSetup,
  },
  {
    name: 'reports of a site',
    present: SITE_ORDERS_VERSION,
    examples: { 1: 'site-reports-1.ndjson' },
    read: (path) => lines(path).map((line) => reported(messageIn(siteReport, line))),
    means: [
      'ready',
      'joined',
      'trained',
      'averaged',
      'aborted',
      'committed',
      'evaluated',
      'traffic',
      'refused',
      'log',
      'alive',
      'failed',
    ],
    as: UNVERSIONED('a site that takes orders of the agent’s version reports in it'),
  },
  {
    name: 'orders to a device',
    present: DEVICE_ORDERS_VERSION,
    examples: { 1: 'device-orders-1.ndjson' },
    read: (path) => lines(path).map((line) => orderIn(deviceOrder, DEVICE_ORDERS_VERSION, line).type),
    means: ['setup', 'connect', 'step', 'checkpoint'],
    as: asVersionOfSetup,
  },
  {
    name: 'reports of a device',
    present: DEVICE_ORDERS_VERSION,
    examples: { 1: 'device-reports-1.ndjson' },
    read: (path) => lines(path).map((line) => reported(messageIn(deviceReport, line))),
    means: ['listening', 'connected', 'alive', 'done', 'checkpointed', 'failed'],
    as: UNVERSIONED('a device that takes orders of the agent’s version reports in it'),
  },
  {
    name: 'what the agent says on its socket',
    present: AGENT_PROTOCOL,
    examples: { 2: 'agent-2.json' },
    read: (path) => {
      const said = shaped(agentSays, JSON.parse(text(path)));
      return { protocol: said.agent[0]!.protocol, id: said.deployments[0]![0]!.id, apply: said.apply.length };
    },
    means: { protocol: 2, id: 'InferenceCluster/vision', apply: 6 },
    as: UNVERSIONED('client and agent ask each other first: hardship-versions.test.ts runs two versions at once'),
  },
  ...['seasonal', 'nhits'].map((model): StoredFormat => ({
    name: `forecast file, ${model}`,
    present: 1,
    examples: { 1: `${model}-v1alpha1.forecast.json` },
    read: (path) => {
      const read = readForecastFile(text(path));
      if (!read.ok) throw new Error(read.detail);
      return { model: read.trained.model, jobs: [...read.trained.jobs.keys()], history: read.trained.history };
    },
    means: { model, jobs: ['a'], history: { days: 4, minutes: 480 } },
    as: (bytes, version) => Buffer.from(bytes.toString().replace('berth.dev/v1alpha1', `berth.dev/v1alpha${version}`)),
  })),
];

/** The path of an example. */
export function exampleOf(format: StoredFormat, version: number): string {
  return join(STORED, format.examples[version]!);
}

/** Reads an example of a format after something was done to its bytes. */
export async function readChanged(format: StoredFormat, change: (bytes: Buffer) => Buffer): Promise<unknown> {
  const path = exampleOf(format, format.present);
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  const copy = join(folder, 'example');
  try {
    cpSync(path, copy, { recursive: true });
    const file = format.file === undefined ? copy : join(copy, format.file);
    writeFileSync(file, change(readFileSync(file)));
    return await format.read(copy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
