/** What an editor says of each kind beyond its schema: a further kind is a file in `kinds/` and an entry here. */
import type { Graph } from '../graph/graph.ts';
import type { NodeFacts, Preview, PreviewOf } from '../preview/model.ts';
import type { Kind } from '../spec/types.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { InlayHint } from './hint.ts';
import { federation } from './kinds/federation.ts';
import { inferenceCluster } from './kinds/inference-cluster.ts';
import { trainingPlacement } from './kinds/training-placement.ts';
import type { Place } from './place.ts';

export interface KindInEditor<K extends Kind> {
  /** What a preview says, in the few words that a lens or a status bar has room for: `3/3 SLOs met`. */
  readonly answer: (preview: PreviewOf<K>) => string;
  /** What stands beside the words that it is about. */
  readonly hints: (root: YamlNode, preview: PreviewOf<K>) => readonly InlayHint[];
  /**
   * What the engines say of a place, if it is one that they say something of.
   *
   * @param graph the one that the document refers to, read where it can be read in a moment.
   * @param facts of a node of the graph, where they were asked for.
   */
  readonly hover: (
    place: Place,
    root: YamlNode,
    preview: PreviewOf<K> | undefined,
    graph: () => Graph | undefined,
    facts?: (node: string) => NodeFacts | undefined,
  ) => string | undefined;
}

const KINDS: { readonly [K in Kind]: KindInEditor<K> } = {
  InferenceCluster: inferenceCluster,
  TrainingPlacement: trainingPlacement,
  Federation: federation,
};

/** What an editor says of a kind. Generic, so that an entry takes what it was looked up by without a cast. */
export function inEditor<K extends Kind>(kind: K): KindInEditor<K> {
  return KINDS[kind];
}

/** `3/3 SLOs met`, `one step 24.1 ms`, `leaks only the mean`. */
export function answerOf(preview: Preview): string {
  return inEditor<Kind>(preview.kind).answer(preview);
}
