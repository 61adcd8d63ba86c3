import { problem } from '../../problems/catalogue.ts';
import { didYouMean } from '../../problems/did-you-mean.ts';
import { trainingModuleName } from '../../training-module.ts';
import type { YamlNode } from '../../yaml/tree.ts';
import type { Check } from '../check.ts';

export function checkPlacement(check: Check, spec: YamlNode): void {
  check.distinctMachines(spec.get('devices')?.value, 'device', ['spec', 'devices']);
  check.positive(spec.at(['link', 'bandwidth']), ['spec', 'link', 'bandwidth']);
  checkLinks(check, spec);
  const graph = spec.get('graph')?.value;
  if (graph) check.reference(graph, 'graph');
  const module = spec.at(['train', 'module']);
  if (typeof module?.scalar === 'string') {
    const { file } = trainingModuleName(module.scalar);
    if (file !== undefined) check.reference(module, 'module', file);
  }
}

/** Links join devices that there are: by their names, or by a host or rack that two of them share. */
function checkLinks(check: Check, spec: YamlNode): void {
  const entries = spec.get('devices')?.value.items ?? [];
  const names = entries.flatMap((entry) => {
    const name = entry.get('name')?.value.scalar;
    const count = entry.get('count')?.value.scalar;
    if (typeof name !== 'string') return [];
    return typeof count === 'number' ? [name, ...Array.from({ length: count }, (_, i) => `${name}${i}`)] : [name];
  });
  spec.get('links')?.value.items.forEach((link, i) => {
    check.positive(link.get('bandwidth')?.value, ['spec', 'links', i, 'bandwidth']);
    for (const end of link.get('between')?.value.items ?? []) {
      if (typeof end.scalar === 'string' && !names.includes(end.scalar))
        check.problems.push(
          problem('BERTH3030', { name: end.scalar, suggestion: didYouMean(end.scalar, names) }, end.range),
        );
    }
    const within = link.get('within')?.value;
    if (within?.scalar !== 'host' && within?.scalar !== 'rack') return;
    if (!sharesPlace(entries, within.scalar))
      check.problems.push(problem('BERTH3031', { key: within.scalar }, within.range));
  });
}

function sharesPlace(entries: readonly YamlNode[], key: 'host' | 'rack'): boolean {
  const places = entries.flatMap((entry) => {
    const place = entry.get(key)?.value.scalar;
    const count = entry.get('count')?.value.scalar;
    return place === undefined
      ? []
      : Array.from({ length: typeof count === 'number' && count > 1 ? 2 : 1 }, () => place);
  });
  return new Set(places).size < places.length;
}
