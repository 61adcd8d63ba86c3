/** A RayService of KubeRay as an InferenceCluster: a job for each application, a machine for each pod of the Ray cluster. */
import type { Import } from './import.ts';
import { UNKNOWN, UNKNOWN_OF_SLEEPERS, type ImportedCluster, type ImportedJob } from './imported.ts';
import type { ManifestNode } from './manifest.ts';
import { Names } from './names.ts';
import { rayMachines } from './ray-machines.ts';
import { MOST_REPLICAS, type Reader } from './reader.ts';
import { findKeys, readRayDeployment, together } from './serve-config.ts';

export function importRayService(root: ManifestNode, { text, names, reader }: Import): ImportedCluster | undefined {
  const { found } = reader;
  const before = found.errors;
  const nameNode = root.at('metadata', 'name');
  const written = reader.text(nameNode, 'name');
  if (nameNode.isAbsent) found.add('BERTH5659', { what: 'RayService', key: 'metadata.name' }, root.range);
  const config = serveConfig(root, text, reader);
  const jobs = config ? applications(config, reader) : [];
  const nodes = rayMachines(root.at('spec', 'rayClusterConfig'), reader);
  for (const { key, keyRange } of root.at('spec').fields)
    if (key !== 'serveConfigV2' && key !== 'rayClusterConfig' && key !== 'applications')
      found.add('BERTH5656', { what: key, why: 'a spec has nothing like it' }, keyRange);
  if (found.errors > before || written === undefined || jobs.length === 0) return undefined;
  const name = names.of(written);
  if (name !== written) found.add('BERTH5657', { what: written, detail: `it is called "${name}"` }, nameNode.range);
  if (nodes.length > 0) return { name, capacity: { nodes }, jobs };
  const replicas = jobs.reduce((all, job) => all + job.replicas.max, 0);
  if (replicas > MOST_REPLICAS) {
    const detail = `its applications have up to ${replicas} replicas, and the capacity is ${MOST_REPLICAS}, the most that a spec can say`;
    found.add('BERTH5657', { what: written, detail }, nameNode.range);
  }
  return { name, capacity: { replicas: Math.min(replicas, MOST_REPLICAS) }, jobs };
}

const SERVE_TEXT = 'The text in "serveConfigV2"';

function serveConfig(root: ManifestNode, text: string, { found }: Reader): ManifestNode | undefined {
  const before = found.errors;
  const spec = root.at('spec');
  const written = spec.at('serveConfigV2');
  for (const [holder, at] of [
    [root, 'a RayService'],
    [spec.at('rayClusterConfig'), '"rayClusterConfig"'],
  ] as const) {
    const field = holder.field('serveConfigV2');
    if (field) found.add('BERTH5653', { key: field.key, at, belongs: '"spec" of the RayService' }, field.keyRange);
  }
  const outer = spec.field('applications');
  if (outer) {
    const params = { key: 'applications', at: '"spec" of a RayService', belongs: 'the text in "serveConfigV2"' };
    found.add('BERTH5653', params, outer.keyRange);
  }
  if (written.isAbsent) {
    if (found.errors === before) found.add('BERTH5659', { what: 'RayService', key: 'spec.serveConfigV2' }, spec.range);
    return undefined;
  }
  if (typeof written.scalar !== 'string') {
    const wanted = 'a text that holds YAML (`serveConfigV2: |`)';
    found.add('BERTH5654', { key: 'serveConfigV2', value: written.shown, wanted }, written.range);
    return undefined;
  }
  const read = found.errors;
  const config = written.inner(text, SERVE_TEXT, found);
  if (found.errors > read) return undefined;
  if (config?.isMapping) return config;
  const value = config?.shown ?? 'empty';
  const wanted = 'a mapping with "applications"';
  found.add('BERTH5654', { key: 'serveConfigV2', value, wanted }, written.range);
  return undefined;
}

function applications(config: ManifestNode, reader: Reader): ImportedJob[] {
  const { found } = reader;
  const before = found.errors;
  findKeys(config, 'config', found);
  const list = config.at('applications');
  const names = new Names();
  const taken = new Set<string>();
  const jobs = reader.list(list, 'applications').flatMap((node) => {
    if (node.isAbsent || !reader.mapping(node, 'an application')) return [];
    return [application(node, names, taken, reader)];
  });
  if (jobs.length === 0 && found.errors === before)
    found.add('BERTH5659', { what: 'text in "serveConfigV2"', key: 'applications' }, config.range);
  return jobs;
}

/** @param taken names of the applications before it. */
function application(node: ManifestNode, names: Names, taken: Set<string>, reader: Reader): ImportedJob {
  const { found } = reader;
  findKeys(node, 'application', found);
  const nameNode = node.at('name');
  const written = reader.text(nameNode, 'name') ?? 'default'; // Ray's name for it
  const wanted = 'a name that no other application has';
  if (taken.has(written)) found.add('BERTH5654', { key: 'name', value: `"${written}"`, wanted }, nameNode.range);
  taken.add(written);
  const name = names.of(written);
  const otherwise = (detail: string): void => found.add('BERTH5657', { what: written, detail }, nameNode.range);
  if (name !== written) otherwise(`the job is called "${name}"`);
  const parts = reader
    .list(node.at('deployments'), 'deployments')
    .filter((part) => reader.mapping(part, 'a deployment'))
    .map((part) => readRayDeployment(part, reader));
  // Deployments that the config does not list are in the application's code, with one replica of one CPU each unless it says otherwise.
  if (parts.length === 0) {
    otherwise('its deployments are in its code: one replica of one CPU is taken for it');
    parts.push({ min: 1, max: 1, cpu: 1, memory: undefined, accelerators: 0 });
  }
  const min = Math.max(...parts.map((part) => part.min));
  const max = Math.max(...parts.map((part) => part.max));
  found.add('BERTH5655', { job: name, keys: min === 0 ? UNKNOWN_OF_SLEEPERS : UNKNOWN }, nameNode.range);
  if (parts.length > 1)
    otherwise(
      `a replica of the job is one replica of each of its ${parts.length} deployments, on one machine${parts.some((part) => part.min !== min || part.max !== max) ? '; those with fewer replicas count as often as the one with most' : ''}`,
    );
  if (min === max) otherwise(`its replicas stay ${max} in number: raise replicas.max to let it scale`);
  const { cpu, memory, accelerators } = together(parts);
  if (cpu === 0) otherwise('its replicas take no CPU, and a spec says at least a thousandth of one');
  return {
    name,
    replicas: { min, max },
    resources: { cpu, accelerators, ...(memory === undefined ? {} : { memory }) },
  };
}
