import { readGraphFile } from '../../graph/source.ts';
import { pythonFor, runPython } from '../../host/python.ts';
import { formatQuantity } from '../../spec/quantities/quantity.ts';
import { problemError } from '../../spec/problems/problem-error.ts';
import { EXIT } from '../exit-code.ts';
import { readSpecOrGraph, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { milliseconds } from '../text/number.ts';
import { table, wrapped } from '../text/table.ts';
import { mustBeWritable, writeText } from '../write-file.ts';

export const PROFILE_BY = ['op', 'module'] as const;
export const PROFILE_WAYS = ['export', 'fx', 'hooks'] as const;

export interface ProfileOptions {
  readonly batch: readonly string[];
  readonly inputs?: string;
  readonly out?: string;
  readonly by: (typeof PROFILE_BY)[number];
  readonly device: string;
  readonly inference: boolean;
  readonly way?: (typeof PROFILE_WAYS)[number];
  readonly keepWhole: readonly string[];
  readonly warmup: number;
  readonly repeat: number;
  readonly seed: number;
  readonly flops: number;
  readonly bandwidth: number;
  readonly python?: string;
  readonly devices: boolean;
  readonly check?: string;
}

/** Measures a PyTorch module with the user's Python and writes its graph; or what devices there are. */
export async function profile(session: Session, module: string | undefined, options: ProfileOptions): Promise<number> {
  if (options.devices) return devices(session, options);
  if (module === undefined) throw problemError('BERTH3143', NOTHING, { exitCode: EXIT.usage });
  if (options.out !== undefined) mustBeWritable(options.out);
  if (options.check !== undefined) return check(session, module, options, options.check);
  const began = performance.now();
  const { graph, totals } = (await run(session, 'berth_torch.profile', options, request(module, options))) as Profiled;
  const text = graphText(graph);
  const known = readGraphFile({ path: options.out ?? 'module.graph.json', text });
  if (!known.ok) throw new Error(`the profiler wrote a graph that is none: ${JSON.stringify(known.problems[0])}`);
  if (options.out !== undefined) writeText(options.out, text);
  if (session.format === 'json') {
    if (options.out === undefined) session.out.write(text);
    else session.json({ file: options.out, ...graph.metadata, totals });
    return EXIT.ok;
  }
  const { profile: made } = graph.metadata;
  const [forward, backward] = [milliseconds(totals.forwardUs / 1000), milliseconds(totals.backwardUs / 1000)];
  const time = made.mode === 'training' ? `${forward} forward, ${backward} backward` : forward;
  session.print([
    ...wrapped(
      `${session.paint.bold(graph.metadata.name)}: ${graph.nodes.length} nodes, ${graph.edges.length} edges from ${totals.steps} steps (${WAYS[made.way]}), ${time}, ${formatQuantity(totals.parameterBytes, 'size')} of weights, on ${made.device} with PyTorch ${made.torch}${made.estimated ? '; times are estimated, not measured' : ''}.`,
      session.width,
    ),
    ...Object.entries(made.untraced ?? {}).flatMap(([way, why]) =>
      wrapped(session.paint.dim(`Not by ${WAYS[way as keyof typeof WAYS]}: ${why}`), session.width),
    ),
    options.out === undefined
      ? `Nothing was written: -o NAME.graph.json keeps it. (${milliseconds(performance.now() - began)})`
      : `Written to ${options.out}: name it as \`graph\` of a TrainingPlacement.`,
  ]);
  return EXIT.ok;
}

/** Whether a graph file is of the module as it is now. @throws ProblemError BERTH3147 where it is not. */
async function check(session: Session, module: string, options: ProfileOptions, path: string): Promise<number> {
  const file = await readSpecOrGraph(session, path);
  const source = readGraphFile(file);
  const before = source.ok ? source.profile : undefined;
  if (!source.ok || !before) throw problemError('BERTH3150', { graph: file.shown, format: 'checking it' });
  const asked = { ...request(module, options), training: before.mode === 'training', ways: [before.way], check: true };
  const { profile: now } = (await run(session, 'berth_torch.profile', options, asked)) as Identified;
  const same = now.fingerprint === before.fingerprint;
  if (!same) {
    const had = new Set(source.graph.ops.flatMap((op, i) => stepsOf(op) ?? [source.graph.names[i] ?? '']));
    const has = new Set(now.steps);
    const [added] = before.by === 'op' ? now.steps.filter((step) => !had.has(step)) : [];
    const [gone] = before.by === 'op' ? [...had].filter((step) => !has.has(step) && !step.includes('#')) : [];
    const parts = [added && `now there is "${added}"`, gone && `"${gone}" is gone`].filter(Boolean);
    const difference = parts.length > 0 ? parts.join(', and ') : 'shapes, weights or parts differ';
    throw problemError('BERTH3147', { module, graph: file.shown, difference });
  }
  if (session.format === 'json') session.json({ file: file.shown, module, fingerprint: now.fingerprint, same });
  else session.print([`${file.shown} is of "${module}" as it is now.`]);
  return EXIT.ok;
}

function stepsOf(op: Readonly<Record<string, unknown>> | undefined): readonly string[] | undefined {
  return Array.isArray(op?.steps) ? op.steps.filter((step) => typeof step === 'string') : undefined;
}

async function devices(session: Session, options: ProfileOptions): Promise<number> {
  const found = (await run(session, 'berth_torch.devices', options, {})) as Found;
  if (session.format === 'json') {
    session.json(found);
    return EXIT.ok;
  }
  const size = (bytes: number | null): string => (bytes === null ? '–' : formatQuantity(bytes, 'size'));
  session.print([
    ...table(
      [
        { title: 'device' },
        { title: 'what', shrink: true },
        { title: 'memory', align: 'right' },
        { title: 'in use', align: 'right' },
      ],
      found.devices.map((one) => [one.name, one.title, size(one.memory), size(one.reserved)]),
      session.width,
    ),
    '',
    ...table(
      [
        { title: 'link' },
        { title: 'bandwidth', align: 'right' },
        { title: 'latency', align: 'right' },
        { title: 'fit off by', align: 'right' },
      ],
      found.links.map((link) => [
        `${link.from} → ${link.to}${link.between === undefined ? '' : ` (${link.between})`}`,
        bandwidthText(link.bandwidth),
        latencyText(link.latency),
        `${(100 * link.residual).toFixed(0)} %`,
      ]),
      session.width,
    ),
  ]);
  const [link] = found.links.filter(({ from, to }) => from !== 'cpu' && to !== 'cpu').concat(found.links);
  if (link) {
    const line = `link: { bandwidth: ${bandwidthText(link.bandwidth)}, latency: ${latencyText(link.latency)} }`;
    session.print(['', 'In a TrainingPlacement:', `  ${line}`]);
  }
  return EXIT.ok;
}

function bandwidthText(perSecond: number): string {
  return `${(perSecond / 1e9).toPrecision(3)}GB/s`;
}

function latencyText(seconds: number): string {
  return `${Math.max(1, Math.round(seconds * 1e6))}us`;
}

function request(module: string, options: ProfileOptions): Record<string, unknown> {
  const {
    batch,
    inputs = null,
    by,
    device,
    inference,
    way,
    keepWhole,
    warmup,
    repeat,
    seed,
    flops,
    bandwidth,
  } = options;
  const assume = { flops, bandwidth };
  const ways = way === undefined ? [] : [way];
  return {
    module,
    batch,
    inputs,
    by,
    device,
    training: !inference,
    ways,
    keepWhole,
    warmup,
    repeat,
    seed,
    assume,
    check: false,
  };
}

async function run(session: Session, program: string, options: ProfileOptions, asked: unknown): Promise<unknown> {
  const python = pythonFor(options.python, process.cwd());
  const progress = new Progress();
  progress.update('starting Python', 0, 0);
  try {
    return await runPython({
      python,
      program,
      request: asked,
      signal: session.signal,
      onProgress: (done, all, what) => progress.update(what, done, all),
    });
  } finally {
    progress.end();
  }
}

/** One node and one edge a line: people read such files, and compare two of them. */
function graphText(graph: GraphDocument): string {
  const rows = (items: readonly unknown[]): string =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  const { apiVersion, kind, metadata, nodes, edges } = graph;
  const head = [apiVersion, kind].map((value, i) => `  "${['apiVersion', 'kind'][i]}": ${JSON.stringify(value)},`);
  const meta = JSON.stringify(metadata, null, 2).replaceAll('\n', '\n  ');
  return `{\n${head.join('\n')}\n  "metadata": ${meta},\n  "nodes": ${rows(nodes)},\n  "edges": ${rows(edges)}\n}\n`;
}

const WAYS = { export: 'torch.export', fx: 'torch.fx', hooks: 'module hooks' } as const;

const NOTHING = { module: '', detail: 'no module is named' };

interface GraphDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly profile: {
      readonly mode: string;
      readonly way: keyof typeof WAYS;
      readonly device: string;
      readonly torch: string;
      readonly estimated?: unknown;
      readonly untraced?: Readonly<Record<string, string>>;
    };
  };
  readonly nodes: readonly unknown[];
  readonly edges: readonly unknown[];
}

interface Profiled {
  readonly graph: GraphDocument;
  readonly totals: {
    readonly steps: number;
    readonly forwardUs: number;
    readonly backwardUs: number;
    readonly parameterBytes: number;
  };
}

interface Identified {
  readonly profile: { readonly fingerprint: string; readonly steps: readonly string[] };
}

interface Found {
  readonly devices: readonly {
    readonly name: string;
    readonly title: string;
    readonly memory: number | null;
    readonly reserved: number | null;
  }[];
  readonly links: readonly {
    readonly from: string;
    readonly to: string;
    readonly between?: string;
    readonly bandwidth: number;
    readonly latency: number;
    readonly residual: number;
  }[];
}
