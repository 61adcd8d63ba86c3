/**
 * The applications of a cluster. Ray takes all that are declared at once and deletes what is left out, and knows no versions: so they are
 * read, those of one deployment are exchanged, all are put, and it is read back whether that is what Ray has now.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson } from '../../../spec/serialise.ts';
import { problemError } from '../../../spec/problems/problem-error.ts';
import type { ApplicationConfig } from './application.ts';
import type { Dashboard } from './dashboard.ts';
import { serveState } from './heard.ts';
import type { Free, RayApplication, ServeState } from './heard.ts';

/** What Ray shows of the surroundings of processes to whom it takes for a browser, e.g. behind a proxy that adds headers. Put back it would be their value. */
const VEIL = '"<redacted>"';

const AGAIN_MS = 200;
/** How long an application may take to go before one of its name is put. */
const GOING_MS = 120_000;
/** How often it is put where somebody else puts at the same time. */
const ATTEMPTS = 3;

export async function readServe(dashboard: Dashboard, signal?: AbortSignal): Promise<ServeState> {
  const call = { method: 'GET', path: '/api/serve/applications/', what: 'list its applications' } as const;
  return dashboard.ask(call, serveState, signal);
}

/** Which applications are put, and which are left out, of those that are there now. */
export type Exchange = (state: ServeState) => {
  readonly put: readonly ApplicationConfig[];
  /** Names of those that go. */
  readonly leave: readonly string[];
};

/**
 * Puts applications beside those of others.
 *
 * @throws ProblemError BERTH5501 where Ray does not take them; BERTH5504 where others write over it again and again; BERTH5505 where one of
 *   theirs was written between being read and put, and is lost; BERTH5506 where one that is going does not go.
 */
export async function exchange(dashboard: Dashboard, wish: Exchange, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + GOING_MS;
  for (let attempt = 1; ;) {
    const before = await readServe(dashboard, signal);
    const { put, leave } = wish(before);
    const names = new Set([...put.map(({ name }) => name), ...leave]);
    const going = put.find(({ name }) => before.applications[name]?.status === 'DELETING');
    const others = Object.values(before.applications).filter((app) => !names.has(app.name) && isDeclared(app));
    const silent = others.find(({ deployed_app_config: config }) => !config);
    if (going !== undefined || silent !== undefined) {
      if (performance.now() > deadline) throw problemError('BERTH5506', { application: going?.name ?? silent!.name });
      await delay(AGAIN_MS, undefined, { signal });
      continue;
    }
    if (put.length === 0 && !leave.some((name) => before.applications[name] && isDeclared(before.applications[name])))
      return;
    const veiled = others.find(({ deployed_app_config: config }) => canonicalJson(config).includes(VEIL));
    if (veiled) throw problemError('BERTH5510', { application: veiled.name });
    const body = putBody(before, [...others.map(({ deployed_app_config: config }) => config!), ...put]);
    const path = '/api/serve/applications/';
    await dashboard.text({ method: 'PUT', path, body, what: 'take the applications' }, signal);
    const after = await readServe(dashboard, signal);
    const lost = Object.values(after.applications).find(
      ({ name, status }) =>
        status === 'DELETING' && !names.has(name) && before.applications[name]?.status !== 'DELETING',
    );
    if (lost) throw problemError('BERTH5505', { application: lost.name });
    const overwritten =
      put.find(({ name, ...config }) => !isAs(after.applications[name], { name, ...config })) ??
      leave.map((name) => after.applications[name]).find((app) => app !== undefined && isDeclared(app));
    if (!overwritten) return;
    if (++attempt > ATTEMPTS) throw problemError('BERTH5504', { application: overwritten.name });
  }
}

/** All that a PUT says; what is left out would be as Ray has it when it is new. */
export function putBody(before: ServeState, applications: readonly (Free | ApplicationConfig)[]): Free {
  const { proxy_location, http_options, grpc_options, target_capacity } = before;
  const kept = { proxy_location, http_options, grpc_options, target_capacity };
  return {
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined && value !== null)),
    applications,
  };
}

/** Came by a PUT and is not going: left out of the next one it would be deleted. What a program ran by itself is in none. */
function isDeclared({ source, status, deployed_app_config: config }: RayApplication): boolean {
  return status !== 'DELETING' && (source === 'declarative' || (source !== 'imperative' && Boolean(config)));
}

function isAs(app: RayApplication | undefined, config: unknown): boolean {
  return (
    app !== undefined &&
    app.status !== 'DELETING' &&
    Boolean(app.deployed_app_config) &&
    canonicalJson(app.deployed_app_config) === canonicalJson(config)
  );
}
