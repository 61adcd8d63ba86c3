/** What stands against an InferenceCluster: what no allocation can mend, and what more capacity would. */
import { basename } from 'node:path';
import type { MinimaExceedCapacity } from '../faro/allocation/allocation.ts';
import { forecastFlaw, nodeVectors, resourceVector, specModels } from '../faro/from-spec.ts';
import { demandPerReplica, fits, type Job, type ResourceVector } from '../faro/job.ts';
import { policyOf } from '../faro/control/policies.ts';
import { replicasForSlo } from '../faro/utility/utility-curve.ts';
import type { ProblemCode, ProblemParams } from '../spec/problems/catalogue.ts';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import type { InferenceCluster, InferenceJob } from '../spec/types.ts';
import { finding, type Finding, type Suggestion } from '../spec/problems/finding.ts';
import type { JobPreview } from './model.ts';
import { bareAmount, resourceAmount, resourceText } from './resource-amount.ts';
import { beyondRouter } from './router-limit.ts';
import type { Sufficient } from './sufficient-capacity.ts';
import { limitedByCapacity } from './what-if.ts';
import { listOf, distinctly } from './words.ts';

/** As many as the schema lets a job have: more is no suggestion. */
const MOST_REPLICAS = 100_000;

/** What no allocation can mend. */
export function beyondReach(spec: InferenceCluster, jobs: readonly Job[]): Finding[] {
  return [
    ...unusableForecast(spec),
    ...sleepless(spec),
    ...beyondRouter(spec),
    ...beyondNodes(spec),
    ...unreachable(spec, jobs, resourceVector(spec.capacity)),
  ];
}

const NO_ROOM: ReadonlySet<string> = new Set(['BERTH2003', 'BERTH2010']);

/** Minima that do not fit, where not a replica that fits nowhere is the fault. @param found what was said already. */
export function exceededMinima(
  spec: InferenceCluster,
  exceeded: MinimaExceedCapacity,
  found: readonly Finding[],
): Finding[] {
  const { resource, needed, capacity, onNodes } = exceeded;
  const noRoom = found.filter(({ code }) => NO_ROOM.has(code));
  if (onNodes) return noRoom.length > 0 ? [] : [finding('BERTH2013', ['spec', 'nodes'], {})];
  if (noRoom.some(({ path }) => path.at(-1) === resource)) return [];
  const [sum, has] = distinctly(needed, capacity, (value, digits) => bareAmount(resource, value, digits));
  const params = { resource, sum, capacity: has };
  return [tooSmall(spec, 'BERTH2001', params, resource, needed)];
}

/** A forecast file that is there, yet says nothing. */
function unusableForecast(spec: InferenceCluster): Finding[] {
  const detail = forecastFlaw(spec);
  const { forecast } = spec.autoscaler;
  if (forecast === undefined || detail === undefined) return [];
  return [finding('BERTH2020', ['spec', 'autoscaler', 'forecast'], { file: basename(forecast.path), detail })];
}

/** Jobs that are to be scaled to zero by a policy that never scales. */
export function sleepless({ autoscaler: { policy }, jobs }: InferenceCluster): Finding[] {
  if (!policyOf(policy).isFixed) return [];
  return jobs.flatMap(({ name, replicas }, i) => {
    const path = ['spec', 'jobs', i, 'replicas', 'min'];
    const suggestions = [{ path, value: 1, title: 'Keep one replica' }];
    return replicas.min === 0 ? [finding('BERTH2024', path, { job: name, policy }, suggestions)] : [];
  });
}

/** Replicas for which no node has room, and a capacity that is more than the nodes have. */
function beyondNodes(spec: InferenceCluster): Finding[] {
  const nodes = nodeVectors(spec);
  if (nodes.length === 0) return [];
  const findings: Finding[] = [];
  const capacity = resourceVector(spec.capacity);
  for (const [resource, limit] of Object.entries(capacity)) {
    const has = ofAllNodes(nodes, resource);
    if (fits(limit, has)) continue;
    const [wanted, together] = distinctly(limit, has, (value, digits) => bareAmount(resource, value, digits));
    const params = { resource, capacity: wanted, nodes: together };
    findings.push(finding('BERTH2011', ['spec', 'capacity', resource], params));
  }
  spec.jobs.forEach((job, i) => {
    const takes = Object.entries(resourceVector(job.resources));
    const most = (resource: string): number =>
      nodes.reduce((max, node) => Math.max(max, node[resource] ?? Infinity), 0);
    const hasRoom = (node: ResourceVector): boolean =>
      takes.every(([resource, amount]) => fits(amount, node[resource] ?? Infinity));
    // What even the whole cluster has not is said of the cluster.
    if (nodes.some(hasRoom) || !hasRoom(capacity)) return;
    const path = ['spec', 'jobs', i, 'resources'];
    const short = takes.find(([resource, amount]) => !fits(amount, most(resource)));
    if (short === undefined) {
      const all = listOf(takes.map(([resource, amount]) => resourceAmount(resource, amount)));
      findings.push(finding('BERTH2010', path, { job: job.name, takes: all, resource: '', most: '' }));
      return;
    }
    const [resource, amount] = short;
    const [needs, has] = distinctly(amount, most(resource), (value, digits) => bareAmount(resource, value, digits));
    findings.push(finding('BERTH2010', [...path, resource], { job: job.name, takes: needs, resource, most: has }));
  });
  return findings;
}

/** Jobs on their own: a replica that fits nowhere, an SLO below the processing time, a maximum that is too low. */
function unreachable(spec: InferenceCluster, jobs: readonly Job[], capacity: ResourceVector): Finding[] {
  const findings: Finding[] = [];
  const models = specModels(spec);
  jobs.forEach((job, i) => {
    const path = ['spec', 'jobs', i];
    if (!hasTraffic(spec.jobs[i]!)) findings.push(finding('BERTH2012', [...path, 'workload'], { job: job.name }));
    for (const [resource, limit] of Object.entries(capacity)) {
      const need = demandPerReplica(job, resource);
      if (fits(need, limit)) continue;
      const [takes, has] = distinctly(need, limit, (value, digits) => bareAmount(resource, value, digits));
      const params = { job: job.name, resource, need: takes, capacity: has };
      findings.push(finding('BERTH2003', [...path, 'resources', resource], params));
    }
    const slo = formatQuantity(job.sloMs, 'duration');
    const needed = replicasForSlo(job, models);
    if (job.sloMs < job.processingMs) {
      const processingTime = formatQuantity(job.processingMs, 'duration');
      const enough = formatQuantity(4 * job.processingMs, 'duration');
      const suggestion = {
        path: [...path, 'slo', 'latency'],
        value: enough,
        title: `Allow ${enough}, four times the processing time`,
      };
      findings.push(
        finding('BERTH2002', [...path, 'slo', 'latency'], { job: job.name, slo, processingTime }, [suggestion]),
      );
    } else if (needed === 'never') {
      findings.push(finding('BERTH2005', [...path, 'slo', 'latency'], { job: job.name, slo, limit: '' }));
    } else if (needed > job.maxReplicas && !limitedByCapacity(spec.jobs[i]!, spec)) {
      const limit = `replicas.max ${job.maxReplicas}`;
      const suggestion = { path: [...path, 'replicas', 'max'], value: needed, title: `Allow ${needed} replicas` };
      const suggestions = needed > MOST_REPLICAS ? [] : [suggestion];
      findings.push(
        finding('BERTH2005', [...path, 'slo', 'latency'], { job: job.name, slo, limit, needed }, suggestions),
      );
    }
  });
  return findings;
}

function hasTraffic({ workload }: InferenceJob): boolean {
  return workload.type === 'rate' ? workload.rate > 0 : workload.requestsPerMinute.some((count) => count > 0);
}

/** SLOs that this capacity misses although more of it would meet them: one note at the capacity, not one per job. */
export function missed(
  spec: InferenceCluster,
  enough: Sufficient,
  previews: readonly JobPreview[],
  capacity: ResourceVector,
): Finding[] {
  const late = enough.within.filter((name) => previews.some((job) => job.name === name && job.slack < 0));
  if (late.length === 0 || enough.capacity === null) return [];
  const short = Object.entries(enough.capacity).filter(([resource, amount]) => !fits(amount, capacity[resource]!));
  const shortage = short[0];
  if (shortage === undefined) return []; // there is room: the objective prefers it so
  const amounts = short.map(([resource, amount]) =>
    distinctly(amount, capacity[resource]!, (value, digits) => resourceAmount(resource, value, digits)),
  );
  const params = {
    capacity: listOf(amounts.map(([, has]) => has)),
    needed: listOf(amounts.map(([needs]) => needs)),
    missed: late,
  };
  const [resource, amount] = shortage;
  return [tooSmall(spec, 'BERTH2007', params, resource, amount)];
}

/** Too little of a resource, said where its amount is written: at the nodes where their sum is the capacity. */
function tooSmall<C extends ProblemCode>(
  spec: InferenceCluster,
  code: C,
  params: ProblemParams<C>,
  resource: string,
  needed: number,
): Finding<C> {
  const capacity = resourceVector(spec.capacity)[resource] ?? 0;
  const nodes = nodeVectors(spec);
  if (nodes.length > 0 && fits(ofAllNodes(nodes, resource), capacity)) return finding(code, ['spec', 'nodes'], params);
  return finding(code, ['spec', 'capacity', resource], params, [raiseCapacity(resource, needed)]);
}

/** What nodes have together; without bound where one has no bound. */
function ofAllNodes(nodes: readonly ResourceVector[], resource: string): number {
  return nodes.reduce((sum, node) => sum + (node[resource] ?? Infinity), 0);
}

/** A value in the text that has room for an amount. */
function raiseCapacity(resource: string, amount: number): Suggestion {
  const value = resourceText(resource, amount);
  const one = resource !== 'cpu' && value === 1 ? resource.slice(0, -1) : resource;
  const unit = resource === 'memory' ? '' : ` ${one}`;
  return { path: ['spec', 'capacity', resource], value, title: `Raise the capacity to ${value}${unit}` };
}
