/** Places a graph of 100,000 nodes and 200,000 edges with m-ETF, once, and prints what that took. */
import { cpuUsage, resourceUsage } from 'node:process';
import { placeMEtf } from '../../server/src/baechi/m-etf.ts';
import { buildGraph } from '../../server/src/graph/graph.ts';
import { communicationTimes } from '../../server/src/graph/link-model.ts';
import { devices, numbers } from '../unit/baechi/small-graph.ts';

const NODES = 100_000;
const WIDTH = 20;
const next = numbers(1);

const nodes = Array.from({ length: NODES }, (_, i) => ({
  name: `n${i}`,
  computeUs: 1 + Math.floor(1000 * next()),
  permBytes: 1_000_000,
  tempBytes: 0,
  outBytes: 100_000,
}));
/** Each node reads two of the layer before its own. */
const edges = nodes.slice(WIDTH).flatMap((_, k) => {
  const layer = Math.floor(k / WIDTH) * WIDTH;
  const first = Math.floor(WIDTH * next());
  const second = (first + 1 + Math.floor((WIDTH - 1) * next())) % WIDTH;
  return [first, second].map((at) => ({ src: layer + at, dst: WIDTH + k, tensor: 'out', bytes: 100_000 }));
});
const graph = buildGraph('100,000 nodes', nodes, edges);
const tensorUs = communicationTimes(graph, { usPerByte: 1e-4, latencyUs: 30 });
const before = cpuUsage();
const placed = placeMEtf(graph, devices(4e10, 4e10, 4e10, 4e10), tensorUs);
const { user, system } = cpuUsage(before);
if (placed.kind !== 'placement') throw new Error(`m-ETF ends with ${placed.kind}`);
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000, mostMiB: resourceUsage().maxRSS / 1024 }));
