/** Everything that is recorded of the reference, row by row, with what is demanded of it. */
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { Device } from '../../server/src/baechi/devices.ts';
import { favouriteChildren } from '../../server/src/baechi/favourite-children.ts';
import { colocation } from '../../server/src/baechi/grouping/colocation.ts';
import { fuse } from '../../server/src/baechi/grouping/fusion.ts';
import type { LpSolver } from '../../server/src/baechi/linear-program.ts';
import { placeMEtf } from '../../server/src/baechi/m-etf.ts';
import { placeMSct } from '../../server/src/baechi/m-sct.ts';
import { placeMTopo } from '../../server/src/baechi/m-topo.ts';
import type { PlacementResult, PlacerOptions } from '../../server/src/baechi/placement.ts';
import { simulate } from '../../server/src/baechi/schedule.ts';
import { communicationTimes } from '../../server/src/graph/link-model.ts';
import {
  asFavourites,
  favouritesOf,
  graphOf,
  inRecordedWords,
  planInRecordedWords,
  recordedGraph,
  recordedPlan,
  type RecordedGraph,
  type RecordedRun,
  type RecordedSimulation,
} from './baechi-recordings.ts';
import { devicesOf, keysOf, type Row } from './baechi-record-row.ts';
import { moduleGraphs, moduleRows, pytorchRows } from './baechi-pytorch-records.ts';
import { sharedData, sharedJson } from './shared-data.ts';

/** All rows of all files; a file of which nothing is known is an error. */
export function rowsOfAllFiles(): Row[] {
  return readdirSync(sharedData('baechi'))
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => rowsOf(file));
}

function rowsOf(file: string): readonly Row[] {
  if (file === 'summary.json') return summaryRows();
  if (file === 'metis-baseline.json') return metisRows();
  if (file === 'tiny-unit-tests.json') return tinyRows();
  if (file === 'tf-dummy-graphs.results.json') return figureRows();
  if (file === 'pt-dummy-graphs.results.json') return moduleRows();
  if (file === 'pt-dummy-graphs.graph.json') return [moduleGraphs()];
  if (file === `${GNMT}.tf.results.json`) return gnmtRows();
  if (file === `${GNMT}.fused-coplace.graph.json`) return [fusedGraph()];
  if (file.endsWith('.graph.json')) return [graphRow(file)];
  if (/^layered-\d+\..*tf\.m-.*json$/.test(file)) return [layeredRow(file)];
  if (/^layered-\d+\.pt-mem-.*json$/.test(file)) return pytorchRows(file);
  if (/^real-.*\.tf\.results\.json$/.test(file)) return trainingRows(file);
  throw new Error(`nothing is demanded of ${file}`);
}

const GNMT = 'gnmt-fwd-b128-s40';

/** Runs a recorded algorithm of the TensorFlow version. */
function place(
  run: RecordedRun,
  { graph, tensorUs }: RecordedGraph,
  devices: readonly Device[],
  favourites: () => Int32Array,
): PlacementResult {
  const reserve = run.options.reserve === true ? 'published' : 'none';
  const options: PlacerOptions = run.options.colocation
    ? { groups: { colocation: colocation(graph, { keep: 'graph' }), reserve } }
    : {};
  switch (run.algorithm) {
    case 'm-topo':
      return placeMTopo(graph, devices, tensorUs, {
        ...options,
        fill: run.options.uniform === false ? 'filled' : 'even',
      });
    case 'm-etf':
      return placeMEtf(graph, devices, tensorUs, options);
    case 'm-sct':
      return placeMSct(graph, devices, tensorUs, favourites(), options);
    default:
      throw new Error(`no such algorithm: ${run.algorithm}`);
  }
}

/** Device, start and end of every node, peaks, makespan; or how many nodes there were at the dead end. */
function demandRun(
  run: RecordedRun,
  recorded: RecordedGraph,
  devices: readonly Device[],
  favourites: () => Int32Array,
): void {
  const result = place(run, recorded, devices, favourites);
  if (run.error) {
    const placed = Number(/scheduled ops=(\d+)/.exec(run.error)![1]);
    expect(result).toMatchObject({ kind: 'dead-end', placed, reason: 'memory-full' });
    return;
  }
  expect(planInRecordedWords(result, run)).toEqual(recordedPlan(run));
  demandSimulation(recorded, run.placement, run.virtual_scheduler);
}

function demandSimulation(
  { graph, tensorUs }: RecordedGraph,
  placement: readonly number[],
  recorded: RecordedSimulation,
): void {
  const schedule = simulate(graph, Int32Array.from(placement), recorded.peak_bytes_per_device.length, tensorUs);
  expect(recorded).toMatchObject(inRecordedWords(schedule));
}

function layeredRow(file: string): Row {
  const run = sharedJson<RecordedRun>(`baechi/${file}`);
  return {
    name: file,
    keys: keysOf(run),
    demand: () => demandRun(run, recordedGraph(run.graph), devicesOf(run.memory_bytes!), () => favouritesOf(run)),
    ...(run.error && run.algorithm === 'm-sct'
      ? { but: 'its favourites are those of the same graph with ample memory: a failed run records none' }
      : {}),
  };
}

function trainingRows(file: string): Row[] {
  const name = file.replace('.tf.results.json', '');
  const { rows, single_device_us } = sharedJson<{ rows: RecordedRun[]; single_device_us: number }>(`baechi/${file}`);
  const known = rows.find(({ favourites }) => favourites)!.favourites;
  return rows.map((run) => ({
    name: `${file}: ${run.algorithm} ${JSON.stringify(run.options)}`,
    keys: keysOf(run),
    demand: () => {
      const recorded = recordedGraph(name);
      const favourites = () => asFavourites(run.favourites ?? known, recorded.graph.nodeCount);
      demandRun(run, recorded, recorded.devices, favourites);
      const alone = simulate(recorded.graph, new Int32Array(recorded.graph.nodeCount), 1, recorded.tensorUs);
      expect(alone.makespanUs).toBe(single_device_us);
    },
    ...(run.error && run.algorithm === 'm-sct'
      ? { but: 'its favourites are those of the run without groups: a failed run records none' }
      : {}),
  }));
}

function metisRows(): Row[] {
  interface Metis {
    readonly placement: number[];
    readonly virtual_scheduler: RecordedSimulation;
    readonly single_device_us: number;
  }
  const { results } = sharedJson<{ results: Record<string, Metis> }>('baechi/metis-baseline.json');
  return Object.entries(results).map(([name, run]) => ({
    name: `metis-baseline.json: ${name}`,
    keys: keysOf(run),
    demand: () => {
      const recorded = recordedGraph(name);
      demandSimulation(recorded, run.placement, run.virtual_scheduler);
      const alone = simulate(recorded.graph, new Int32Array(recorded.graph.nodeCount), 1, recorded.tensorUs);
      expect(alone.makespanUs).toBe(run.single_device_us);
    },
  }));
}

function tinyRows(): Row[] {
  interface Tiny {
    readonly graph: unknown;
    readonly tf_etf: RecordedRun;
    readonly tf_sct_forced?: { readonly favourites: RecordedRun['favourites']; readonly result: RecordedRun };
  }
  const cases = sharedJson<Record<string, Tiny>>('baechi/tiny-unit-tests.json');
  return Object.entries(cases).flatMap(([name, { graph, tf_etf, tf_sct_forced }]) => {
    const row = (algorithm: string, result: RecordedRun, pairs?: RecordedRun['favourites']): Row => ({
      name: `tiny-unit-tests.json: ${name}, ${algorithm}`,
      keys: keysOf(result),
      demand: () => {
        const recorded = graphOf(graph, name);
        const favourites = () => asFavourites(pairs, recorded.graph.nodeCount);
        demandRun({ ...result, graph: name, algorithm, options: {} }, recorded, recorded.devices, favourites);
      },
    });
    const sct = tf_sct_forced ? [row('m-sct', tf_sct_forced.result, tf_sct_forced.favourites)] : [];
    return [row('m-etf', tf_etf), ...sct];
  });
}

function figureRows(): Row[] {
  const figures = sharedJson<Record<string, { graph: unknown; result: RecordedRun }>>(
    'baechi/tf-dummy-graphs.results.json',
  );
  return Object.entries(figures).map(([name, { graph, result }]) => ({
    name: `tf-dummy-graphs.results.json: ${name}`,
    keys: keysOf(result),
    demand: () => {
      const recorded = graphOf(graph, name);
      const run = { ...result, graph: name, algorithm: name.split('/')[2]!, options: {} };
      const favourites = () => asFavourites(run.favourites, recorded.graph.nodeCount);
      demandRun(run, recorded, recorded.devices, favourites);
    },
  }));
}

function gnmtRows(): Row[] {
  interface GnmtRun {
    readonly mem: string;
    readonly limit_bytes: number;
    readonly algo: string;
    readonly lp: string | null;
    readonly internal_runtime_us: number | null;
    readonly virtual_makespan_us: number;
    readonly favourites: number | null;
    readonly ops_per_device: readonly number[];
    readonly peak_bytes: readonly number[];
    readonly placement_fused: readonly number[];
    readonly placement: readonly number[];
  }
  const { rows } = sharedJson<{ rows: GnmtRun[] }>(`baechi/${GNMT}.tf.results.json`);
  const demand = (run: GnmtRun, dualSimplex: LpSolver): void => {
    const { graph, tensorUs } = recordedGraph(GNMT);
    const { graph: fused, fusedOf, colocation: groups } = fuse(graph, colocation(graph, { keep: 'graph' }));
    expect(Array.from(fusedOf, (node) => run.placement_fused[node])).toEqual(run.placement);
    const schedule = simulate(graph, Int32Array.from(run.placement), run.peak_bytes.length, tensorUs);
    expect(schedule.makespanUs).toBe(run.virtual_makespan_us);
    expect([...schedule.peakBytes]).toEqual(run.peak_bytes);
    expect(inRecordedWords(schedule).ops_per_device).toEqual(run.ops_per_device);
    if (run.algo === 'single' || run.lp === 'highs-ipm') return;
    const devices = devicesOf(run.peak_bytes.map(() => run.limit_bytes));
    const fusedUs = communicationTimes(fused, { usPerByte: Number.NaN, latencyUs: Number.NaN });
    const options = { groups: { colocation: groups, reserve: 'none' as const } };
    const favourites = (): Int32Array => {
      const children = favouriteChildren(fused, fusedUs, dualSimplex)!.favourites;
      expect(children.filter((child) => child >= 0)).toHaveLength(run.favourites!);
      return children;
    };
    const result =
      run.algo === 'm-topo'
        ? placeMTopo(fused, devices, fusedUs, options)
        : run.algo === 'm-etf'
          ? placeMEtf(fused, devices, fusedUs, options)
          : placeMSct(fused, devices, fusedUs, favourites(), options);
    if (result.kind !== 'placement') throw new Error(result.kind);
    expect([...result.device]).toEqual(run.placement_fused);
    if (run.internal_runtime_us !== null) expect(result.estimateUs).toBe(run.internal_runtime_us);
  };
  return rows.map((run) => ({
    name: `${GNMT}.tf.results.json: ${run.algo} ${run.lp ?? ''} at ${run.mem}`,
    keys: keysOf(run),
    demand: (dualSimplex) => demand(run, dualSimplex),
    ...(run.lp === 'highs-ipm'
      ? {
          but: 'only the number of its favourites is recorded, and another version of the solver has others: the placement is simulated, not found',
        }
      : {}),
  }));
}

/** What fusion makes of the graph is compared in `baechi-fusion.test.ts`, node by node; here it is read as a file of its own. */
function fusedGraph(): Row {
  return {
    name: `${GNMT}.fused-coplace.graph.json`,
    keys: [],
    demand: () => {
      const read = recordedGraph(`${GNMT}.fused-coplace`).graph;
      const { graph } = recordedGraph(GNMT);
      const fused = fuse(graph, colocation(graph, { keep: 'graph' })).graph;
      expect([read.edgeSrc, read.edgeDst, read.computeUs, read.permBytes]).toEqual([
        fused.edgeSrc,
        fused.edgeDst,
        fused.computeUs,
        fused.permBytes,
      ]);
    },
  };
}

function graphRow(file: string): Row {
  return {
    name: file,
    keys: [],
    demand: () => {
      const data = sharedJson<{ nodes: { topo?: number }[]; edges: unknown[] }>(`baechi/${file}`);
      const { graph } = recordedGraph(file.replace('.graph.json', ''));
      expect([graph.nodeCount, graph.edgeCount]).toEqual([data.nodes.length, data.edges.length]);
      if (data.nodes[0]!.topo === undefined) return;
      expect([...graph.topoRank]).toEqual(data.nodes.map(({ topo }) => topo));
    },
  };
}

function summaryRows(): Row[] {
  interface Summary {
    readonly file: string;
    readonly graph: string;
    readonly memory_bytes: number;
    readonly algorithm: string;
    readonly options: object;
    readonly internal_runtime_us: number | null;
    readonly virtual_makespan_us: number | null;
    readonly ops: readonly number[] | null;
    readonly peak: readonly number[] | null;
    readonly cut_edges: number | null;
    readonly transfers: number | null;
    readonly transfer_bytes: number | null;
    readonly favourites: number | null;
    readonly lp_relaxed: number | null;
    readonly error: string | null;
  }
  return sharedJson<Summary[]>('baechi/summary.json').map((row) => ({
    name: `summary.json: ${row.file}`,
    keys: keysOf(row),
    // It repeats figures of the runs, which are demanded there: that it repeats those is what is left to show.
    demand: () => {
      const run = sharedJson<RecordedRun & { readonly favourite_children?: number }>(`baechi/${row.file}`);
      const simulated = run.virtual_scheduler as RecordedSimulation | undefined;
      expect(row).toMatchObject({
        graph: run.graph,
        algorithm: run.algorithm,
        options: run.options,
        memory_bytes: run.memory_bytes![0],
        internal_runtime_us: run.internal_runtime_us ?? null,
        virtual_makespan_us: simulated?.makespan_us ?? null,
        ops: simulated?.ops_per_device ?? null,
        peak: simulated?.peak_bytes_per_device ?? null,
        cut_edges: simulated?.cut_edges ?? null,
        transfers: simulated?.transfers ?? null,
        transfer_bytes: simulated?.transfer_bytes ?? null,
        favourites: run.favourite_children ?? null,
        lp_relaxed: run.lp_relaxed_makespan_us ?? null,
        error: run.error ?? null,
      });
    },
  }));
}
