/** What lies on disk of plans and deployments: written by this version or another, cut short, edited, damaged. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { contentHash } from '../../../server/src/deploy/plan/content-hash.ts';
import { originOf } from '../../../server/src/deploy/plan/origin.ts';
import { checkPlan, readPlan, sealPlan, writePlan } from '../../../server/src/deploy/plan/plan-file.ts';
import { jsonOf } from '../../../server/src/deploy/json-text.ts';
import { isObject, object, whole } from '../../../server/src/deploy/shape.ts';
import { PLAN_FORMAT, type PlanContent } from '../../../server/src/deploy/types.ts';
import {
  checkpointDamage,
  readCheckpoint,
  writeCheckpoint,
} from '../../../server/src/deploy/runtime/training/checkpoint.ts';
import { readWeights } from '../../../server/src/deploy/runtime/sites/weights-file.ts';
import { siteIdentity } from '../../../server/src/deploy/runtime/sites/identity.ts';
import { lockHolder } from '../../../server/src/deploy/targets/local/agent/agent-lock.ts';
import { DeploymentRecord } from '../../../server/src/deploy/targets/local/agent/deployment-record.ts';
import { ProcessTable } from '../../../server/src/deploy/targets/local/agent/process-table.ts';
import { workloadState } from '../../../server/src/deploy/targets/local/agent/workload-state.ts';
import { metricsAddress } from '../../../server/src/deploy/targets/local/serving/metrics-address.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { isSound, must, refusalOf } from '../oracle.ts';
import type { BytesTarget, Target, TextTarget } from '../target.ts';

/** A folder of one run, gone after it. */
async function inFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-fuzz-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files of a folder as one JSON value: texts by path, and what is no text as JSON. Undefined where the input is none. */
function filesIn(input: string, allowed: readonly string[]): Map<string, string> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  return new Map(
    allowed.flatMap((path) => {
      const content = value[path];
      return content === undefined
        ? []
        : [[path, typeof content === 'string' ? content : JSON.stringify(content)] as const];
    }),
  );
}

function place(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function stored(path: string): string {
  return readFileSync(new URL(`../../fixtures/stored/format-1/${path}`, import.meta.url), 'utf8');
}

const SERVING = serving({ name: 'x', jobs: [{ name: 'web' }] });
const HOME = { origin: { repository: null, path: '/w/a.berth.yaml', document: 'x' }, particulars: { folder: '/w' } };

function planSeed(): string {
  const content = {
    ...{
      deployment: 'InferenceCluster/x',
      target: 'local',
      action: 'create',
      live: null,
      cause: 'apply',
      unchanged: 0,
    },
    ...{ format: PLAN_FORMAT, identity: null, reads: [], ...HOME, desired: SERVING, drift: [] },
    changes: [{ action: 'create', path: 'jobs.web', text: 'starts web' }],
    steps: [{ path: 'jobs.web', text: 'starts web', reason: 'change', reversible: true }],
  };
  return writePlan(sealPlan(content as unknown as PlanContent));
}

const plan: TextTarget = {
  name: 'plan',
  type: 'json',
  doors: [
    'deploy/json-text.ts',
    'deploy/plan/plan-file.ts',
    'deploy/plan/former.ts',
    'deploy/shapes.ts',
    'deploy/shape.ts',
  ],
  words: [
    'format',
    'desired',
    'changes',
    'steps',
    'live',
    'origin',
    'kind',
    'spec',
    'source',
    'folder',
    'workload',
    'graph',
  ],
  seeds: () => [planSeed(), stored('update.plan.json')],
  run: (text) => {
    const seen: string[] = [];
    const look = (read: ReturnType<typeof readPlan>): void => {
      if (!read.ok) isSound(read.problem.problem);
      else must(readPlan(writePlan(read.plan)).ok, () => 'what was written cannot be read back');
      seen.push(read.ok ? 'ok' : read.problem.message.replace(/\d+|".*"/g, '').slice(0, 60));
    };
    look(readPlan(text));
    // Whoever damages it on purpose seals it anew.
    try {
      const value = jsonOf(text);
      if (isObject(value)) {
        const { id: _, ...content } = value;
        look(checkPlan({ id: contentHash(content), ...content }));
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    return seen.join();
  },
};

const record: TextTarget = {
  name: 'deployment-record',
  type: 'json',
  doors: [
    'deploy/targets/local/agent/deployment-record.ts',
    'deploy/targets/local/agent/atomic-file.ts',
    'deploy/plan/former.ts',
  ],
  words: ['format', 'revisions', 'reached', 'desired', 'deployment.json', 'revision', 'spec', 'folder', 'source'],
  seeds: () => {
    const revision = (number: number): string => stored(`InferenceCluster.vision/revisions/${number}.json`);
    const present = { desired: SERVING, ...HOME };
    const entry = { revision: 1, hash: contentHash(SERVING), at: 1, cause: 'apply' };
    const file = {
      format: 2,
      id: 'InferenceCluster/x',
      revisions: [entry],
      reached: 1,
      cancelled: false,
      deleting: false,
    };
    return [
      JSON.stringify({ 'deployment.json': file, 'revisions/1.json': present }),
      JSON.stringify({
        'deployment.json': JSON.parse(stored('InferenceCluster.vision/deployment.json')),
        'revisions/1.json': JSON.parse(revision(1)),
        'revisions/2.json': JSON.parse(revision(2)),
      }),
      JSON.stringify({ 'revisions/1.json': present, 'revisions/2.json': 'cut sho' }),
    ];
  },
  run: (input) => {
    const files = filesIn(input, ['deployment.json', 'revisions/1.json', 'revisions/2.json', 'revisions/07.json']);
    if (!files) return 'no files';
    return inFolder(async (folder) => {
      place(folder, files);
      const opened = DeploymentRecord.open(folder);
      for (const { problem } of opened.damage) isSound(problem);
      must(
        opened.newerFormat === undefined || (opened.damage.length === 0 && !opened.record),
        () => 'what is newer was touched',
      );
      const { record: found } = opened;
      if (found) {
        must(found.wanted !== undefined, () => 'a record wants nothing');
        for (const { revision } of found.revisions) found.revision(revision);
        await found.markReached();
        const again = DeploymentRecord.open(folder);
        must(
          again.record?.accepted === found.accepted && again.damage.length === 0,
          () => 'a record that was mended is damaged when read again',
        );
      }
      return `${found ? `${found.accepted} ${found.reached}` : 'none'} ${opened.damage.length} ${opened.newerFormat === undefined}`;
    });
  },
};

const state: TextTarget = {
  name: 'state-files',
  type: 'json',
  doors: [
    ...['agent-lock', 'process-table', 'atomic-file', 'workload-state'].map(
      (name) => `deploy/targets/local/agent/${name}.ts`,
    ),
    'deploy/targets/local/serving/metrics-address.ts',
  ],
  words: ['processes', 'pid', 'identity', 'survives', 'port', 'agent.lock.3', 'facts', 'label', 'start'],
  seeds: () => [
    JSON.stringify({
      'processes.json': {
        format: 1,
        processes: [{ label: 'a', pid: 1, identity: 'x', survives: true, start: 'y', facts: { port: 80 } }],
      },
      'metrics.json': { port: 9100 },
      'workload.json': { format: 1, port: 3 },
      'agent.lock.3': { pid: 1, identity: 'x' },
    }),
  ],
  run: (input) => {
    const files = filesIn(input, ['processes.json', 'metrics.json', 'workload.json', 'agent.lock.3', 'agent.lock.12']);
    if (!files) return 'no files';
    return inFolder((folder) => {
      place(folder, files);
      const table = new ProcessTable({ folder, owner: 'x', log: () => undefined });
      const port = metricsAddress(folder).before();
      must(
        port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536),
        () => `metrics were at port ${port}`,
      );
      const damage: string[] = [];
      const kept = workloadState(folder, ({ problem }) => {
        isSound(problem);
        damage.push(problem.code);
      }).read(object<{ port: number }>({ port: whole }));
      return `${kept === null} ${damage.join()} ${table.damaged === undefined} ${table.leftovers.length} ${port === undefined} ${lockHolder(folder) === undefined}`;
    });
  },
};

const checkpoint: BytesTarget = {
  name: 'checkpoint',
  type: 'bytes',
  doors: ['deploy/runtime/training/checkpoint.ts', 'deploy/runtime/sites/weights-file.ts'],
  seeds: () => {
    const index = Buffer.from('[{"node":"a","params":[{"name":"w","shape":[2],"moments":1}]}]'.padEnd(64));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(index.length);
    return [Buffer.concat([head, index, Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)]), Buffer.alloc(16)];
  },
  run: (input) =>
    inFolder(async (folder) => {
      const file = join(folder, 'device-0.f32');
      writeFileSync(file, input);
      const weights = await readWeights(file, 4).then(
        (read) => read.length,
        (error: Error) => {
          if (!error.message.startsWith(`${file} has `)) throw error;
          return -1;
        },
      );
      try {
        const states = await readCheckpoint(folder);
        await writeCheckpoint(join(folder, 'again', 'device-0.f32'), [...states]);
        must(
          (await readCheckpoint(join(folder, 'again'))).size === states.size,
          () => 'what was written cannot be read back',
        );
        return `${states.size} ${weights}`;
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('the checkpoint file device-0.f32 is ')) throw error;
        return error.message.replace(/\d+/g, '');
      }
    }),
};

const safetensors: BytesTarget = {
  name: 'safetensors',
  type: 'bytes',
  doors: ['deploy/runtime/training/safetensors.ts'],
  seeds: () => {
    const index = Buffer.from(
      '{"__metadata__":{"berth-format":"1"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    );
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(index.length));
    return [Buffer.concat([head, index, Buffer.alloc(8)]), Buffer.alloc(16, 0xff)];
  },
  run: (input) =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'device-0.safetensors'), input);
      const damage = await checkpointDamage(folder);
      must(
        damage === undefined || /^the checkpoint file device-0\.safetensors is (?:cut short|damaged)/.test(damage),
        () => `damage in other words: ${damage}`,
      );
      return damage?.replace(/\d+/g, '').slice(0, 60) ?? 'sound';
    }),
};

const repository: TextTarget = {
  name: 'repository',
  type: 'json',
  doors: ['deploy/plan/origin.ts'],
  words: [
    '[remote "origin"]',
    'url = ',
    'git@github.com:a/b.git',
    'https://u:t@h/x',
    'gitdir: ',
    '\tcommit (initial)',
    'commondir',
  ],
  seeds: () => [
    JSON.stringify({
      '.git/config':
        '[core]\n\tbare = false\n[remote "origin"]\n\turl = https://user:token@github.com/team/models.git\n',
    }),
    JSON.stringify({ '.git/config': '[remote "up"]\n url = git@github.com:team/models\n' }),
    JSON.stringify({ '.git/logs/HEAD': `${'0'.repeat(40)} ${'a'.repeat(40)} A <a@b> 1 +0000\tcommit (initial): x\n` }),
    JSON.stringify({ '.git': 'gitdir: ../elsewhere\n' }),
  ],
  run: (input) => {
    const files = filesIn(input, ['.git/config', '.git/logs/HEAD', '.git/commondir']) ?? new Map<string, string>();
    const link = files.size === 0 ? filesIn(input, ['.git']) : undefined;
    return inFolder((folder) => {
      place(folder, link ?? files);
      const { repository: found, path } = originOf(join(folder, 'a.berth.yaml'), 'x');
      must(found === null || !/:token@/.test(found), () => `a repository is named with its password: ${found}`);
      return `${found?.slice(0, 8)} ${path.length < 20}`;
    });
  },
};

/** A site that finds its key or certificate damaged says which, and makes no new one: others know it by them. */
const identity: TextTarget = {
  name: 'site-identity',
  type: 'json',
  doors: ['deploy/runtime/sites/identity.ts'],
  seeds: () => [
    JSON.stringify({
      'key.pem': '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n',
      'certificate.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    }),
  ],
  run: (input) => {
    const files = filesIn(input, ['key.pem', 'certificate.pem']);
    if (files?.size !== 2) return 'not both';
    return inFolder(async (folder) => {
      place(folder, files);
      try {
        return (await siteIdentity(folder, 'a')).fingerprint.slice(0, 7);
      } catch (error) {
        return refusalOf(error, [Error]);
      }
    });
  },
};

export const STORED_TARGETS: readonly Target[] = [plan, record, state, checkpoint, safetensors, repository, identity];
