/** A small workspace in memory, documents opened in it, and what the real engines say of them. */
import type { Knowledge, OpenDocument } from '../../../server/src/language/document.ts';
import { readGraphDocument } from '../../../server/src/language/graph-document.ts';
import { computePreview, type PreviewOutcome } from '../../../server/src/preview/compute.ts';
import { isGraphFile } from '../../../server/src/spec/references/graph-file.ts';
import { readSpecFile, type Files } from '../../../server/src/spec/spec-file.ts';

export const TRACE =
  'minute,search,translate\n' +
  Array.from({ length: 30 }, (_, i) => `${i},${300 + 20 * (i % 7)},${120 + i}`).join('\n');

export const GRAPH = `apiVersion: berth.dev/v1alpha1
kind: Graph
metadata: { name: net }
nodes:
  - { name: input, compute: 20us, memory: { output: 1Mi } }
  - name: block1/conv
    compute: 400us
    backward: 800us
    memory: { persistent: 40Mi, output: 4Mi }
  - { name: block1/relu, compute: 30us, memory: { output: 4Mi } }
  - { name: head, compute: 200us, backward: 300us, memory: { persistent: 30Mi, output: 1Ki } }
edges:
  - { from: input, to: block1/conv }
  - { from: block1/conv, to: block1/relu }
  - { from: block1/relu, to: head }
`;

export const SERVING = `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: vision }
spec:
  target: local
  capacity: { replicas: 8 } # all machines together
  objective: FairSum
  jobs:
    - name: search-images
      slo: { latency: 720ms, percentile: 99 }
      processingTime: 180ms
      replicas: { min: 1, max: 6 }
      workload: { trace: traces/day.csv, column: search }
    - name: translate
      slo:
        latency: 1.5s
      processingTime: 400ms
      workload:
        rate: 3/s
`;

export const PLACEMENT = `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: net }
spec:
  target: local
  graph: graphs/net.graph.yaml
  devices:
    - { name: gpu, count: 2, memory: 256Mi }
    - name: cpu
      memory: 1Gi
  link: { bandwidth: 5.7GB/s, latency: 134us }
  algorithm: m-ETF
  pins:
    head: gpu1
    input: cpu
`;

export const SITES = ['north', 'south', 'east', 'west', 'coast', 'hills', 'lake', 'river', 'forest'];

export const FEDERATION = `apiVersion: berth.dev/v1alpha1
kind: Federation
metadata: { name: hospitals }
spec:
  target: local
  sites:
${SITES.map((name, i) => `  - { name: ${name}, samples: ${1200 - 50 * i} }\n`).join('')}  pattern: { groupSize: 3, iterations: 2 }
  admm: { rho: 3, decay: { rate: 3e-4, period: 1 } }
  privacy: { collusion: 1 }
`;

/** All three in one file. */
export const WHOLE = [SERVING, PLACEMENT, FEDERATION].join('---\n');

const ON_DISK: Readonly<Record<string, string>> = {
  '/specs/traces/day.csv': TRACE,
  '/specs/graphs/net.graph.yaml': GRAPH,
  '/specs/models/net.mjs': 'export {};\n',
};

export const FILES: Files = {
  read: (path) => (Object.hasOwn(ON_DISK, path) ? { text: ON_DISK[path]!, version: '1' } : undefined),
  list: (folder) =>
    Object.keys(ON_DISK).flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [])),
};

export function open(text: string, path = '/specs/a.berth.yaml'): OpenDocument {
  if (isGraphFile(path)) return { type: 'graph', path, text, graph: readGraphDocument(text, { path }) };
  return { type: 'spec', path, text, spec: readSpecFile(text, { uri: path, files: FILES }) };
}

/** Nothing but the files. */
export const NO_ENGINES: Knowledge = { outcome: () => undefined, status: () => undefined, files: FILES };

/** What the engines say of every document that has no error. */
export async function knowledgeOf(doc: OpenDocument): Promise<Knowledge> {
  const outcomes = new Map<number, PreviewOutcome>();
  for (const { index, spec } of doc.type === 'spec' ? doc.spec.documents : []) {
    if (!spec) continue;
    const path = spec.kind === 'TrainingPlacement' ? spec.graphPath : '';
    const file = FILES.read(path);
    const job = { spec, document: index, whatIf: {}, replay: false };
    outcomes.set(index, await computePreview(file ? { ...job, graph: { path, ...file } } : job));
  }
  return { outcome: (document) => outcomes.get(document), status: () => undefined, files: FILES };
}

/** A text with one `|` where the cursor stands. */
export function cursorIn(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf('|');
  if (offset < 0 || marked.includes('|', offset + 1)) throw new Error('mark the cursor with one |');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

/** The text with the cursor behind the first place of some words of it. */
export function behind(text: string, words: string): { readonly text: string; readonly offset: number } {
  const at = text.indexOf(words);
  if (at < 0) throw new Error(`the text has no "${words}"`);
  return { text, offset: at + words.length };
}
