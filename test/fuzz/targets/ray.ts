/** What a Ray dashboard answers, or whatever answers in its place. */
import { gzipSync } from 'node:zlib';
import { applicationConfig } from '../../../server/src/deploy/targets/ray/application.ts';
import { Dashboard, rayWords } from '../../../server/src/deploy/targets/ray/dashboard.ts';
import { rayJobs, rayVersion, serveState } from '../../../server/src/deploy/targets/ray/heard.ts';
import { putBody } from '../../../server/src/deploy/targets/ray/applications.ts';
import type { ServeState } from '../../../server/src/deploy/targets/ray/heard.ts';
import { contentOf, ledgersOf } from '../../../server/src/deploy/targets/ray/ledger.ts';
import type { Ledger } from '../../../server/src/deploy/targets/ray/ledger.ts';
import { logLine } from '../../../server/src/deploy/targets/ray/logs.ts';
import { foreignOf, liveOf, standingOf } from '../../../server/src/deploy/targets/ray/standing.ts';
import { waited } from '../../../server/src/deploy/targets/ray/status.ts';
import { checkShape, isObject } from '../../../server/src/deploy/shape.ts';
import { live, logLine as logLineShape } from '../../../server/src/deploy/shapes.ts';
import { explain } from '../../../server/src/spec/problems/catalogue.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { onRay } from '../../fixtures/on-ray.ts';
import { wanted } from '../../fixtures/wanted.ts';
import { isSound, must, refusalOf } from '../oracle.ts';
import type { Target, TextTarget } from '../target.ts';

const WANTED = wanted(onRay(serving({ jobs: [{ name: 'echo' }] }), 'http://127.0.0.1:8265'));
const LEDGER: Ledger = {
  id: WANTED.desired.id,
  sequence: 1,
  event: 'accepted',
  revisions: [{ revision: 1, hash: 'sha256:1', at: 1796021949000, cause: 'apply' }],
  contents: new Map(),
  jobs: ['berth.InferenceCluster.vision.1'],
};

const APPLICATION = {
  name: 'berth.vision.echo',
  status: 'RUNNING',
  message: '',
  route_prefix: '/vision/echo',
  last_deployed_time_s: 1796021949.17,
  deployed_app_config: applicationConfig(WANTED.desired, WANTED.desired.spec.jobs[0]!, 1),
  source: 'declarative',
  deployments: {
    Echo: {
      name: 'Echo',
      status: 'HEALTHY',
      status_trigger: 'CONFIG_UPDATE_COMPLETED',
      message: '',
      deployment_config: { num_replicas: 1 },
      target_num_replicas: 1,
      replicas: [{ replica_id: 'x', state: 'RUNNING', pid: 1, actor_id: 'a', node_id: 'n', log_file_path: '/l' }],
    },
  },
};

const dashboard = new Dashboard('http://127.0.0.1:8265/');
const call = { what: 'say something' };

const answers: TextTarget = {
  name: 'ray-dashboard',
  type: 'json',
  doors: ['deploy/targets/ray/dashboard.ts', 'deploy/targets/ray/heard.ts', 'deploy/targets/ray/applications.ts'],
  words: ['applications', 'deployments', 'replicas', 'status', 'STARTING', 'DELETING', '<html>', 'Traceback', 'null'],
  seeds: () => [
    JSON.stringify({ applications: { [APPLICATION.name]: APPLICATION }, target_capacity: null, http_options: {} }),
    JSON.stringify([{ submission_id: 'a', status: 'SUCCEEDED', metadata: { berth: '1' }, start_time: 1 }]),
    JSON.stringify({ version: '4', ray_version: '2.60.0', session_name: 'session_1' }),
    '<!doctype html><title>Sign in</title>',
    'Traceback (most recent call last):\n  File "a.py"\nValueError: no\n',
  ],
  run: (text) => {
    const { message, hint } = explain('BERTH5501', { address: 'x', what: 'x', status: 500, words: rayWords(text) });
    isSound({ code: 'BERTH5501', message, hint });
    return [serveState, rayJobs, rayVersion]
      .map((shape): string => {
        try {
          const heard: unknown = dashboard.understood<unknown>(call, text, shape);
          must(isObject(heard) || Array.isArray(heard), () => 'what was understood is no object');
          return shape === serveState ? standing(heard as unknown as ServeState) : 'ok';
        } catch (error) {
          return refusalOf(error);
        }
      })
      .join();
  },
};

/** How a deployment stands by what was heard, which anybody can be shown. */
function standing(serve: ServeState): string {
  JSON.stringify(putBody(serve, []));
  if (foreignOf(LEDGER.id, serve).length > 0) return 'foreign';
  const found = liveOf(standingOf(LEDGER, WANTED, serve), WANTED.desired.target);
  const checked = checkShape(live, JSON.parse(JSON.stringify(found)));
  must(checked.ok, () => `what is live is not of its shape: ${checked.ok ? '' : checked.detail}`);
  for (const { message, hint, code } of found.status.faults) isSound({ code, message, hint });
  return `${found.status.phase} ${found.drift.length} ${found.reached}`;
}

const ACCEPTED = {
  ...{ berth: '1', event: 'accepted', revision: '1', hash: 'sha256:1', at: '1796021949000', cause: 'apply' },
  content: gzipSync(JSON.stringify(WANTED)).toString('base64'),
};

const ledger: TextTarget = {
  name: 'ray-ledger',
  type: 'json',
  doors: ['deploy/targets/ray/ledger.ts'],
  words: ['berth', 'event', 'accepted', 'resumed', 'withdrawn', 'cancelled', 'deleted', 'revision', 'content', 'cause'],
  seeds: () => {
    const named = (sequence: number, metadata: unknown): unknown => ({
      submission_id: `berth.InferenceCluster.vision.${sequence}`,
      status: 'SUCCEEDED',
      metadata,
    });
    return [
      JSON.stringify([named(1, ACCEPTED), named(2, { berth: '1', event: 'cancelled' })]),
      JSON.stringify([named(3, { berth: '2' }), named(2, null), { status: 'FAILED' }]),
      JSON.stringify([named(1, ACCEPTED), named(2, { berth: '1', event: 'withdrawn' })]),
    ];
  },
  run: async (text) => {
    let ledgers;
    try {
      ledgers = ledgersOf(dashboard.understood(call, text, rayJobs));
    } catch (error) {
      return refusalOf(error);
    }
    const seen: string[] = [];
    for (const found of ledgers.values()) {
      if ('unreadable' in found) {
        isSound(explain('BERTH5042', { id: found.id, ownership: 'unreadable', detail: found.unreadable }));
        seen.push('unreadable');
        continue;
      }
      for (const { revision } of found.revisions) {
        try {
          seen.push((await contentOf(found, revision)) ? 'read' : 'absent');
        } catch (error) {
          seen.push(refusalOf(error));
        }
      }
      seen.push(found.event);
    }
    return seen.join();
  },
};

const log: TextTarget = {
  name: 'ray-log',
  type: 'text',
  doors: ['deploy/targets/ray/logs.ts'],
  words: [
    'message',
    'timestamp_ns',
    'Resources required for each replica: ',
    'total resources available: ',
    '{"CPU": 1}',
  ],
  seeds: () => [
    '{"message": "hello\\n", "timestamp_ns": 1796021955443210082}',
    'Resources required for each replica: {"CPU": 2.0}, total resources available: {"CPU": 1.0}.',
  ],
  run: (text) => {
    must(typeof waited(text) === 'string', () => 'it waits for nothing');
    const line = logLine('echo/x', text);
    must(line === undefined || checkShape(logLineShape, line).ok, () => 'a line of a log is none');
    return line === undefined ? 'empty' : line.at > 0 ? 'timed' : 'plain';
  },
};

export const RAY_TARGETS: readonly Target[] = [answers, ledger, log];
