/** The targets that are built. A new one is a folder under `targets/`, a word in `TARGETS` of the spec, and a line here. */
import type { Target } from '../spec/types.ts';
import { LocalTarget } from './targets/local/local-target.ts';
import type { LocalTargetOptions } from './targets/local/local-target.ts';
import type { DeployTarget } from './types.ts';

export interface TargetOptions {
  readonly local?: LocalTargetOptions;
}

type MakeTarget = (options: TargetOptions) => DeployTarget;

export const registry: Readonly<Record<Target, MakeTarget>> = {
  local: (options) => new LocalTarget(options.local),
};

/** The target of that name. Making it touches nothing: what it needs is started when it is asked. */
export function loadTarget(name: Target, options: TargetOptions = {}): DeployTarget {
  return registry[name](options);
}
