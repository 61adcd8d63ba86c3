/** The thread on which what was shown of a spec becomes its desired state: a graph may be large, and typing goes on meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { defaultSolver } from '../baechi/default-solver.ts';
import { desiredOf } from '../deploy/plan/desired.ts';
import { GRAPH_GONE, graphFile } from '../preview/graph-file.ts';
import type { Spec } from '../spec/types.ts';
import type { Shown } from './previewer.ts';

export interface PlanTask extends Shown {
  readonly spec: Spec;
  /** Absolute path of the spec file. */
  readonly source: string;
}

const { spec, source, graph, decision } = workerData as PlanTask;
const result = await desiredOf(spec, {
  source,
  readGraph: async () => (graph ? graphFile(graph) : GRAPH_GONE),
  solver: defaultSolver,
  decision: decision ?? undefined,
});
parentPort?.postMessage(result);
