import type { YamlNode } from '../../yaml/tree.ts';
import type { Check } from '../check.ts';

export function checkPlacement(check: Check, spec: YamlNode): void {
  check.distinctMachines(spec.get('devices')?.value, 'device', ['spec', 'devices']);
  check.positive(spec.at(['link', 'bandwidth']), ['spec', 'link', 'bandwidth']);
  const graph = spec.get('graph')?.value;
  if (graph) check.reference(graph, 'graph');
  const module = spec.at(['train', 'module']);
  if (module) check.reference(module, 'module');
}
