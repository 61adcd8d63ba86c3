/** What a Ray dashboard answers, or whatever answers in its place. */
import { Dashboard, rayWords } from '../../../server/src/deploy/targets/ray/dashboard.ts';
import { rayJobs, rayVersion, serveState } from '../../../server/src/deploy/targets/ray/heard.ts';
import { isObject } from '../../../server/src/deploy/shape.ts';
import { explain } from '../../../server/src/spec/problems/catalogue.ts';
import { isSound, must, refusalOf } from '../oracle.ts';
import type { Target, TextTarget } from '../target.ts';

const APPLICATION = {
  name: 'berth.vision.echo',
  status: 'RUNNING',
  message: '',
  route_prefix: '/vision/echo',
  last_deployed_time_s: 1796021949.17,
  deployed_app_config: { name: 'berth.vision.echo', import_path: 'app:build', deployments: [{ name: 'Echo' }] },
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
  doors: ['deploy/targets/ray/dashboard.ts', 'deploy/targets/ray/heard.ts'],
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
          return 'ok';
        } catch (error) {
          return refusalOf(error);
        }
      })
      .join();
  },
};

export const RAY_TARGETS: readonly Target[] = [answers];
