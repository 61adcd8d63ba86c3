/** Files that fuzzed specs may refer to, and the texts of the repository that mutations begin with. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Files, FileSnapshot } from '../../../server/src/spec/spec-file.ts';
import { CLUSTER, FEDERATION, graphText, ODD, PLACEMENT } from '../../unit/spec/texts.ts';

export const FOLDER = '/w';

export const TRACE = 'minute,web,a,search-images\n0,12,3,5\n1,14,2,5\n2,9,4,6\n3,11,3,7\n';

export const RECORDED_GRAPH = JSON.stringify({
  nodes: [
    { id: 0, name: 'a', compute_us: 10, perm_bytes: 100, temp_bytes: 5, out_bytes: 40, outputs: [1] },
    { id: 1, name: 'n1', compute_us: 20.5, out_bytes: 7, group: 'g' },
  ],
  edges: [{ src: 0, dst: 1, bytes: 40, comm_us: 3, tensor: 'a:0' }],
  devices: [{ id: 0, memory_bytes: 8e9 }],
  comm: { latency_us: 1, bandwidth_bytes_per_us: 2 },
});

const THERE: Readonly<Record<string, string>> = {
  'day.csv': TRACE,
  'net.graph.yaml': graphText(3),
  'recorded.graph.json': RECORDED_GRAPH,
  'digits.mjs': 'export {};\n',
};

export const FILES_THERE: Files = {
  read: (path): FileSnapshot | undefined => {
    const text = THERE[posix.relative(FOLDER, path)];
    return text === undefined ? undefined : { text, version: '1' };
  },
  list: () => Object.keys(THERE),
};

export function example(path: string): string {
  return readFileSync(new URL(`../../../examples/${path}`, import.meta.url), 'utf8');
}

export const SPEC_SEEDS: readonly string[] = [
  CLUSTER,
  PLACEMENT,
  FEDERATION,
  ODD,
  `${CLUSTER}---\n${PLACEMENT}`,
  ...['serving', 'training', 'federation', 'gpus', 'transformer'].map((name) => example(`${name}.berth.yaml`)),
];

export const GRAPH_SEEDS: readonly string[] = [
  graphText(3),
  graphText(30),
  example('graphs/digits.graph.yaml').slice(0, 3000),
];
