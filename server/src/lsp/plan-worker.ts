/** The thread on which a spec is resolved into its desired state: a placement may take seconds, and typing goes on meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { defaultSolver } from '../baechi/default-solver.ts';
import { desiredOf } from '../deploy/plan/desired.ts';
import { DiskFiles } from '../host/disk-files.ts';
import { GRAPH_GONE, graphFile, type FileText } from '../preview/graph-file.ts';
import type { Spec } from '../spec/types.ts';

export interface PlanTask {
  readonly spec: Spec;
  /** Absolute path of the spec file. */
  readonly source: string;
  /** The graph file as it is open in the editor, which counts more than what is saved. */
  readonly graph: FileText | null;
}

const { spec, source, graph } = workerData as PlanTask;
const files = new DiskFiles();
const result = await desiredOf(spec, {
  source,
  readGraph: async (path) => {
    const file = graph?.path === path ? graph : files.read(path);
    return file ? graphFile({ ...file, path }) : GRAPH_GONE;
  },
  solver: defaultSolver,
});
parentPort?.postMessage(result);
