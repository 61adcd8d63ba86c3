import { problem } from '../../problems/catalogue.ts';
import type { YamlNode } from '../../yaml/tree.ts';
import type { Check } from '../check.ts';

export function checkFederation(check: Check, spec: YamlNode): void {
  check.uniqueNames(spec.get('sites')?.value, (name, line, node, first) =>
    problem('BERTH4005', { name, line }, node.range, [], [{ range: first.range, message: 'the first one' }]),
  );
  const command = spec.at(['training', 'command']);
  if (command) check.command(command);
}
