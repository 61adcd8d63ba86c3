/** From a document without errors to the typed spec: units read, defaults of the schema filled in, references resolved. */
import type { WrittenFederation } from './generated/federation.ts';
import type { WrittenInferenceCluster } from './generated/inference-cluster.ts';
import type { WrittenTrainingPlacement } from './generated/training-placement.ts';
import { federation } from './kinds/federation.ts';
import { inferenceCluster } from './kinds/inference-cluster.ts';
import { trainingPlacement } from './kinds/training-placement.ts';
import type { Resolver } from './kinds/written.ts';
import { KINDS } from './types.ts';
import type { Kind, Spec } from './types.ts';

export function isSpecKind(kind: string | undefined): kind is Kind {
  return KINDS.some((known) => known === kind);
}

/** @param data a document that its schema and `checkMeaning` have nothing against. */
export function typedSpec(kind: Kind, data: unknown, resolver: Resolver): Spec {
  switch (kind) {
    case 'InferenceCluster':
      return inferenceCluster(data as WrittenInferenceCluster, resolver);
    case 'TrainingPlacement':
      return trainingPlacement(data as WrittenTrainingPlacement, resolver);
    case 'Federation':
      return federation(data as WrittenFederation);
  }
}
