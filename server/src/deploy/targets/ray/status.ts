/** Status of a deployment, and its faults: what Ray says of applications, deployments and replicas joined into one sentence for each job. */
import { deployFault } from '../../deploy-problem.ts';
import type { Fault, Phase, ServingStatus } from '../../types.ts';
import { rayWords } from './dashboard.ts';
import type { JobStanding, Standing } from './standing.ts';

/** Longer than this Ray says of its own accord what a replica waits for; its words are then there to be quoted. */
const WAITS = /taken more than \d+s to be (?:scheduled|initialized)/;

/** @param proxy where requests come in, without a slash at its end; undefined where Serve does not run. */
export function servingStatus(standing: Standing, proxy: string | undefined): ServingStatus {
  const { ledger, wanted, jobs } = standing;
  const phase = phaseOf(standing);
  const running = jobs.reduce((sum, job) => sum + job.running, 0);
  const desired = jobs.reduce((sum, job) => sum + wantedReplicas(standing, job), 0);
  return {
    id: ledger.id,
    kind: 'InferenceCluster',
    name: wanted.desired.name,
    revision: ledger.revisions.at(-1)!.revision,
    phase,
    summary: `${phase}: ${running}/${desired} replicas`,
    at: Date.now(),
    faults: faultsOf(standing),
    jobs: jobs.map((job) => ({
      name: job.job.name,
      ...(proxy !== undefined && job.app?.route_prefix && { endpoint: `${proxy}${job.app.route_prefix}` }),
      desiredReplicas: wantedReplicas(standing, job),
      readyReplicas: job.running,
      requestsPerSecond: null,
      queueLength: null,
      meanMs: null,
      p99Ms: null,
      sloMs: job.job.slo.latency,
      violationRate: null,
      requests: null,
      refused: null,
      restarts: null,
    })),
  };
}

function wantedReplicas({ wanted }: Standing, { job, target }: JobStanding): number {
  return target ?? wanted.desired.replicas[job.name] ?? job.replicas.min;
}

function phaseOf({ ledger, isReached, isUnderWay, jobs }: Standing): Phase {
  if (ledger.event === 'deleted') return 'stopping';
  if (isReached) return 'running';
  if (jobs.some(({ app }) => app?.status === 'DEPLOY_FAILED') && jobs.every(({ running }) => running === 0))
    return 'failed';
  return isUnderWay ? 'starting' : 'degraded';
}

/** What Ray says is wrong, with the job that it is about. */
export function faultsOf({ jobs, wanted }: Pick<Standing, 'jobs' | 'wanted'>): readonly Fault[] {
  return jobs.flatMap((standing): Fault[] => {
    const { job, app, deployment, running, target } = standing;
    if (!app) return [];
    const at = Math.round(1000 * (app.last_deployed_time_s ?? 0));
    const said = [deployment?.message, app.message].find((message) => message !== undefined && message.trim() !== '');
    const words = rayWords(said ?? '');
    if (app.status === 'DEPLOY_FAILED')
      return [{ ...deployFault('BERTH5507', { job: job.name, application: app.name, words }, job.name), at }];
    if (said !== undefined && WAITS.test(said)) {
      const shall = target ?? wanted.desired.replicas[job.name] ?? job.replicas.min;
      return [
        { ...deployFault('BERTH5508', { job: job.name, running, wanted: shall, words: waited(said) }, job.name), at },
      ];
    }
    if (app.status === 'UNHEALTHY' || deployment?.status === 'UNHEALTHY')
      return [{ ...deployFault('BERTH5509', { job: job.name, words }, job.name), at }];
    return [];
  });
}

/**
 * What replicas wait for, from Ray's sentence about it: which resource a replica requires, and of which less is there. Ray's own words where
 * it names none.
 */
export function waited(said: string): string {
  const [, required, available] =
    /Resources required for each replica: (\{.*?\}), total resources available: (\{.*?\})/s.exec(said) ?? [];
  const needs = resourcesIn(required);
  const free = resourcesIn(available);
  const lacking = Object.entries(needs).filter(([name, amount]) => (free[name] ?? 0) < amount);
  if (lacking.length === 0) return rayWords(said);
  return `no node has ${lacking.map(([name, amount]) => amountOf(name, amount)).join(' and ')} free`;
}

function amountOf(name: string, amount: number): string {
  if (name === 'memory') return `${Math.round(amount / 2 ** 20)} MiB of memory`;
  return `${amount} ${name}${amount === 1 ? '' : 's'}`;
}

/** `{"CPU": 2.0}`, as Ray writes it; nothing where it is written otherwise. */
function resourcesIn(text = '{}'): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Array.from(text.matchAll(/["']([\w:.-]+)["']:\s*([\d.]+(?:e[+-]?\d+)?)/g), ([, name, amount]) => [
      name!,
      Number(amount),
    ]),
  );
}
