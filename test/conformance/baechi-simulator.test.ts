/** The simulator agrees with the reference's on placements of every origin: makespan, peaks, transfers, to the last byte. */
import { expect, it } from 'vitest';
import { lowerBound } from '../../server/src/baechi/lower-bound.ts';
import { simulate } from '../../server/src/baechi/schedule.ts';
import {
  graphOf,
  inRecordedWords,
  recordedGraph,
  type RecordedRun,
  type RecordedSimulation,
} from './baechi-recordings.ts';
import { describeWithSharedData, hasSharedData, sharedJson } from './shared-data.ts';

function check(
  name: string,
  placement: readonly number[],
  recorded: RecordedSimulation,
  known = recordedGraph(name),
): void {
  const deviceCount = recorded.peak_bytes_per_device.length;
  const schedule = simulate(known.graph, Int32Array.from(placement), deviceCount, known.tensorUs);
  expect(recorded).toMatchObject(inRecordedWords(schedule));
}

describeWithSharedData('the simulator', () => {
  const metis = hasSharedData
    ? sharedJson<{
        results: Record<
          string,
          { placement: number[]; virtual_scheduler: RecordedSimulation; single_device_us: number }
        >;
      }>('baechi/metis-baseline.json').results
    : {};

  it.each(Object.entries(metis))(
    'METIS on %s, and one device alone',
    (name, { placement, virtual_scheduler, single_device_us }) => {
      check(name, placement, virtual_scheduler);
      const { graph, tensorUs } = recordedGraph(name);
      expect(simulate(graph, new Int32Array(graph.nodeCount), 1, tensorUs).makespanUs).toBe(single_device_us);
    },
  );

  it.each(['real-inceptionv3-train-layers', 'real-gnmt-train-layers'])('%s, also with groups', (name) => {
    const { rows } = sharedJson<{ rows: RecordedRun[] }>(`baechi/${name}.tf.results.json`);
    const completed = rows.filter(({ error }) => !error);
    expect(completed.length).toBeGreaterThan(3);
    for (const { placement, virtual_scheduler } of completed) check(name, placement, virtual_scheduler);
  });

  it('gnmt-fwd-b128-s40: edges of several tensors, outputs that include persistent bytes', () => {
    const name = 'gnmt-fwd-b128-s40';
    const { graph, tensorUs } = recordedGraph(name);
    const { rows } = sharedJson<{
      rows: { placement: number[]; virtual_makespan_us: number; peak_bytes: number[]; ops_per_device: number[] }[];
    }>(`baechi/${name}.tf.results.json`);
    expect(rows).toHaveLength(20);
    for (const { placement, virtual_makespan_us, peak_bytes } of rows) {
      const schedule = simulate(graph, Int32Array.from(placement), peak_bytes.length, tensorUs);
      expect([schedule.makespanUs, ...schedule.peakBytes]).toEqual([virtual_makespan_us, ...peak_bytes]);
    }
    const { nodes } = sharedJson<{ nodes: { topo: number }[] }>(`baechi/${name}.graph.json`);
    expect([...graph.topoRank]).toEqual(nodes.map(({ topo }) => topo));
  });

  it('runs the placements of the small figures', () => {
    const figures = sharedJson<Record<string, { graph: unknown; result: RecordedRun }>>(
      'baechi/tf-dummy-graphs.results.json',
    );
    for (const [name, { graph, result }] of Object.entries(figures)) {
      check(name, result.placement, result.virtual_scheduler, graphOf(graph, name));
    }
  });
});

describeWithSharedData('the lower bound', () => {
  it.each([
    ['layered-200', 24_313],
    ['layered-2000', 251_433],
    ['layered-10000', 1_240_280],
    ['real-gnmt-train-layers', 337_465],
    ['real-inceptionv3-train-layers', 240_761],
    ['gnmt-fwd-b128-s40', 78_833],
  ])('of %s on four devices is the best one known', (name, us) => {
    const { graph, tensorUs } = recordedGraph(name);
    expect(lowerBound(graph, 4, tensorUs).us).toBe(us);
  });
});
