/** What a terminal shows of each kind: a further kind is a file in `kinds/` and an entry here. */
import type { StatusOf } from '../deploy/types.ts';
import type { PreviewOf } from '../preview/model.ts';
import type { Kind } from '../spec/types.ts';
import { federation } from './kinds/federation.ts';
import { inferenceCluster } from './kinds/inference-cluster.ts';
import { trainingPlacement } from './kinds/training-placement.ts';
import type { Part } from './picture/part.ts';
import type { Paint } from './terminal.ts';

export interface KindInTerminal<K extends Kind> {
  /** Lines below the sentence of a preview. */
  readonly preview: (preview: PreviewOf<K>, paint: Paint, width: number) => string[];
  /** The parts of its picture for `--format svg`. */
  readonly picture: (preview: PreviewOf<K>) => Part[];
  /** Lines below the summary of what is live. */
  readonly status: (status: StatusOf<K>, width: number) => string[];
}

const KINDS: { readonly [K in Kind]: KindInTerminal<K> } = {
  InferenceCluster: inferenceCluster,
  TrainingPlacement: trainingPlacement,
  Federation: federation,
};

/** What a terminal shows of a kind. Generic, so that an entry takes what it was looked up by without a cast. */
export function inTerminal<K extends Kind>(kind: K): KindInTerminal<K> {
  return KINDS[kind];
}
