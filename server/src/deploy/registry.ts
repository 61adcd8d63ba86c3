/** The targets that are built. A new one is a folder under `targets/`, its form in the schemas' `target`, and a line here. */
import { LocalTarget } from './targets/local/local-target.ts';
import type { LocalTargetOptions } from './targets/local/local-target.ts';
import { RayTarget } from './targets/ray/ray-target.ts';
import type { DeployTarget } from './target.ts';
import { targetKey } from './target-ref.ts';
import type { TargetRef } from './target-ref.ts';

export interface TargetOptions {
  readonly local?: LocalTargetOptions;
}

/** The target that a reference names. Making it touches nothing: what it needs is started when it is asked. */
export function loadTarget(ref: TargetRef, options: TargetOptions = {}): DeployTarget {
  if (typeof ref === 'string') return new LocalTarget(options.local);
  return new RayTarget(ref);
}

/** The targets of one workspace or command: each is made once. */
export class Targets {
  readonly #options: TargetOptions;
  readonly #made = new Map<string, DeployTarget>();

  constructor(options: TargetOptions = {}) {
    this.#options = options;
  }

  get(ref: TargetRef): DeployTarget {
    const key = targetKey(ref);
    const target = this.#made.get(key) ?? loadTarget(ref, this.#options);
    this.#made.set(key, target);
    return target;
  }
}
