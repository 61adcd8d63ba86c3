/** What one waits for in the editor, through the built server: first diagnostics, hover with a picture, previews; and its memory. */
import { existsSync, readdirSync, readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileUri, LanguageServerClient } from '../language-server/client.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const recorded = fileURLToPath(new URL('../../../shared/data/baechi/', import.meta.url));
const specs = readdirSync(examples).filter((name) => name.endsWith('.berth.yaml'));

async function withExamples(): Promise<LanguageServerClient> {
  const client = await LanguageServerClient.start({ server: 'bundle' });
  for (const name of specs)
    await client.open(fileUri(join(examples, name)), readFileSync(join(examples, name), 'utf8'));
  for (const name of specs) await client.diagnostics(fileUri(join(examples, name)), () => true);
  return client;
}

const firstDiagnostics = {
  name: 'start of the server to first diagnostics',
  target: { value: 1500, unit: 'ms' },
  async run() {
    const start = performance.now();
    const client = await withExamples();
    const took = performance.now() - start;
    await client.stop();
    return took;
  },
};

let client: LanguageServerClient;
const training = join(examples, 'training.berth.yaml');
const serving = join(examples, specs.find((name) => name.startsWith('serving')) ?? specs[0]!);

const hover = {
  name: 'hover with a picture',
  runs: 15,
  target: { value: 50, unit: 'ms' },
  async setup() {
    client = await withExamples();
    await client.request('berth/preview', { uri: fileUri(serving), document: 0 });
  },
  async run() {
    const lines = readFileSync(serving, 'utf8').split('\n');
    // A job whose utility changes with its replicas: where it does not, a sentence takes the picture's place.
    const job = lines.findIndex((text) => text.includes('name: scan-forms'));
    const line = lines.findIndex((text, i) => i > job && text.includes('slo:'));
    const position = { line, character: lines[line]!.indexOf('slo') + 1 };
    const start = performance.now();
    const shown = await client.connection.sendRequest('textDocument/hover', {
      textDocument: { uri: fileUri(serving) },
      position,
    });
    const took = performance.now() - start;
    if (!JSON.stringify(shown).includes('data:image/svg+xml')) throw new Error('the hover has no picture');
    return took;
  },
  teardown: () => client.stop(),
};

/** Ten jobs with six hours of traces each: the replay takes many seconds, and must not be waited for. */
const TEN_JOBS = Array.from({ length: 10 }, (_, i) => `job${i}`);
const tenJobs = mkdtempSync(join(tmpdir(), 'berth-bench-'));
const tenJobsSpec = join(tenJobs, 'serving.berth.yaml');
let step = 0;

/** One step of dragging, from the question to the picture, while the steps before are still being replayed. */
const whatIfStep = {
  name: 'what-if step: another capacity for ten jobs',
  runs: 20,
  target: { value: 200, unit: 'ms' },
  async setup() {
    const minutes = Array.from({ length: 360 }, (_, minute) =>
      TEN_JOBS.map((_job, i) => Math.round(700 + 500 * Math.sin(minute / 40 + i) + 90 * Math.sin(minute * (i + 1)))),
    );
    writeFileSync(join(tenJobs, 'day.csv'), [TEN_JOBS, ...minutes].join('\n'));
    const jobs = TEN_JOBS.map(
      (name) =>
        `    - { name: ${name}, slo: { latency: 720ms }, processingTime: 180ms, workload: { trace: day.csv, column: ${name} } }\n`,
    );
    const text = `apiVersion: berth.dev/v1alpha1\nkind: InferenceCluster\nmetadata: { name: bench }\nspec:\n  target: local\n  capacity: { replicas: 32 }\n  objective: FairSum\n  jobs:\n${jobs.join('')}`;
    writeFileSync(tenJobsSpec, text);
    client = await LanguageServerClient.start({ server: 'bundle' });
    await client.open(fileUri(tenJobsSpec), text);
    await client.request('berth/preview', { uri: fileUri(tenJobsSpec), document: 0 });
  },
  async run() {
    // No capacity twice: what was answered before is remembered.
    const capacityReplicas = 20 + ((step * 7) % 31);
    step++;
    const start = performance.now();
    const shown = await client.request('berth/preview', {
      uri: fileUri(tenJobsSpec),
      document: 0,
      whatIf: { capacityReplicas },
    });
    const took = performance.now() - start;
    if (!shown.ok || shown.value.kind !== 'InferenceCluster' || shown.value.capacity.replicas !== capacityReplicas)
      throw new Error(JSON.stringify(shown).slice(0, 300));
    // As often as the page asks.
    await new Promise((resolve) => setTimeout(resolve, 60));
    return took;
  },
  async teardown() {
    await client.stop();
    rmSync(tenJobs, { recursive: true, force: true });
  },
};

const memory = {
  name: 'memory of the server, idle with the examples open',
  runs: 3,
  unit: 'MB',
  target: { value: 200, unit: 'MB' },
  async run() {
    const started = await withExamples();
    // Idle: everything that was asked for has been answered, and the warm-up is over.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const { rssBytes } = await started.request('berth/serverStatus', {});
    await started.stop();
    return rssBytes / 1e6;
  },
};

/** Writes a placement of a recorded graph, with the graph beside it. */
function writePlacement(spec: string, graph: string, algorithm: string): void {
  const source = join(recorded, `${graph}.graph.json`);
  const { devices } = JSON.parse(readFileSync(source, 'utf8')) as { devices: { memory_bytes: number }[] };
  writeFileSync(join(dirname(spec), 'g.graph.json'), readFileSync(source));
  writeFileSync(
    spec,
    `apiVersion: berth.dev/v1alpha1\nkind: TrainingPlacement\nmetadata: { name: bench }\nspec:\n  graph: g.graph.json\n  devices: [{ name: gpu, count: 4, memory: ${devices[0]!.memory_bytes}B }]\n  link: { bandwidth: 10GB/s, latency: 30us }\n  algorithm: ${algorithm}\n`,
  );
}

/** What one does with the picture of a large graph: open a group that was never laid out, close it, ask what moving a node would cost. */
function touchOfLarge(graph: string, what: 'open' | 'close' | 'node', target: number): object {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const spec = join(folder, 'placement.berth.yaml');
  const ref = { uri: fileUri(spec), document: 0 };
  const names = { open: 'a group opened', close: 'a group closed', node: 'what moving a node would cost' };
  let large: LanguageServerClient;
  let groups: string[] = [];
  let nodes: string[] = [];
  let turn = 0;
  return {
    name: `preview of ${graph}: ${names[what]}`,
    runs: 7,
    target: { value: target, unit: 'ms' },
    async setup() {
      writePlacement(spec, graph, 'm-ETF');
      large = await LanguageServerClient.start({ server: 'bundle' });
      await large.open(fileUri(spec), readFileSync(spec, 'utf8'));
      const first = await large.request('berth/preview', ref);
      if (!first.ok || first.value.kind !== 'TrainingPlacement') throw new Error(JSON.stringify(first).slice(0, 300));
      groups = first.value.graph.boxes.flatMap((box) => (box.foldable ? [box.id] : []));
      nodes = first.value.graph.boxes.flatMap((box) => box.nodes.slice(0, 3));
    },
    async run() {
      turn++;
      const start = performance.now();
      if (what === 'node') {
        const facts = await large.request('berth/node', { ...ref, node: nodes[turn % nodes.length]! });
        if (facts?.moves.length !== 3) throw new Error('the moves are not told');
      } else {
        const opened = what === 'open' ? [groups[turn % groups.length]!] : [];
        const result = await large.request('berth/preview', { ...ref, whatIf: { look: { opened } } });
        if (!result.ok) throw new Error('there is no picture');
      }
      return performance.now() - start;
    },
    async teardown() {
      await large.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * From opening a file that nothing was read or computed of to the laid-out picture: in an editor that has been open for a moment, and in
 * the harshest case, at once after the server's start, while the layout engine is still being loaded.
 */
function placementPreview(graph: string, algorithm: string, target: number, justStarted: boolean): object {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const spec = join(folder, 'placement.berth.yaml');
  return {
    name: `preview of ${graph} by ${algorithm}, from opening the file to the picture${justStarted ? ', server just started' : ''}`,
    target: { value: target, unit: 'ms' },
    setup: () => writePlacement(spec, graph, algorithm),
    async run() {
      const started = await LanguageServerClient.start({ server: 'bundle' });
      // An editor that is open: the server has drawn another picture before.
      if (!justStarted) {
        await started.open(fileUri(training), readFileSync(training, 'utf8'));
        await started.request('berth/preview', { uri: fileUri(training), document: 0 });
      }
      const start = performance.now();
      await started.open(fileUri(spec), readFileSync(spec, 'utf8'));
      const result = await started.request('berth/preview', { uri: fileUri(spec), document: 0 });
      const took = performance.now() - start;
      await started.stop();
      if (!result.ok || result.value.kind !== 'TrainingPlacement' || result.value.graph.boxes.length === 0)
        throw new Error(JSON.stringify(result).slice(0, 300));
      return took;
    },
    teardown: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export default [
  firstDiagnostics,
  hover,
  whatIfStep,
  memory,
  ...(existsSync(recorded)
    ? [false, true].flatMap((justStarted) => [
        placementPreview('layered-2000', 'm-ETF', 1000, justStarted),
        placementPreview('real-inceptionv3-train-layers', 'm-ETF', 500, justStarted),
      ])
    : []),
  ...(existsSync(recorded)
    ? [
        touchOfLarge('layered-10000', 'open', 500),
        touchOfLarge('layered-10000', 'close', 100),
        touchOfLarge('layered-10000', 'node', 150),
      ]
    : []),
];
