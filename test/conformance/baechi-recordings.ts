import type { Device } from '../../server/src/baechi/devices.ts';
import type { PlacementResult } from '../../server/src/baechi/placement.ts';
import type { Schedule } from '../../server/src/baechi/schedule.ts';
import { readGraph } from '../../server/src/graph/source.ts';
import type { Graph } from '../../server/src/graph/graph.ts';
import { communicationTimes } from '../../server/src/graph/link-model.ts';
import { sharedJson } from './shared-data.ts';

/** One run of the reference implementation. */
export interface RecordedRun {
  readonly graph: string;
  readonly algorithm: string;
  readonly options: { readonly uniform?: boolean; readonly colocation?: boolean; readonly reserve?: boolean };
  readonly memory_bytes?: readonly number[];
  readonly error?: string;
  readonly placement: readonly number[];
  readonly favourites?: readonly (readonly [number, number])[];
  readonly lp_relaxed_makespan_us?: number;
  readonly internal_runtime_us?: number;
  readonly internal_schedule?: readonly (readonly [number, number, number])[];
  readonly internal_peak_bytes?: readonly number[];
  readonly virtual_scheduler: RecordedSimulation;
}

export interface RecordedSimulation {
  readonly makespan_us: number;
  readonly ops_per_device: readonly number[];
  readonly compute_us_per_device: readonly number[];
  readonly peak_bytes_per_device: readonly number[];
  readonly cut_edges: number;
  readonly transfers: number;
  readonly transfer_bytes: number;
}

export interface RecordedGraph {
  readonly graph: Graph;
  readonly tensorUs: Float64Array;
  readonly devices: readonly Device[];
}

const graphs = new Map<string, RecordedGraph>();

/** A recorded graph by its name, e.g. `layered-200`. */
export function recordedGraph(name: string): RecordedGraph {
  const known = graphs.get(name) ?? graphOf(sharedJson(`baechi/${name}.graph.json`), name);
  graphs.set(name, known);
  return known;
}

export function graphOf(data: unknown, name: string): RecordedGraph {
  const file = readGraph(data, name);
  if (!file.ok) throw new Error(`${name}: ${JSON.stringify(file.problems)}`);
  const { graph, devices = [] } = file;
  // The recorded transfer times are already rounded and win over any link.
  return { graph, tensorUs: communicationTimes(graph, { usPerByte: Number.NaN, latencyUs: Number.NaN }), devices };
}

/** A run's favourites, or those of the same graph with ample memory: the linear program does not know of memory. */
export function favouritesOf(run: RecordedRun): Int32Array {
  const { nodeCount } = recordedGraph(run.graph).graph;
  const pairs =
    run.favourites ?? sharedJson<RecordedRun>(`baechi/${run.graph}.tf.m-sct_backend-highs-ipm.json`).favourites!;
  return asFavourites(pairs, nodeCount);
}

export function asFavourites(pairs: RecordedRun['favourites'], nodeCount: number): Int32Array {
  const favourites = new Int32Array(nodeCount).fill(-1);
  for (const [parent, child] of pairs ?? []) favourites[parent] = child;
  return favourites;
}

/** A simulation in the words of the recordings. */
export function inRecordedWords(schedule: Schedule): RecordedSimulation {
  const ops_per_device = Array.from(schedule.busyUs, () => 0);
  for (const d of schedule.device) ops_per_device[d]!++;
  return {
    makespan_us: schedule.makespanUs,
    ops_per_device,
    compute_us_per_device: [...schedule.busyUs],
    peak_bytes_per_device: [...schedule.peakBytes],
    cut_edges: schedule.cutEdges,
    transfers: schedule.transfers.length,
    transfer_bytes: schedule.transferBytes,
  };
}

/** A placement in the words of the recordings, as far as the run recorded it. */
export function planInRecordedWords(result: PlacementResult, run: RecordedRun): Partial<RecordedRun> {
  if (result.kind !== 'placement') throw new Error(`${run.graph}, ${run.algorithm}: ${result.kind}`);
  const { device, start, end, estimateUs, peakBytes } = result;
  return {
    placement: [...device],
    ...(run.internal_schedule && {
      internal_schedule: run.internal_schedule.map(([node]) => [node, start[node]!, end[node]!] as const),
      internal_runtime_us: estimateUs,
      internal_peak_bytes: [...peakBytes],
    }),
  };
}

/** What of a run can be compared with `planInRecordedWords`. */
export function recordedPlan(run: RecordedRun): Partial<RecordedRun> {
  const { placement, internal_schedule, internal_runtime_us, internal_peak_bytes } = run;
  return {
    placement,
    ...(internal_schedule && {
      internal_schedule,
      ...(internal_runtime_us !== undefined && { internal_runtime_us }),
      ...(internal_peak_bytes && { internal_peak_bytes }),
    }),
  };
}
