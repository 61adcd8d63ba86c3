/** What is recorded of the PyTorch version, row by row, with what is demanded of it. */
import { expect } from 'vitest';
import { ledgerOf } from '../../server/src/baechi/accounting.ts';
import type { Device } from '../../server/src/baechi/devices.ts';
import { roundFavourites } from '../../server/src/baechi/favourite-children.ts';
import { placeMEtf } from '../../server/src/baechi/m-etf.ts';
import { placeMSct } from '../../server/src/baechi/m-sct.ts';
import { placeMTopo } from '../../server/src/baechi/m-topo.ts';
import type { PlacementResult } from '../../server/src/baechi/placement.ts';
import { devicesOf, keysOf, type Row } from './baechi-record-row.ts';
import { asFavourites, graphOf, recordedGraph, type RecordedGraph, type RecordedRun } from './baechi-recordings.ts';
import { sharedJson } from './shared-data.ts';

/** A run of the PyTorch version. */
interface PyTorchRun {
  readonly error?: string;
  readonly runtime?: number;
  readonly placement?: readonly number[];
  readonly order?: readonly number[];
  readonly schedule?: readonly (readonly [number, number, number, number])[];
  readonly used_mem?: readonly number[];
  readonly peak_mem?: readonly number[];
  readonly fav?: RecordedRun['favourites'];
  readonly x?: readonly number[];
}

const PYTORCH = { channel: 'parallel', memory: { accounting: 'pytorch' } } as const;

function placePyTorch(
  algorithm: string,
  { graph, tensorUs }: RecordedGraph,
  devices: readonly Device[],
  favourites: RecordedRun['favourites'],
): PlacementResult {
  if (algorithm === 'topo') return placeMTopo(graph, devices, tensorUs, { ...PYTORCH, fill: 'even' });
  if (algorithm === 'topo_nocap') return placeMTopo(graph, devices, tensorUs, { ...PYTORCH, fill: 'filled' });
  if (algorithm === 'etf') return placeMEtf(graph, devices, tensorUs, PYTORCH);
  return placeMSct(graph, devices, tensorUs, asFavourites(favourites, graph.nodeCount), PYTORCH);
}

function demandPyTorch(
  algorithm: string,
  run: PyTorchRun,
  recorded: RecordedGraph,
  devices: readonly Device[],
  favourites: RecordedRun['favourites'] = run.fav,
): void {
  const { graph } = recorded;
  const result = placePyTorch(algorithm, recorded, devices, favourites);
  if (run.error) {
    const left = /(\d+) operators cannot be placed/.exec(run.error);
    if (left) {
      expect(result).toMatchObject({ kind: 'dead-end', placed: graph.nodeCount - Number(left[1]) });
      return;
    }
    // The reference stops at a mistake of its own; ours goes on, within the limits.
    expect(run.error).toMatch(/not enough memory to rcv tensor|KeyError: 'p'/);
    if (result.kind !== 'placement') throw new Error(result.kind);
    if (algorithm !== 'topo')
      result.peakBytes.forEach((peak, d) => expect(peak).toBeLessThanOrEqual(devices[d]!.memory));
    return;
  }
  if (result.kind !== 'placement') throw new Error(result.kind);
  expect([...result.device]).toEqual(run.placement);
  expect([...result.peakBytes]).toEqual(run.peak_mem);
  const ledger = ledgerOf(PYTORCH.memory, graph, devices.length, Int32Array.from(run.placement!), true);
  const byStart = [...run.placement!.keys()].sort((a, b) => result.start[a]! - result.start[b]!);
  for (const node of run.schedule ? byStart : run.order!) ledger.charge(node, run.placement![node]!);
  expect([[...ledger.used], [...ledger.peak]]).toEqual([run.used_mem, run.peak_mem]);
  if (!run.schedule) return;
  expect(result.estimateUs).toBe(run.runtime);
  expect(run.schedule.map(([node]) => [node, result.device[node], result.start[node], result.end[node]])).toEqual(
    run.schedule,
  );
}

export function pytorchRows(file: string): Row[] {
  const name = file.split('.')[0]!;
  const { runs, limit_bytes } = sharedJson<{ runs: Record<string, PyTorchRun>; limit_bytes: number }>(`baechi/${file}`);
  const ample = sharedJson<{ runs: Record<string, PyTorchRun> }>(`baechi/${name}.pt-mem-0.8.results.json`).runs;
  return Object.entries(runs).map(([algorithm, run]) => ({
    name: `${file}: ${algorithm}`,
    keys: keysOf(run),
    demand: () => {
      const recorded = recordedGraph(name);
      const devices = devicesOf(recorded.devices.map(() => limit_bytes));
      demandPyTorch(algorithm, run, recorded, devices, run.fav ?? ample[algorithm]!.fav);
    },
    ...(run.error?.includes('rcv')
      ? { but: 'the reference crashes on a receive that it has charged before; ours goes on, and must keep the limits' }
      : {}),
  }));
}

interface Module {
  readonly id: number;
  readonly forward_time: number;
  readonly permanent_mem: number;
  readonly temporary_mem: number;
  readonly children: readonly number[];
  readonly edge_weight: readonly number[];
}

function moduleFigure(name: string): RecordedGraph {
  const all = Object.values(
    sharedJson<Record<string, Record<string, Module>>>('baechi/pt-dummy-graphs.graph.json')[name]!,
  );
  const nodes = all.map((module) => ({
    id: module.id,
    compute_us: module.forward_time,
    perm_bytes: module.permanent_mem,
    temp_bytes: module.temporary_mem,
  }));
  const edges = all.flatMap(({ id, children, edge_weight }) =>
    children.map((dst, k) => ({ src: id, dst, bytes: 0, comm_us: edge_weight[k]!, tensor: `to ${dst}` })),
  );
  return graphOf({ nodes, edges }, name);
}

export function moduleRows(): Row[] {
  const runs = sharedJson<Record<string, PyTorchRun>>('baechi/pt-dummy-graphs.results.json');
  return Object.entries(runs).map(([name, run]) => ({
    name: `pt-dummy-graphs.results.json: ${name}`,
    keys: keysOf(run),
    demand: () => {
      const [figure = '', deviceCount = '', algorithm = '', , threshold] = name.split('/');
      const recorded = moduleFigure(figure);
      const devices = devicesOf(Array.from({ length: Number.parseInt(deviceCount, 10) }, () => 4));
      demandPyTorch(algorithm, run, recorded, devices);
      if (!run.x) return;
      const rounded = roundFavourites(recorded.graph, Float64Array.from(run.x), Number(threshold));
      expect(rounded).toEqual(asFavourites(run.fav, recorded.graph.nodeCount));
    },
    ...(run.error?.includes('KeyError')
      ? { but: 'the reference stops at node numbers that are in no topological order; ours sweeps in one' }
      : {}),
  }));
}

export function moduleGraphs(): Row {
  const figures = sharedJson<Record<string, object>>('baechi/pt-dummy-graphs.graph.json');
  return {
    name: 'pt-dummy-graphs.graph.json',
    keys: [],
    demand: () => {
      for (const [name, modules] of Object.entries(figures)) {
        expect(moduleFigure(name).graph.nodeCount).toBe(Object.keys(modules).length);
      }
    },
  };
}
