/** The pods of a Ray cluster as machines: as many as there may be, since Ray's autoscaler could start them where it is on. */
import type { ImportedNodes } from './imported.ts';
import type { ManifestNode } from './manifest.ts';
import { Names } from './names.ts';
import { kubernetesQuantity } from './quantity.ts';
import { MOST_REPLICAS, type Reader } from './reader.ts';

/** Machines of one kind that a spec can say. */
const MOST_OF_A_KIND = 1000;

/** Kinds of machines, and machines in all. */
const MOST_KINDS = 1000;
const MOST_MACHINES = 10_000;

/** @param config `rayClusterConfig`. */
export function rayMachines(config: ManifestNode, reader: Reader): ImportedNodes[] {
  const { found } = reader;
  const names = new Names();
  const groups = reader.list(config.at('workerGroupSpecs'), 'workerGroupSpecs').map((group) => ({
    group,
    name: reader.text(group.at('groupName'), 'groupName') ?? 'worker',
    count: workers(group, config.at('enableInTreeAutoscaling').scalar === true, reader),
  }));
  const head = config.field('headGroupSpec')?.value;
  if (head) groups.unshift({ group: head, name: 'head', count: 1 });
  const nodes: ImportedNodes[] = [];
  let room = MOST_MACHINES;
  for (const { group, name, count } of groups) {
    const machine = machineOf(group, name, count, reader);
    if (!machine) continue;
    const most = nodes.length < MOST_KINDS ? Math.min(room, MOST_OF_A_KIND) : 0;
    const taken = Math.min(count, most);
    if (taken < count) {
      const detail = `it may have ${count} machines, and ${taken} are in the spec, which can say no more (${MOST_OF_A_KIND} of a kind, ${MOST_MACHINES} in all)`;
      found.add('BERTH5657', { what: name, detail }, group.range);
    }
    if (taken === 0) continue;
    room -= taken;
    nodes.push({ ...machine, name: names.of(name), count: taken });
  }
  for (const { key, keyRange } of config.fields)
    if (!['headGroupSpec', 'workerGroupSpecs', 'enableInTreeAutoscaling'].includes(key))
      found.add('BERTH5656', { what: key, why: 'what runs is not carried over' }, keyRange);
  return nodes;
}

/** How many pods a group may have. */
function workers(group: ManifestNode, autoscaling: boolean, reader: Reader): number {
  const whole = { whole: true, max: MOST_REPLICAS };
  const replicas = reader.number(group.at('replicas'), 'replicas', whole);
  const most = reader.number(group.at('maxReplicas'), 'maxReplicas', { whole: true, max: 2 ** 31 - 1 });
  const least = reader.number(group.at('minReplicas'), 'minReplicas', whole) ?? 0;
  const hosts = reader.number(group.at('numOfHosts'), 'numOfHosts', { ...whole, min: 1 }) ?? 1;
  const count = (autoscaling ? most : undefined) ?? replicas ?? least;
  if (!autoscaling && most !== undefined && most > count) {
    const detail = `it has ${count} until enableInTreeAutoscaling is on`;
    reader.found.add('BERTH5657', { what: 'maxReplicas', detail }, group.at('maxReplicas').range);
  }
  return count * hosts;
}

/** One pod of a group; undefined where nothing of Ray Serve runs there, or where its size is not said. */
function machineOf(
  group: ManifestNode,
  written: string,
  count: number,
  reader: Reader,
): Omit<ImportedNodes, 'name' | 'count'> | undefined {
  const { found } = reader;
  // KubeRay takes the first container for Ray's, and the others for company.
  const containers = reader.list(group.at('template', 'spec', 'containers'), 'containers').slice(0, 1);
  const { cpu: cores, memory, accelerators } = reader.resources(containers, ['limits', 'requests']);
  // What is stated to `ray start` goes before what the pod has.
  const stated = (name: string): number | undefined => kubernetesQuantity(group.at('rayStartParams', name).scalar);
  const cpu = stated('num-cpus') ?? (cores === undefined ? undefined : Math.ceil(cores)); // as KubeRay tells Ray
  if (count === 0 || cpu === 0) return undefined;
  const template = group.field('template');
  if (template) {
    const why = 'what runs is not carried over, nor is the memory of its pods where a job does not say what it takes';
    found.add('BERTH5656', { what: 'template', why }, template.keyRange);
  }
  if (cpu === undefined) {
    const detail = 'it does not say how many CPUs its pods have, so that it is left out of the capacity';
    found.add('BERTH5657', { what: written, detail }, group.range);
    return undefined;
  }
  const bytes = stated('memory') ?? memory;
  const devices = stated('num-gpus') ?? accelerators;
  return {
    cpu,
    ...(bytes ? { memory: Math.ceil(bytes) } : {}),
    ...(devices === undefined ? {} : { accelerators: Math.min(devices, 100_000) }),
  };
}
