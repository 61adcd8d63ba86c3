/**
 * Placed PyTorch runs beside what was predicted of them: the module is profiled on one thread, placed on two devices, simulated, and run in two
 * processes of one thread each. One device and layers halved by their time stand beside it. Needs BERTH_PYTORCH.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defaultSolver } from '../../server/src/baechi/default-solver.ts';
import { planPlacement } from '../../server/src/baechi/plan.ts';
import { simulateStep, trainingRun, type TrainingRun } from '../../server/src/baechi/training-run.ts';
import type { Graph } from '../../server/src/graph/graph.ts';
import { linkModel } from '../../server/src/graph/link-model.ts';
import { readGraph } from '../../server/src/graph/source.ts';
import type { Bytes } from '../../server/src/spec/types.ts';
import { DeviceProcesses } from '../pytorch/device-processes.ts';
import { OFFLINE, PYTORCH } from '../pytorch/python.ts';

const STEPS = 12;
/** The first steps are measured for memory, and warm up. */
const WARM_UP = 4;
/** What two processes of one machine move over its loopback interface: copied twice, and woken up for. */
const LINK = linkModel({ bandwidth: 1e9, latency: 0.3 });

interface Trained {
  readonly name: string;
  readonly module: string;
  /** What `berth profile` is given; the module of the profile where it is another. */
  readonly profiled: string;
  readonly batch: readonly string[];
  readonly batchSize: number;
  readonly learningRate: number;
  /** Parameters, gradients and what the optimizer keeps, in multiples of the parameters. */
  readonly copies: number;
}

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const KNOWN = path('test/pytorch/models/known.py');

const TRAINED: readonly Trained[] = [
  {
    name: 'chars, batch 16',
    module: path('examples/models/chars.py:Net'),
    profiled: path('examples/models/chars.py:example'),
    batch: [],
    batchSize: 16,
    learningRate: 0.003,
    copies: 4,
  },
  {
    name: 'resnet50, batch 4',
    module: `${KNOWN}:resnet50`,
    profiled: `${KNOWN}:resnet50`,
    batch: ['images=4x3x64x64', 'labels=4:int64:1000'],
    batchSize: 4,
    learningRate: 1e-3,
    copies: 3,
  },
  {
    name: 'GPT-2, 1 × 32',
    module: `${KNOWN}:gpt2`,
    profiled: `${KNOWN}:gpt2`,
    batch: ['input_ids=1x32:int64', 'labels=1x32:int64:30000'],
    batchSize: 1,
    learningRate: 1e-4,
    copies: 3,
  },
];

interface Profiled {
  readonly nodes: { name: string; memory?: { persistent?: string }; op: Record<string, unknown> }[];
}

function profiled({ profiled: module, batch, copies }: Trained): { graph: Graph; ops: readonly object[] } {
  const request = {
    module,
    batch,
    inputs: null,
    device: 'cpu',
    by: 'op',
    training: true,
    ways: ['export'],
    keepWhole: [],
    warmup: 3,
    repeat: 7,
    seed: 5,
    assume: {},
    check: false,
  };
  const { stdout, stderr } = spawnSync(PYTORCH!, ['-m', 'berth_torch.profile'], {
    input: `${JSON.stringify(request)}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...OFFLINE, OMP_NUM_THREADS: '1' },
  });
  const { answer } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { answer?: { graph: Profiled } };
  if (answer === undefined) throw new Error(`${stdout.slice(-500)} ${stderr.slice(-1000)}`);
  delete (answer.graph as { metadata?: { profile?: object } }).metadata?.profile;
  for (const { memory } of answer.graph.nodes)
    if (memory?.persistent !== undefined) memory.persistent = `${copies * parseInt(memory.persistent)}B`;
  const read = readGraph(answer.graph);
  if (!read.ok) throw new Error(JSON.stringify(read.problems).slice(0, 500));
  return { graph: read.graph, ops: answer.graph.nodes.map(({ op }) => op) };
}

interface Comparison {
  readonly predictedMs: number;
  readonly measuredMs: number;
  readonly predictedBytes: readonly number[];
  readonly measuredBytes: readonly number[];
}

async function compared(
  trained: Trained,
  run: TrainingRun,
  ops: readonly object[],
  device: Int32Array,
): Promise<Comparison> {
  const { schedule } = simulateStep(run, device);
  const { graph } = run;
  const order = Array.from(graph.names.keys()).sort((a, b) => schedule.start[a]! - schedule.start[b]!);
  const devices = 1 + Math.max(...device);
  process.env.BERTH_TEST_MODEL = /:(\w+)$/.exec(trained.module)![1]!;
  const processes = new DeviceProcesses({
    python: PYTORCH!,
    module: trained.module,
    batchSize: trained.batchSize,
    learningRate: trained.learningRate,
    devices,
    threads: 1,
    nodes: order.map((node) => ({ name: graph.names[node]!, device: device[node]!, op: ops[node]! })),
  });
  try {
    await processes.start();
    const times: number[] = [];
    const peaks = new Array<number>(devices).fill(0);
    for (let step = 0; step < STEPS; step++) {
      const begin = performance.now();
      const { devices: done } = await processes.step(step);
      if (step >= WARM_UP) times.push(performance.now() - begin);
      done.forEach(({ peakBytes }, i) => (peaks[i] = Math.max(peaks[i]!, peakBytes ?? 0)));
    }
    return {
      predictedMs: schedule.makespanUs / 1000,
      measuredMs: times.sort((a, b) => a - b)[times.length >> 1]!,
      predictedBytes: Array.from(schedule.peakBytes).slice(0, devices),
      measuredBytes: peaks,
    };
  } finally {
    await processes.end();
  }
}

/** The first device has the layers of the first half of the time. */
function halved(graph: Graph): Int32Array {
  // of a node without a backward run the time is no number
  const time = (node: number) => graph.computeUs[node]! + (graph.backwardUs?.[node] || 0);
  const order = Array.from(graph.names.keys()).sort((a, b) => graph.topoRank[a]! - graph.topoRank[b]!);
  const total = order.reduce((sum, node) => sum + time(node), 0);
  const device = new Int32Array(graph.nodeCount);
  let before = 0;
  for (const node of order) {
    device[node] = before < total / 2 ? 0 : 1;
    before += time(node);
  }
  return device;
}

async function figures(trained: Trained): Promise<Readonly<Record<'placed' | 'single' | 'equal layers', Comparison>>> {
  const { graph, ops } = profiled(trained);
  const wide = trainingRun(graph, [{ name: 'gpu0', memory: 1e15 }], LINK);
  const alone = new Int32Array(graph.nodeCount);
  // neither device can hold more than three quarters of what all takes
  const memory = Math.ceil(0.75 * simulateStep(wide, alone).schedule.peakBytes[0]!) as Bytes;
  const devices = [0, 1].map((i) => ({ name: `gpu${i}`, memory }));
  const run = trainingRun(graph, devices, LINK);
  const plan = planPlacement('auto', run, { solve: await defaultSolver() });
  if (plan.kind === 'cancelled' || !plan.best?.fits) throw new Error('no placement fits');
  return {
    placed: await compared(trained, run, ops, plan.best.result.device),
    single: await compared(trained, run, ops, alone),
    'equal layers': await compared(trained, run, ops, halved(graph)),
  };
}

/** Percent by which the measured value is off the predicted one. */
const off = (measured: number, predicted: number): number => (100 * Math.abs(measured - predicted)) / predicted;

export default PYTORCH === undefined
  ? []
  : TRAINED.flatMap((trained) => {
      let found: Awaited<ReturnType<typeof figures>> | undefined;
      const known = async () => (found ??= await figures(trained));
      return [
        {
          name: `${trained.name}, placed on two processes: step time off its prediction`,
          runs: 1,
          unit: '%',
          target: { value: 25, unit: '%' },
          run: async () => {
            const all = await known();
            return { value: off(all.placed.measuredMs, all.placed.predictedMs), details: all };
          },
        },
        {
          name: `${trained.name}, placed on two processes: peak memory off its prediction`,
          runs: 1,
          unit: '%',
          target: { value: 10, unit: '%' },
          run: async () => {
            const { measuredBytes, predictedBytes } = (await known()).placed;
            return Math.max(...measuredBytes.map((bytes, i) => off(bytes, predictedBytes[i]!)));
          },
        },
      ];
    });
