/**
 * How good the placements of `auto`'s search are after 2 seconds of one core's time, in simulated µs: the median of five seeds, on the
 * recorded graphs and on graphs made here, which nothing was chosen by. `npm run bench -- placement --seconds 30` gives it longer.
 */
import { readFileSync } from 'node:fs';
import { cpuUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import { searchPlacement } from '../../server/src/baechi/search/search.ts';
import { trainingRun, type RunGroups, type TrainingRun } from '../../server/src/baechi/training-run.ts';
import { readGraph } from '../../server/src/graph/source.ts';
import { devices, randomGraph } from '../unit/baechi/small-graph.ts';

const recorded = fileURLToPath(new URL('../../../shared/data/baechi/', import.meta.url));

interface Case {
  readonly file: string;
  /** Of the graph's memory, for each of four devices. */
  readonly share?: number;
  readonly groups?: boolean;
  /** Simulated µs wanted after 2 s and after 30 s. */
  readonly targets: readonly [short: number | undefined, long: number | undefined];
  /** Of the published placers, by the same simulator. */
  readonly published?: number;
}

const CASES: readonly Case[] = [
  { file: 'layered-200', targets: [25_000, 24_400], published: 30_142 },
  { file: 'layered-200', share: 0.15, targets: [24_600, undefined] },
  { file: 'layered-200', share: 0.12, targets: [25_000, undefined], published: 32_423 },
  { file: 'layered-200', share: 0.1, targets: [undefined, 25_100] },
  { file: 'layered-200', share: 0.09, targets: [undefined, 27_700] },
  { file: 'layered-2000', targets: [252_000, 251_500], published: 253_028 },
  { file: 'layered-10000', targets: [1_243_000, 1_240_280], published: 1_247_798 },
  { file: 'real-inceptionv3-train-layers', targets: [300_000, 287_000], published: 404_461 },
  { file: 'real-gnmt-train-layers', targets: [340_000, 338_850], published: 378_883 },
  { file: 'gnmt-fwd-b128-s40', targets: [92_000, 89_500], published: 116_762 },
  { file: 'real-inceptionv3-train-layers', groups: true, targets: [undefined, 432_000], published: 712_134 },
  { file: 'real-gnmt-train-layers', groups: true, targets: [undefined, 347_000], published: 400_827 },
  { file: 'gnmt-fwd-b128-s40', groups: true, targets: [undefined, 88_500], published: 116_762 },
];

/** What recorded runs without limits of their own had (the forward graph of GNMT), bytes. */
const AMPLE = 8e9;
const RECORDED_SHARE = 0.4;
const KEPT: RunGroups = { keep: 'graph', reserve: 'needed', fuse: false, adjust: 'none' };

function recordedRun({ file, share = RECORDED_SHARE, groups = false }: Case): TrainingRun {
  const read = readGraph(JSON.parse(readFileSync(`${recorded}${file}.graph.json`, 'utf8')), file);
  if (!read.ok) throw new Error(`${file} cannot be read`);
  const { graph, devices: given } = read;
  const memory = Math.floor(given?.[0] ? (given[0].memory / RECORDED_SHARE) * share : AMPLE);
  const four = Array.from({ length: 4 }, (_, d) => ({ name: `gpu${d}`, memory }));
  const link = { usPerByte: 0.000_175_4, latencyUs: 134 };
  return trainingRun(graph, four, link, undefined, groups ? { groups: KEPT } : {});
}

/** @returns simulated µs, and whether the limits hold, for the next seed. */
function searched(run: TrainingRun, seconds: number, seed: number) {
  const clock = (): number => {
    const { user, system } = cpuUsage();
    return (user + system) / 1000;
  };
  const found = searchPlacement(run, {
    budget: { ms: 1000 * seconds },
    seed,
    clock,
    ...(run.colocation && { together: run.colocation.unitOf }),
  })!;
  return {
    value: found.excessBytes > 0 ? Infinity : found.makespanUs,
    details: { moves: found.moves, boundUs: found.boundUs, excessBytes: found.excessBytes },
  };
}

export default ({ seconds = 2 }: { seconds?: number }) => [
  ...CASES.map((one) => {
    const { file, share, groups, targets, published } = one;
    const target = seconds <= 2 ? targets[0] : targets[1];
    let run: TrainingRun;
    let seed = 0;
    return {
      name: `search of ${file}${share === undefined ? '' : ` at ${100 * share} % memory`}${groups ? ', groups kept' : ''}, ${seconds} s`,
      unit: 'µs simulated',
      ...(target === undefined ? {} : { target: { value: target, unit: 'µs simulated' } }),
      ...(published === undefined
        ? {}
        : { reference: { value: published, unit: 'µs simulated', source: 'published placers and METIS' } }),
      setup: () => void (run = recordedRun(one)),
      run: () => searched(run, seconds, ++seed),
    };
  }),
  ...[100, 1000].map((nodes) => {
    let seed = 0;
    return {
      name: `search of random graphs of ${nodes} nodes, above the bound, ${seconds} s`,
      unit: '%',
      run: () => {
        const run = trainingRun(randomGraph(++seed, nodes), devices(1e9, 1e9, 1e9, 1e9), {
          usPerByte: 2,
          latencyUs: 0,
        });
        const { value, details } = searched(run, seconds, seed);
        return { value: 100 * (value / details.boundUs - 1), details };
      },
    };
  }),
];
