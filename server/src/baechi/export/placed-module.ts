/** A PyTorch module whose nodes have devices: what is written for other tools. */
import type { GraphProfile } from '../../graph/graph-profile.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Device } from '../devices.ts';
import type { PipelineShape } from '../pipeline/orders.ts';

export interface PlacedModule {
  readonly name: string;
  readonly graph: Graph;
  readonly profile: GraphProfile;
  readonly devices: readonly Device[];
  /** Device of every node, by node index. */
  readonly device: Int32Array;
  /** Where the placement is the stages of a pipeline: how its micro-batches run. */
  readonly pipeline?: PipelineShape;
}

/** What was written, or what keeps a format from saying it: a clause that names the nodes. */
export type Written<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly detail: string };

export function refused(detail: string): { readonly ok: false; readonly detail: string } {
  return { ok: false, detail };
}
