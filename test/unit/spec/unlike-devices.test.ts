/** What a spec says of devices that differ, and of the links between them. */
import { expect, it } from 'vitest';
import type { TrainingPlacement } from '../../../server/src/spec/types.ts';
import { check, filesOf } from './check.ts';

const files = filesOf({ 'net.graph.yaml': 'kind: Graph' });

const read = (text: string): TrainingPlacement =>
  check(
    `
    apiVersion: berth.dev/v1alpha1
    kind: TrainingPlacement
    metadata: { name: net }
    spec:
      graph: net.graph.yaml
      link: { bandwidth: 5GB/s, latency: 1ms }
${text}`,
    { files },
  ).documents[0]!.spec as TrainingPlacement;

it('gives every device of an entry its speed, kind, place and reserve', () => {
  const { devices, links } = read(`
      devices:
        - { name: gpu, count: 2, memory: 8Gi, reserved: 512Mi, speed: 2.5, kind: h100, host: a, rack: r }
        - { name: cpu, memory: 64Gi, kind: cpu }
      links:
        - { within: host, bandwidth: 300GB/s, latency: 10us }
        - { between: [gpu, cpu], bandwidth: 25GB/s, latency: 20us }
        - { between: [gpu, gpu], bandwidth: 25GB/s, latency: 20us }`);
  const gpu = { memory: 8 * 2 ** 30, reserved: 2 ** 29, speed: 2.5, kind: 'h100', host: 'a', rack: 'r' };
  expect(devices).toEqual([
    { name: 'gpu0', ...gpu },
    { name: 'gpu1', ...gpu },
    { name: 'cpu', memory: 64 * 2 ** 30, kind: 'cpu' },
  ]);
  expect(links?.map(({ within, between }) => within ?? between)).toEqual([
    'host',
    [['gpu0', 'gpu1'], ['cpu']],
    [
      ['gpu0', 'gpu1'],
      ['gpu0', 'gpu1'],
    ],
  ]);
  expect(links?.[1]).toMatchObject({ bandwidth: 25e9, latency: 0.02 });
});

it('names links that join nothing, or something unknown', () => {
  read(`
      devices: [ { name: gpu, count: 2, memory: 8Gi }, { name: cpu, memory: 8Gi, host: a } ]
      links:
        - { within: host, bandwidth: 300GB/s, latency: 10us }
                    ~~~~ BERTH3031 No two devices have the same "host", so that this link joins nothing.
        - { between: [gpu0, gpu2], bandwidth: 25GB/s, latency: 20us }
                            ~~~~ BERTH3030 There is no device "gpu2" for a link to join; did you mean "gpu"?
        - { between: [gpu1, cpu], bandwidth: 0GB/s, latency: 20us }
                                             ~~~~~ BERTH1018 "bandwidth" must be more than 0, but is 0GB/s.`);
});

it('says what a link must say', () => {
  read(`
      devices: [ { name: gpu, count: 2, memory: 8Gi, speed: 0 } ]
                                                            ~ BERTH1018 "speed" must be more than 0, but is 0.
      links: [ { bandwidth: 300GB/s, latency: 10us } ]
                 ~~~~~~~~~ BERTH1028 "links[0]" gives neither a host or a rack nor two devices.`);
});

it('reads a pipeline, and what training keeps, with and without a module', () => {
  const placement = (rest: string) =>
    read(`
      devices: [ { name: gpu, count: 4, memory: 8Gi } ]
${rest}`);
  const planned = placement(`      pipeline: { microBatches: 8 }
      train: { optimizer: adamw, precision: bf16, recompute: auto }`);
  expect(planned.pipeline).toEqual({ schedule: '1f1b', microBatches: 8, replicas: 1, chunks: 1 });
  expect(planned.memory).toEqual({
    optimizer: 'adamw',
    precision: 'bf16',
    masterWeights: true,
    recompute: 'auto',
    recomputeLayers: [],
  });
  expect(planned.train).toBeUndefined();
  const plain = placement(`      pipeline: { schedule: interleaved, replicas: 2 }`);
  expect(plain.pipeline).toEqual({ schedule: 'interleaved', replicas: 2, chunks: 2 });
  expect(plain.memory).toBeUndefined();
  placement(`      pipeline: { schedule: 1f1f, microBatches: 0 }
                            ~~~~ BERTH1009 "schedule" cannot be "1f1f"; did you mean "1f1b"? [fix]
                                                ~ BERTH1018 "microBatches" must be at least 1, but is 0. [fix]`);
});

it('reads what a search may take: moves, or a time', () => {
  const placement = (rest: string) =>
    read(`
      devices: [ { name: gpu, count: 4, memory: 8Gi } ]
${rest}`);
  expect(placement(`      budget: 200000`)).toMatchObject({ budget: { moves: 200_000 } });
  expect(placement(`      budget: 30s\n      seed: 7`)).toMatchObject({ budget: { ms: 30_000 }, seed: 7 });
  expect(placement('')).not.toHaveProperty('budget');
});
