/** What the language knows of each kind of spec beyond its schema: a further kind is a folder in `kinds/` and an entry here. */
import type { WrittenFederation } from './generated/federation.ts';
import type { WrittenInferenceCluster } from './generated/inference-cluster.ts';
import type { WrittenTrainingPlacement } from './generated/training-placement.ts';
import { Check, type Surroundings } from './kinds/check.ts';
import { checkFederation } from './kinds/federation/check.ts';
import { federation } from './kinds/federation/read.ts';
import { checkCluster } from './kinds/inference-cluster/check.ts';
import { inferenceCluster, withClusterPaths } from './kinds/inference-cluster/read.ts';
import { checkPlacement } from './kinds/training-placement/check.ts';
import { trainingPlacement, withPlacementPaths } from './kinds/training-placement/read.ts';
import type { Resolver } from './kinds/written.ts';
import { KINDS } from './types.ts';
import type { Kind, Spec, SpecOf } from './types.ts';
import type { YamlNode } from './yaml/tree.ts';

/** A document that its schema has nothing against, by kind. */
interface Written {
  readonly InferenceCluster: WrittenInferenceCluster;
  readonly TrainingPlacement: WrittenTrainingPlacement;
  readonly Federation: WrittenFederation;
}

interface KindOfSpec<K extends Kind> {
  /** What is wrong beyond the schema. @param spec the node below `spec:`. */
  readonly check: (check: Check, spec: YamlNode) => void;
  /** @param written a document that its schema and `check` have nothing against. */
  readonly read: (written: Written[K], resolver: Resolver) => SpecOf<K>;
  /** The same spec with other paths in it, wherever it has one. */
  readonly withPaths: (spec: SpecOf<K>, path: (path: string) => string) => SpecOf<K>;
}

const KINDS_OF_SPECS: { readonly [K in Kind]: KindOfSpec<K> } = {
  InferenceCluster: { check: checkCluster, read: inferenceCluster, withPaths: withClusterPaths },
  TrainingPlacement: { check: checkPlacement, read: trainingPlacement, withPaths: withPlacementPaths },
  Federation: { check: checkFederation, read: federation, withPaths: (spec) => spec },
};

export function isSpecKind(kind: string | undefined): kind is Kind {
  return KINDS.some((known) => known === kind);
}

/** From a document without errors to the typed spec: units read, defaults of the schema filled in, references resolved. */
export function typedSpec<K extends Kind>(kind: K, data: unknown, resolver: Resolver): SpecOf<K> {
  return KINDS_OF_SPECS[kind].read(data as Written[K], resolver);
}

/** What is wrong with a document beyond its schema, and the files that it refers to. */
export function checkMeaning(root: YamlNode, kind: Kind, around: Surroundings): Check {
  const check = new Check(kind, around);
  const spec = root.get('spec')?.value;
  if (spec) KINDS_OF_SPECS[kind].check(check, spec);
  return check;
}

export function withPaths<S extends Spec>(spec: S, path: (path: string) => string): S {
  return changed(spec.kind, spec, path) as S;
}

function changed<K extends Kind>(kind: K, spec: SpecOf<K>, path: (path: string) => string): SpecOf<K> {
  return KINDS_OF_SPECS[kind].withPaths(spec, path);
}
