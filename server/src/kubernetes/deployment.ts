/** A Deployment of Kubernetes as an InferenceCluster of one job. */
import type { Import } from './import.ts';
import { UNKNOWN, type ImportedCluster } from './imported.ts';
import type { ManifestNode } from './manifest.ts';
import { MOST_REPLICAS } from './reader.ts';

export function importDeployment(root: ManifestNode, { names, reader }: Import): ImportedCluster | undefined {
  const { found } = reader;
  const before = found.errors;
  const nameNode = root.at('metadata', 'name');
  const written = reader.text(nameNode, 'name');
  const pod = root.at('spec', 'template', 'spec');
  if (nameNode.isAbsent) found.add('BERTH5659', { what: 'Deployment', key: 'metadata.name' }, root.range);
  if (pod.isAbsent) found.add('BERTH5659', { what: 'Deployment', key: 'spec.template.spec' }, root.at('spec').range);
  const count = root.at('spec', 'replicas');
  const replicas = reader.number(count, 'replicas', { whole: true, max: MOST_REPLICAS }) ?? 1; // as Kubernetes does
  const containers = reader.list(pod.at('containers'), 'containers');
  const resources = reader.resources(containers, ['requests', 'limits']);
  if (written === undefined || found.errors > before) return undefined;

  const name = names.of(written);
  const least = Math.max(1, replicas);
  found.add('BERTH5655', { job: name, keys: UNKNOWN }, nameNode.range);
  const asked =
    replicas === 0
      ? 'one replica, though it asks for none'
      : `the ${replicas === 1 ? 'one replica' : `${replicas} replicas`} that it asks for`;
  const detail = `the capacity is ${asked}: raise capacity and replicas.max to let it scale`;
  found.add('BERTH5657', { what: 'replicas', detail }, count.isAbsent ? nameNode.range : count.range);
  if (name !== written) found.add('BERTH5657', { what: written, detail: `it is called "${name}"` }, nameNode.range);
  for (const container of containers) {
    for (const { key, keyRange } of container.fields) {
      if (key === 'name') continue;
      const why =
        key === 'resources' && Object.keys(resources).length > 0
          ? 'its capacity counts replicas, and the machines are not known here'
          : 'a spec does not describe pods';
      found.add('BERTH5656', { what: key, why }, keyRange);
    }
  }
  for (const { key, keyRange } of pod.fields)
    if (key !== 'containers') found.add('BERTH5656', { what: key, why: 'a spec does not describe pods' }, keyRange);
  for (const { key, keyRange } of root.at('spec').fields)
    if (!['replicas', 'template', 'selector'].includes(key))
      found.add('BERTH5656', { what: key, why: 'a spec does not say how pods are replaced' }, keyRange);
  const job = { name, replicas: { min: least, max: least }, resources };
  return { name, capacity: { replicas: least }, jobs: [job] };
}
