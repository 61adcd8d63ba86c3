/** What a spec says of how its graph is placed. */
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
      devices: [{ name: gpu, memory: 8Gi }]
${text}`,
    { files },
  ).documents[0]!.spec as TrainingPlacement;

it('says nothing where nothing is said', () => {
  const { link, placer, accounting, groups } = read(`
      link: { bandwidth: 5GB/s, latency: 1ms }`);
  expect([link, placer, accounting, groups]).toEqual([{ bandwidth: 5e9, latency: 1 }, undefined, undefined, undefined]);
});

it('fills in what is left out beside what is said', () => {
  const { link, placer, accounting, groups } = read(`
      link: { bandwidth: 5GB/s, latency: 1ms, channel: parallel, override: true }
      placer: { threshold: 0.5 }
      memory: { accounting: honest, fraction: 0.9 }
      groups: { keep: coplace, keepWhole: ["encoder/block*"], adjust: time-sum }`);
  expect(link).toMatchObject({ channel: 'parallel', override: true });
  expect(placer).toEqual({ threshold: 0.5, capacity: 'uniform' });
  expect(accounting).toEqual({ by: 'honest', mode: 'auto', fraction: 0.9 });
  expect(groups).toEqual({
    keep: 'coplace',
    keepWhole: ['encoder/block*'],
    reserve: 'needed',
    fuse: false,
    adjust: 'time-sum',
  });
});
