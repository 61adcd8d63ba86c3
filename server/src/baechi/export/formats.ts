/** The forms in which other tools read a placement: the command, its help and its docs read this registry. */
import { intAt, itemAt } from '../../numeric/at.ts';
import type { PipelineSchedule, PipelineShape } from '../pipeline/orders.ts';
import { moduleMapOf } from './module-map.ts';
import { refused, type PlacedModule, type Written } from './placed-module.ts';
import { beginningOf, layersPerStage, stagesOf, unitsOf } from './stages.ts';

export interface ExportFormat {
  readonly name: string;
  /** For people: `a device_map of accelerate`. */
  readonly title: string;
  readonly documentation: string;
  /** Whether it cuts a batch into micro-batches: of a spec with a pipeline the stages of that are written. */
  readonly isPipeline?: true;
  /** The text; `runs`, where nodes run elsewhere than planned: by node index. */
  write(placed: PlacedModule): Written<{ readonly text: string; readonly runs?: Int32Array }>;
}

const accelerate: ExportFormat = {
  name: 'accelerate',
  title: 'a device_map of accelerate',
  documentation: 'JSON for dispatch_model: each parameter under one module, each module on one device.',
  write(placed) {
    const result = moduleMapOf(placed);
    if (!result.ok) return result;
    const { map, runs } = result;
    const entries = Array.from(map, ([name, device]) => [name, acceleratorOf(placed, device)] as const);
    return { ok: true, text: `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`, runs };
  },
};

/** Accelerators are counted in the order of the spec; the CPU goes by its name. */
function acceleratorOf({ devices }: PlacedModule, device: number): number | 'cpu' {
  if (itemAt(devices, device).name === 'cpu') return 'cpu';
  return devices.slice(0, device).filter(({ name }) => name !== 'cpu').length;
}

const pipelining: ExportFormat = {
  name: 'pipelining',
  title: 'torch.distributed.pipelining',
  documentation:
    'Python: the split_spec of torch.distributed.pipelining.pipeline, and the stages in order of their ranks.',
  isPipeline: true,
  write(placed) {
    const found = stagesOf(placed);
    if (!found.ok) return found;
    const { stages } = found;
    const splits: string[] = [];
    for (const [i, stage] of stages.entries()) {
      if (i === 0) continue;
      const name = beginningOf(placed.graph, stage, itemAt(stages, i - 1));
      if (name === undefined)
        return refused(
          `no module begins where ${itemAt(placed.devices, stage.device).name} takes over, at "${itemAt(placed.graph.names, itemAt(stage.nodes, 0))}"`,
        );
      splits.push(`    ${JSON.stringify(name)}: SplitPoint.BEGINNING,`);
    }
    const names = stages.map(({ device }) => JSON.stringify(itemAt(placed.devices, device).name)).join(', ');
    const lines = [
      'from torch.distributed.pipelining import SplitPoint',
      '',
      'split_spec = {',
      ...splits,
      '}',
      '',
      '# devices of the stages, by rank',
      `stages = [${names}]`,
      ...(placed.pipeline ? microBatches(placed.pipeline) : []),
    ];
    return { ok: true, text: `${lines.join('\n')}\n` };
  },
};

/** As `get_schedule_class` of torch.distributed.pipelining calls them; zero-bubble it has for interleaved stages alone. */
const TORCH_SCHEDULES: Readonly<Record<PipelineSchedule, string | undefined>> = {
  gpipe: 'GPipe',
  '1f1b': '1F1B',
  interleaved: 'Interleaved1F1B',
  'zero-bubble': undefined,
};

function microBatches({ schedule, microBatches: count }: PipelineShape): readonly string[] {
  const name = TORCH_SCHEDULES[schedule];
  return [
    '',
    `n_microbatches = ${count}`,
    name === undefined ? `# planned with the schedule ${schedule}` : `schedule = ${JSON.stringify(name)}`,
  ];
}

const deepspeed: ExportFormat = {
  name: 'deepspeed',
  title: "DeepSpeed's PipelineModule",
  documentation:
    'JSON: the layers of a PipelineModule, and parts: the layer with which each stage begins, and their number.',
  isPipeline: true,
  write(placed) {
    const found = stagesOf(placed);
    if (!found.ok) return found;
    const listed = unitsOf(placed.graph, found.stages);
    if (!listed.ok) return listed;
    const { units } = listed;
    const parts = [...found.stages.map((_, stage) => units.findIndex((unit) => unit.stage === stage)), units.length];
    const layers = units.map(({ name }) => name);
    const devices = found.stages.map(({ device }) => itemAt(placed.devices, device).name);
    return { ok: true, text: `${JSON.stringify({ layers, parts, devices }, null, 2)}\n` };
  },
};

const vllm: ExportFormat = {
  name: 'vllm',
  title: "vLLM's pipeline parallelism",
  documentation: 'Shell: --pipeline-parallel-size and VLLM_PP_LAYER_PARTITION, the decoder layers of each rank.',
  write(placed) {
    const counts = decoderLayers(placed);
    if (!counts.ok) return counts;
    const partition = counts.counts.join(',');
    return {
      ok: true,
      text: `VLLM_PP_LAYER_PARTITION=${partition} vllm serve MODEL --pipeline-parallel-size ${counts.counts.length}\n`,
    };
  },
};

const llamaCpp: ExportFormat = {
  name: 'llama.cpp',
  title: 'llama.cpp',
  documentation:
    'Arguments: --split-mode layer, --tensor-split and --n-gpu-layers; the output counts as a layer of the last device.',
  write(placed) {
    const found = stagesOf(placed);
    if (!found.ok) return found;
    const result = layersPerStage(placed.graph, found.stages);
    if (!result.ok) return result;
    const { counts } = result;
    const stages = found.stages.map(({ device }, i) => ({
      device,
      layers: itemAt(counts, i) + (i === counts.length - 1 ? 1 : 0),
    }));
    const name = (device: number): string => itemAt(placed.devices, device).name;
    const onCpu = stages.findIndex(({ device }) => name(device) === 'cpu');
    if (onCpu > 0) return refused('layers on the CPU come first there, and here they come after others');
    const cards = stages.slice(onCpu + 1);
    const order = cards.map(({ device }) => device);
    if (order.some((device, i) => i > 0 && device < itemAt(order, i - 1)))
      return refused(
        `devices are filled in their order there, and here ${order.map(name).join(', ')} follow one another`,
      );
    // what is left out of the spec's devices has no share
    const split = placed.devices.flatMap((one, d) =>
      one.name === 'cpu' ? [] : [cards.find(({ device }) => device === d)?.layers ?? 0],
    );
    const layers = cards.reduce((sum, one) => sum + one.layers, 0);
    return { ok: true, text: `--split-mode layer --tensor-split ${split.join(',')} --n-gpu-layers ${layers}\n` };
  },
};

function decoderLayers(placed: PlacedModule): ReturnType<typeof layersPerStage> {
  const found = stagesOf(placed);
  return found.ok ? layersPerStage(placed.graph, found.stages) : found;
}

/** Formats that need to know which parameters nodes read. */
export const MODULE_FORMATS: readonly ExportFormat[] = [accelerate, pipelining, deepspeed, vllm, llamaCpp];

/** All of them; the last asks for nothing. */
export const EXPORTS: readonly Pick<ExportFormat, 'name' | 'documentation'>[] = [
  ...MODULE_FORMATS,
  { name: 'json', documentation: "JSON: the device of each node, with the step's time and each device's peak." },
];

/** Node names to device names, for any graph. */
export function placementJson(
  placed: Pick<PlacedModule, 'name' | 'graph' | 'devices' | 'device'>,
  figures: Readonly<Record<string, unknown>>,
): string {
  const { name, graph, devices, device } = placed;
  const nodes = graph.names.map((node, i) => [node, itemAt(devices, intAt(device, i)).name] as const);
  const placement: Readonly<Record<string, string>> = Object.fromEntries(nodes);
  return `${JSON.stringify({ name, ...figures, placement }, null, 2)}\n`;
}
