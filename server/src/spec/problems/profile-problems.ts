/** BERTH314x and 315x: PyTorch modules, their profiles, and what other tools are told of a placement. Codes are shared with `server/runtime/python`. */
import { entry, joined, list, sentence } from './entry.ts';

export const PROFILE_PROBLEMS = {
  BERTH3140: entry<{ python: string; detail: string }>({
    severity: 'error',
    title: 'No PyTorch',
    message: (p) => sentence(`"${p.python}" cannot run PyTorch modules: ${p.detail}`),
    hint: 'Say with --python or BERTH_PYTHON which Python has PyTorch 1.13 or later, or activate its environment.',
    example: { python: 'python3', detail: 'No module named "torch"' },
  }),
  BERTH3141: entry<{ module: string; detail: string; names: readonly string[] }>({
    severity: 'error',
    title: 'Module not found',
    message: (p) =>
      sentence(
        `"${p.module}" names no module: ${p.detail}${p.names.length > 0 ? `; there are ${list(p.names, 'and')}` : ''}`,
      ),
    hint: 'Name a file or package and, after a colon, a class or function in it: models/net.py:Net.',
    example: { module: 'net.py:Nte', detail: 'net.py has no "Nte"', names: ['Net'] },
  }),
  BERTH3142: entry<{ module: string; when: string; detail: string; at?: string | null | undefined }>({
    severity: 'error',
    title: 'Module raises an error',
    message: (p) => sentence(`"${p.module}" raises an error when it ${p.when}${p.at ? ` (${p.at})` : ''}: ${p.detail}`),
    hint: 'Correct it: Python alone must be able to import it, make it and call it with the given inputs.',
    example: { module: 'net.py:Net', when: 'is made', detail: 'ValueError: no such layer', at: 'net.py:12' },
  }),
  BERTH3143: entry<{ module: string; detail: string }>({
    severity: 'error',
    title: 'Nothing to profile',
    message: (p) => sentence(`"${p.module}" cannot be profiled: ${p.detail}`),
    hint: 'Name a torch.nn.Module, or a function that returns one, and give shapes with --batch or a function with --inputs.',
    example: { module: 'net.py:Net', detail: 'nothing says what its forward is given (x)' },
  }),
  BERTH3144: entry<{ batch: string }>({
    severity: 'error',
    title: 'Shape malformed',
    message: (p) => `"${p.batch}" is no shape of an input.`,
    hint: 'Write it as 8x3x224x224, with a name as images=8x3x224x224, and with a type as 2x128:int64, or 2x128:int64:30000 for numbers below 30000.',
    example: { batch: '8*3*224' },
  }),
  BERTH3145: entry<{ ways: readonly (readonly [way: string, why: string])[] }>({
    severity: 'error',
    title: 'Module does not trace',
    message: (p) =>
      sentence(
        `No way leads to the module's graph. ${p.ways.map(([way, why]) => `${WAY_NAMES[way] ?? way}: ${why}`).join('. ')}`,
      ),
    hint: 'Call the module with these inputs in Python alone: what fails there fails here. Module hooks work for whatever runs.',
    example: {
      ways: [
        ['export', 'data-dependent control flow'],
        ['hooks', 'ValueError: it wants three channels'],
      ],
    },
  }),
  BERTH3146: entry<{ device: string; detail: string }>({
    severity: 'error',
    title: 'Device not there',
    message: (p) => sentence(`"${p.device}" cannot be measured on: ${p.detail}`),
    hint: 'See what there is with berth profile --devices.',
    example: { device: 'cuda:3', detail: 'PyTorch sees 2 CUDA devices here, counted from 0' },
  }),
  BERTH3147: entry<{ module: string; graph: string; difference?: string | undefined }>({
    severity: 'error',
    title: 'Profile of another version',
    message: (p) =>
      sentence(
        `The graph "${p.graph}" was made from another version of "${p.module}"${p.difference === undefined ? '' : `: ${p.difference}`}`,
      ),
    hint: 'Profile the module again, with the inputs that it is to run with.',
    example: {
      module: 'net.py:Net',
      graph: 'net.graph.json',
      difference: 'now there is "conv2d_3", and no "linear_1"',
    },
  }),
  BERTH3148: entry<{ detail: string }>({
    severity: 'error',
    title: 'Profiling ended early',
    message: (p) => sentence(`The program that measures ended before it was done: ${p.detail}`),
    hint: 'Try a smaller batch, or --device meta, which needs no memory.',
    example: { detail: 'it was ended by SIGKILL, which is what happens where memory runs out' },
  }),
  BERTH3150: entry<{ graph: string; format: string }>({
    severity: 'error',
    title: 'Graph without a profile',
    message: (p) => `"${p.graph}" does not say which parameters its nodes read, which ${p.format} asks for.`,
    hint: 'Make the graph with berth profile, or export with --to json, which asks for nothing.',
    example: { graph: 'net.graph.yaml', format: 'a device_map of accelerate' },
  }),
  BERTH3151: entry<{ format: string; detail: string; other?: readonly string[] | undefined }>({
    severity: 'error',
    title: 'Placement cannot be expressed',
    message: (p) => sentence(`This placement cannot be expressed by ${p.format}: ${p.detail}`),
    hint: (p) =>
      p.other && p.other.length > 0
        ? `Export with --to ${joined(p.other)}, or place whole layers one after the other (algorithm: m-TOPO, or pins).`
        : 'Place whole layers one after the other (algorithm: m-TOPO, or pins), or export with --to json.',
    example: {
      format: 'torch.distributed.pipelining',
      detail: '"h/3" on gpu0 comes after "h/2" on gpu1',
      other: ['accelerate'],
    },
  }),
  BERTH3152: entry<{ file: string; detail: string }>({
    severity: 'error',
    title: 'Not a device map',
    message: (p) => sentence(`"${p.file}" is no device_map: ${p.detail}`),
    hint: 'Give JSON that maps names of modules or parameters to devices, such as {"transformer.wte": 0, "transformer.h.0": 1}.',
    example: { file: 'map.json', detail: '"transformer.h.0" is mapped to a list' },
  }),
  BERTH3153: entry<{ file: string; missing: readonly string[]; all: number }>({
    severity: 'error',
    title: 'Device map does not cover the module',
    message: (p) =>
      `"${p.file}" says of ${p.missing.length === 1 && p.all === 1 ? 'one parameter' : `${p.all} parameters`} not where they are: ${list(p.missing, 'and', 4)}.`,
    hint: 'Add these modules to the map.',
    example: { file: 'map.json', missing: ['lm_head.weight'], all: 1 },
  }),
  BERTH3154: entry<{ detail: string }>({
    severity: 'error',
    title: 'Devices of a map malformed',
    message: (p) => sentence(`The devices cannot be understood: ${p.detail}`),
    hint: 'Give --memory 8Gi or one size for each device, --bandwidth 5.7GB/s and --latency 134us.',
    example: { detail: '"8" needs a unit' },
  }),
};

const WAY_NAMES: Readonly<Record<string, string>> = {
  export: 'torch.export',
  fx: 'torch.fx',
  hooks: 'Module hooks',
};
