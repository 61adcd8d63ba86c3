/** Everything that is fuzzed. A parser, or a door for data from outside, is added to one of these lists. */
import { GRAPH_TARGETS } from './targets/graphs.ts';
import { MANIFEST_TARGETS } from './targets/manifests.ts';
import { KUBERNETES_TARGETS } from './targets/kubernetes.ts';
import { RAY_TARGETS } from './targets/ray.ts';
import { SERVICE_TARGETS } from './targets/services.ts';
import { SPEC_TARGETS } from './targets/specs.ts';
import { STORED_TARGETS } from './targets/stored.ts';
import { TABLE_TARGETS } from './targets/tables.ts';
import { VALUE_TARGETS } from './targets/values.ts';
import { WIRE_TARGETS } from './targets/wire.ts';
import type { Target } from './target.ts';

export const TARGETS: readonly Target[] = [
  ...SPEC_TARGETS,
  ...VALUE_TARGETS,
  ...TABLE_TARGETS,
  ...GRAPH_TARGETS,
  ...MANIFEST_TARGETS,
  ...STORED_TARGETS,
  ...WIRE_TARGETS,
  ...KUBERNETES_TARGETS,
  ...RAY_TARGETS,
  ...SERVICE_TARGETS,
];
