/** What the page knows of each kind of document: a further kind is a folder of pictures and an entry here. */
import type { ComponentChild } from 'preact';
import type { Preview, PreviewOf, StatusOf, WhatIf } from '../../server/src/lsp/protocol.ts';
import { FederationView } from './federation/federation-view.tsx';
import type { NodeAnswers } from './frame/node-answers.ts';
import type { Touch } from './frame/selectable.ts';
import { InferenceView } from './inference/inference-view.tsx';
import { FederationLive } from './live/federation-live.tsx';
import { PlacementLive } from './live/placement-live.tsx';
import { ServingLive } from './live/serving-live.tsx';
import { PlacementView } from './placement/placement-view.tsx';

type Kind = Preview['kind'];

interface ViewProps<P extends Preview> {
  readonly preview: P;
  /** What it is compared with. */
  readonly base: P | null;
  readonly whatIf: WhatIf;
  readonly touch: Touch;
  readonly onWhatIf: (whatIf: WhatIf) => void;
  /** What is known of a node, and how to ask for more. */
  readonly node: NodeAnswers;
}

interface KindOnPage<K extends Kind> {
  /** What a heading calls it. */
  readonly words: string;
  /** How many things its pictures tell apart by colour and pattern. */
  readonly categories: (preview: PreviewOf<K>) => number;
  readonly view: (props: ViewProps<PreviewOf<K>>) => ComponentChild;
  readonly live: (props: { readonly status: StatusOf<K> }) => ComponentChild;
}

const KINDS: { readonly [K in Kind]: KindOnPage<K> } = {
  InferenceCluster: {
    words: 'Inference cluster',
    categories: ({ jobs }) => jobs.length,
    view: (props) => <InferenceView {...props} />,
    live: (props) => <ServingLive {...props} />,
  },
  TrainingPlacement: {
    words: 'Training placement',
    categories: ({ devices }) => devices.length,
    view: (props) => <PlacementView {...props} />,
    live: (props) => <PlacementLive {...props} />,
  },
  Federation: {
    words: 'Federation',
    categories: ({ partitions }) => Math.max(0, ...partitions.map((partition) => partition.length)),
    view: ({ preview, touch }) => <FederationView preview={preview} touch={touch} />,
    live: (props) => <FederationLive {...props} />,
  },
};

/** What the page knows of the kind of this preview or status. Generic, so that an entry takes what it was looked up by without a cast. */
export function onPage<K extends Kind>({ kind }: { readonly kind: K }): KindOnPage<K> {
  return KINDS[kind];
}
