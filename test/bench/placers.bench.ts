/** The published placers, their linear program and the simulator, as functions: CPU time on the graphs that the authors' code was recorded with. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { defaultSolver } from '../../server/src/baechi/default-solver.ts';
import type { Device } from '../../server/src/baechi/devices.ts';
import { favouriteChildrenProgram } from '../../server/src/baechi/favourite-children.ts';
import { placeMEtf } from '../../server/src/baechi/m-etf.ts';
import { placeMSct } from '../../server/src/baechi/m-sct.ts';
import { placeMTopo } from '../../server/src/baechi/m-topo.ts';
import { simulate } from '../../server/src/baechi/schedule.ts';
import type { Graph } from '../../server/src/graph/graph.ts';
import { communicationTimes } from '../../server/src/graph/link-model.ts';
import { readGraph } from '../../server/src/graph/source.ts';
import { cpuTime } from './cpu-time.ts';

const recorded = fileURLToPath(new URL('../../../shared/data/baechi/', import.meta.url));

interface Instance {
  readonly graph: Graph;
  readonly devices: readonly Device[];
  readonly tensorUs: Float64Array;
}

interface Task {
  readonly what: string;
  /** CPU ms of the authors' code with 200, 2,000 and 10,000 nodes, where they were recorded, and ours at most. */
  readonly references?: readonly number[];
  readonly targets: readonly number[];
  /** By size; 15 unless said. */
  readonly runs?: readonly number[];
  /** What is to be done again and again. */
  readonly prepare: (instance: Instance, nodes: number) => (() => void) | Promise<() => void>;
}

const TASKS: readonly Task[] = [
  {
    what: 'm-ETF',
    references: [27.6, 1303, 19_924],
    targets: [0.3, 3, 20],
    prepare:
      ({ graph, devices, tensorUs }) =>
      () =>
        void placeMEtf(graph, devices, tensorUs),
  },
  {
    what: 'm-TOPO and its simulation',
    references: [3.6, 36.3, 311],
    targets: [0.1, 0.5, 3],
    prepare:
      ({ graph, devices, tensorUs }) =>
      () =>
        void placeMTopo(graph, devices, tensorUs),
  },
  {
    what: 'm-SCT without its linear program',
    references: [29.5, 1280, 15_529],
    targets: [1, 5, 40],
    prepare({ graph, devices, tensorUs }, nodes) {
      const favourites = recordedFavourites(nodes);
      return () => void placeMSct(graph, devices, tensorUs, favourites);
    },
  },
  {
    what: 'simulation of m-ETF',
    targets: [0.05, 0.6, 4],
    prepare({ graph, devices, tensorUs }) {
      const placed = placeMEtf(graph, devices, tensorUs);
      if (placed.kind !== 'placement') throw new Error(`m-ETF ends with ${placed.kind}`);
      return () => void simulate(graph, placed.device, devices.length, tensorUs);
    },
  },
  {
    what: "m-SCT's linear program",
    references: [18.5, 597, 7428],
    targets: [100, 500, 20_000],
    runs: [5, 3, 1],
    async prepare({ graph, tensorUs }) {
      const solve = await defaultSolver();
      const program = favouriteChildrenProgram(graph, tensorUs);
      return () => void solve(program);
    },
  },
];

function recordedInstance(nodes: number): Instance {
  const data = JSON.parse(readFileSync(`${recorded}layered-${nodes}.graph.json`, 'utf8')) as {
    devices: { memory_bytes: number }[];
  };
  const read = readGraph(data, `layered-${nodes}`);
  if (!read.ok) throw new Error(`layered-${nodes} cannot be read`);
  const { graph } = read;
  const devices = data.devices.map(({ memory_bytes }, d) => ({ name: `gpu${d}`, memory: memory_bytes }));
  return { graph, devices, tensorUs: communicationTimes(graph, { usPerByte: 1e-4, latencyUs: 30 }) };
}

/** The favourite children that the authors' code found with the dual simplex. */
function recordedFavourites(nodes: number): Int32Array {
  const file = `${recorded}layered-${nodes}.tf.m-sct_backend-highs-ds.json`;
  const { favourites } = JSON.parse(readFileSync(file, 'utf8')) as { favourites: [parent: number, child: number][] };
  const childOf = new Int32Array(nodes).fill(-1);
  for (const [parent, child] of favourites) childOf[parent] = child;
  return childOf;
}

const onRecordedGraphs = TASKS.flatMap(({ what, references, targets, runs, prepare }) =>
  [200, 2000, 10_000].map((nodes, size) => {
    let call: () => void;
    const reference = references?.[size];
    return {
      name: `${what}, layered-${nodes}, CPU`,
      runs: runs?.[size] ?? 15,
      target: { value: targets[size]!, unit: 'ms' },
      ...(reference !== undefined && { reference: { value: reference, unit: 'ms', source: 'recorded, CPU time' } }),
      setup: async () => void (call = await prepare(recordedInstance(nodes), nodes)),
      run: () => cpuTime(call),
    };
  }),
);

/** A process of its own places a graph of 100,000 nodes: its CPU time for the placing alone, and the most memory that it had. */
function placedAlone(): { cpuMs: number; mostMiB: number } {
  const script = fileURLToPath(new URL('./hundred-thousand-nodes.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(execPath, [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { cpuMs: number; mostMiB: number };
}

export default [
  ...(existsSync(recorded) ? onRecordedGraphs : []),
  {
    name: 'm-ETF of 100,000 nodes in a new process, CPU',
    target: { value: 500, unit: 'ms' },
    run: () => placedAlone().cpuMs,
  },
  {
    name: 'memory of the process that places 100,000 nodes with m-ETF, building the graph included',
    runs: 3,
    unit: 'MiB',
    target: { value: 500, unit: 'MiB' },
    run: () => placedAlone().mostMiB,
  },
];
