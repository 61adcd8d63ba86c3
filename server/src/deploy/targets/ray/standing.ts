/** How a deployment stands: what was accepted last, beside what Ray says of its applications. Pure: everything was read before. */
import type { Drift, Live, ObjectRead, Unowned, Wanted } from '../../live.ts';
import type { TargetRef } from '../../target-ref.ts';
import type { DeploymentId, DesiredServing } from '../../types.ts';
import { contentHash } from '../../plan/content-hash.ts';
import { count } from '../../../spec/problems/entry.ts';
import type { InferenceJob } from '../../../spec/types.ts';
import { applicationConfig, applicationName, isSameApplication, jobOf, ownerOf, withoutCounts } from './application.ts';
import type { RayApplication, RayDeployment, ServeState } from './heard.ts';
import type { Ledger } from './ledger.ts';
import { servingStatus } from './status.ts';

/** One job of what was accepted, and its application. */
export interface JobStanding {
  readonly job: InferenceJob;
  readonly app: RayApplication | undefined;
  /** The deployment of it that is counted. */
  readonly deployment: RayDeployment | undefined;
  /** Whether its config is what was accepted, but for the numbers of replicas. */
  readonly isAsAccepted: boolean;
  /** Replicas that it shall have now, by Ray; undefined before Ray says so. */
  readonly target: number | undefined;
  readonly running: number;
  /** Replicas that start, stop or move. */
  readonly unsettled: number;
}

export interface Standing {
  readonly ledger: Ledger;
  readonly wanted: Wanted<DesiredServing>;
  readonly jobs: readonly JobStanding[];
  /** Applications of ours that no job of it has. */
  readonly leftOver: readonly RayApplication[];
  readonly isReached: boolean;
  /** Ray is at it, and nobody has ended it. */
  readonly isUnderWay: boolean;
  /** False where Ray does not say of an application how it was put. */
  readonly isComplete: boolean;
  readonly drift: readonly Drift[];
  /** Where the cluster's proxy listens, as Serve says it. */
  readonly listens: { readonly host: string; readonly port: number } | undefined;
}

export function standingOf(ledger: Ledger, wanted: Wanted<DesiredServing>, serve: ServeState): Standing {
  const { desired } = wanted;
  const apps = applicationsOf(ledger.id, serve);
  const jobs = desired.spec.jobs.map((job) => jobStanding(desired, job, serve));
  const names = new Set(desired.spec.jobs.map(({ name }) => applicationName(ledger.id, name)));
  const leftOver = apps.filter((app) => !names.has(app.name) && ownerOf(app) === ledger.id);
  const going = apps.filter((app) => !names.has(app.name) && app.status === 'DELETING');
  const isWanted = ledger.event === 'accepted' || ledger.event === 'resumed';
  const isSettled = jobs.every(isAtRest) && leftOver.length + going.length === 0;
  const isUnderWay =
    isWanted &&
    !isSettled &&
    leftOver.length === 0 &&
    jobs.every(({ isAsAccepted, app }) => isAsAccepted && (app!.status === 'DEPLOYING' || app!.status === 'RUNNING')) &&
    (going.length > 0 || jobs.some(({ app }) => app!.status === 'DEPLOYING'));
  const isComplete = jobs.every(({ app }) => !app || app.status === 'DELETING' || Boolean(app.deployed_app_config));
  const drift = isWanted && !isUnderWay && isComplete ? driftOf(jobs, leftOver) : [];
  const listens = listensAt(serve);
  return { ledger, wanted, jobs, leftOver, isReached: isWanted && isSettled, isUnderWay, isComplete, drift, listens };
}

/** Applications that bear the name of the deployment, whosever they are. */
export function applicationsOf(id: DeploymentId, { applications }: ServeState): readonly RayApplication[] {
  return Object.values(applications).filter(({ name }) => jobOf(id, name) !== undefined);
}

/** Of those, what is not ours: what is going, or was put and says nothing of itself yet, is nobody's. */
export function foreignOf(id: DeploymentId, serve: ServeState): readonly RayApplication[] {
  return applicationsOf(id, serve).filter(
    (app) =>
      app.status !== 'DELETING' &&
      (app.source === 'imperative' || Boolean(app.deployed_app_config)) &&
      ownerOf(app) !== id,
  );
}

export function unowned(id: DeploymentId, target: TargetRef, app: RayApplication): Unowned {
  const detail = `it is the application "${app.name}", which ${
    app.source === 'imperative' ? 'a program ran by itself' : 'somebody else put'
  }`;
  const version = contentHash(app.deployed_app_config ?? app.last_deployed_time_s ?? null);
  return { ownership: 'foreign', id, target, detail, reads: [{ object: app.name, version }] };
}

export function liveOf(standing: Standing, target: TargetRef): Live {
  const { ledger, wanted, isReached, drift } = standing;
  const { revision, hash } = ledger.revisions.at(-1)!;
  return {
    ownership: 'ours',
    id: ledger.id,
    target,
    ...wanted,
    revision,
    hash,
    status: servingStatus(standing, proxyOf(standing, target)),
    revisions: ledger.revisions,
    reads: readsOf(standing),
    drift,
    reached: isReached,
    complete: standing.isComplete,
  };
}

function listensAt({ http_options: options }: ServeState): Standing['listens'] {
  const { host, port } = options ?? {};
  return typeof host === 'string' && typeof port === 'number' ? { host, port } : undefined;
}

/** A proxy that listens everywhere is reached as the dashboard is, at the head. */
function proxyOf({ listens }: Standing, target: TargetRef): string | undefined {
  if (!listens || typeof target === 'string') return undefined;
  const { host, port } = listens;
  const isEverywhere = host === '' || host === '0.0.0.0' || host === '::';
  return `http://${isEverywhere ? new URL(target.ray.address).hostname : host}:${port}`;
}

/** What a plan is made from: the record, and of each application its config. How many replicas there are is no part of it: that moves by itself. */
function readsOf({ ledger, jobs, leftOver }: Standing): readonly ObjectRead[] {
  const apps = [...jobs.flatMap(({ app }) => (app ? [app] : [])), ...leftOver];
  return [
    { object: ledger.id, version: String(ledger.sequence) },
    ...apps.map(({ name, deployed_app_config: config }) => ({
      object: name,
      version: config ? contentHash(withoutCounts(config)) : 'none',
    })),
  ];
}

/** What of a wanted state is not there, in its own words; also where nobody waits for it any more. */
export function missingOf({ jobs, leftOver }: Standing): readonly Drift[] {
  return driftOf(jobs, leftOver);
}

function jobStanding(desired: DesiredServing, job: InferenceJob, { applications }: ServeState): JobStanding {
  const app = applications[applicationName(desired.id, job.name)];
  const deployment = app?.deployments[job.serve?.deployment ?? ''];
  const replicas = deployment?.replicas ?? [];
  const running = replicas.filter(({ state }) => state === 'RUNNING').length;
  return {
    job,
    app,
    deployment,
    isAsAccepted:
      Boolean(app?.deployed_app_config) &&
      isSameApplication(app!.deployed_app_config, applicationConfig(desired, job, desired.replicas[job.name]!)),
    target: deployment?.target_num_replicas ?? undefined,
    running,
    unsettled: replicas.length - running,
  };
}

function isAtRest({ isAsAccepted, app, target, running, unsettled, job }: JobStanding): boolean {
  return (
    isAsAccepted &&
    app!.status === 'RUNNING' &&
    target !== undefined &&
    target >= job.replicas.min &&
    target <= job.replicas.max &&
    running === target &&
    unsettled === 0
  );
}

function driftOf(jobs: readonly JobStanding[], leftOver: readonly RayApplication[]): readonly Drift[] {
  return [
    ...jobs.filter((standing) => !isAtRest(standing)).map(jobDrift),
    ...leftOver.map(({ name }) => ({ path: 'jobs', text: `the application ${name} runs, and no job has it` })),
  ];
}

function jobDrift({ job, app, isAsAccepted, target, running }: JobStanding): Drift {
  const path = `jobs.${job.name}`;
  const { min, max } = job.replicas;
  if (!app || app.status === 'DELETING') return { path, text: `${job.name}: its application is gone` };
  if (!isAsAccepted)
    return { path, text: `${job.name}: its application was put by somebody else, with another config` };
  if (target !== undefined && (target < min || target > max))
    return { path: `${path}.replicas`, text: `${job.name}: ${count(target, 'replica')}, not ${min} to ${max}` };
  const answers = running === 1 ? 'answers' : 'answer';
  return {
    path: `${path}.replicas`,
    text: `${job.name}: ${running} of ${count(target ?? job.replicas.min, 'replica')} ${answers}`,
  };
}
