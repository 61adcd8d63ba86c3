/** Targets by their type: a word, or the one key of an object that holds its settings. */
import { TARGETS } from './types.ts';
import type { Target } from './types.ts';
import type { YamlNode } from './yaml/tree.ts';

type KeyOf<T> = T extends string ? T : keyof T;
export type TargetType = KeyOf<Target>;

export function targetType(target: Target): TargetType {
  return typeof target === 'string' ? target : 'ray';
}

/** For people: `local`, `ray at http://127.0.0.1:8265`. */
export function targetWords(target: Target): string {
  return typeof target === 'string' ? target : `ray at ${target.ray.address}`;
}

/** @param written what stands at `spec.target`. @returns the target that it names, as far as it is one; else the one that is meant where none is written. */
export function writtenTarget(written: YamlNode | undefined): Target {
  const address = written?.at(['ray', 'address'])?.scalar;
  if (typeof address === 'string') return { ray: { address } };
  return TARGETS.find((target) => target === written?.scalar) ?? TARGETS[0];
}
