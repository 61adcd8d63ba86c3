/** The engines alone, as functions. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { placeMEtf } from '../../server/src/baechi/m-etf.ts';
import { allocate } from '../../server/src/faro/allocation/allocation.ts';
import { communicationTimes } from '../../server/src/graph/link-model.ts';
import { readGraph } from '../../server/src/graph/graph-format.ts';
import { analyse } from '../../server/src/securedfl/analysis.ts';

const recorded = fileURLToPath(new URL('../../../shared/data/baechi/', import.meta.url));

const jobs = Array.from({ length: 10 }, (_, i) => ({
  name: `job${i}`,
  sloMs: 720,
  percentile: 99,
  processingMs: 180,
  minReplicas: 1,
  maxReplicas: 100,
  weight: 1,
  resources: { replicas: 1 },
  ratesPerSecond: Array.from({ length: 7 }, (_, bin) => 7 + ((i * 5 + bin * 3) % 17)),
}));

const allocations = (['Sum', 'FairSum'] as const).map((kind) => ({
  name: `exact allocation, ten jobs, 32 replicas, ${kind}`,
  runs: 50,
  ...(kind === 'Sum' ? { reference: { value: 27, unit: 'ms', source: 'published, locally optimal' } } : {}),
  run: () => void allocate({ jobs, capacity: { replicas: 32 }, objective: { kind } }),
}));

const placements = [
  { name: 'layered-200', reference: 28 },
  { name: 'layered-2000', reference: 1300 },
  { name: 'layered-10000', reference: 19_900 },
].map(({ name, reference }) => {
  let place: () => void;
  return {
    name: `m-ETF of ${name}`,
    runs: 9,
    reference: { value: reference, unit: 'ms', source: 'recorded, CPU time' },
    setup() {
      const data = JSON.parse(readFileSync(`${recorded}${name}.graph.json`, 'utf8')) as {
        devices: { memory_bytes: number }[];
      };
      const read = readGraph(data, name);
      if (!read.ok) throw new Error(`${name} cannot be read`);
      const { graph } = read;
      const devices = data.devices.map(({ memory_bytes }, d) => ({ name: `gpu${d}`, memory: memory_bytes }));
      const tensorUs = communicationTimes(graph, { usPerByte: 1e-4, latencyUs: 30 });
      place = () => void placeMEtf(graph, devices, tensorUs);
    },
    run: () => place(),
  };
});

const privacy = {
  name: 'what every one of 15 sites could learn, two iterations',
  runs: 15,
  target: { value: 50, unit: 'ms' },
  run: () => void analyse(15, { groupSize: 3, iterations: 2, rho: 3, decay: { rate: 3e-4, period: 1 } }),
};

export default [...allocations, ...(existsSync(recorded) ? placements : []), privacy];
