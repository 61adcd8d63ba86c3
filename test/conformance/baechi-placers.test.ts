/** The placers come to the reference's placements: device, start and end of every node, and its dead ends. */
import { expect, it } from 'vitest';
import type { Device } from '../../server/src/baechi/devices.ts';
import { placeMEtf } from '../../server/src/baechi/m-etf.ts';
import { placeMSct } from '../../server/src/baechi/m-sct.ts';
import { placeMTopo } from '../../server/src/baechi/m-topo.ts';
import type { PlacementResult } from '../../server/src/baechi/placement.ts';
import { simulate } from '../../server/src/baechi/schedule.ts';
import {
  asFavourites,
  favouritesOf,
  graphOf,
  inRecordedWords,
  planInRecordedWords,
  recordedGraph,
  recordedPlan,
  runFiles,
  type RecordedGraph,
  type RecordedRun,
} from './baechi-recordings.ts';
import { describeWithSharedData, hasSharedData, sharedJson } from './shared-data.ts';

function place(
  run: RecordedRun,
  { graph, tensorUs }: RecordedGraph,
  devices: readonly Device[],
  favourites: () => Int32Array,
): PlacementResult {
  switch (run.algorithm) {
    case 'm-topo':
      return placeMTopo(graph, devices, tensorUs, { fill: run.options.uniform === false ? 'filled' : 'even' });
    case 'm-etf':
      return placeMEtf(graph, devices, tensorUs);
    case 'm-sct':
      return placeMSct(graph, devices, tensorUs, favourites());
    default:
      throw new Error(`no such algorithm: ${run.algorithm}`);
  }
}

describeWithSharedData('layered graphs', () => {
  it('are all there', () => expect(runFiles().length).toBe(33));

  it.each(runFiles())('%s', (file) => {
    const run = sharedJson<RecordedRun>(`baechi/${file}`);
    const recorded = recordedGraph(run.graph);
    const devices = run.memory_bytes!.map((memory, d) => ({ name: `device${d}`, memory }));
    const result = place(run, recorded, devices, () => favouritesOf(run));
    if (run.error) {
      const placed = Number(/scheduled ops=(\d+)/.exec(run.error)![1]);
      expect(result).toMatchObject({ kind: 'dead-end', placed, reason: 'memory-full' });
      return;
    }
    expect(planInRecordedWords(result, run)).toEqual(recordedPlan(run));
    const schedule = simulate(recorded.graph, Int32Array.from(run.placement), devices.length, recorded.tensorUs);
    expect(run.virtual_scheduler).toMatchObject(inRecordedWords(schedule));
  });
});

const realGraphs = ['real-inceptionv3-train-layers', 'real-gnmt-train-layers'];

describeWithSharedData('real training graphs', () => {
  it.each(realGraphs)('%s, without groups', (name) => {
    const recorded = recordedGraph(name);
    const { rows } = sharedJson<{ rows: RecordedRun[] }>(`baechi/${name}.tf.results.json`);
    const compared = rows.filter(({ options, error }) => !options.colocation && !error);
    expect(compared.map(({ algorithm }) => algorithm)).toEqual(['m-topo', 'm-etf', 'm-sct']);
    for (const run of compared) {
      const favourites = () => asFavourites(run.favourites, recorded.graph.nodeCount);
      const result = place(run, recorded, recorded.devices, favourites);
      expect(planInRecordedWords(result, run)).toEqual(recordedPlan(run));
    }
  });
});

interface TinyCase {
  readonly graph: unknown;
  readonly tf_etf: RecordedRun;
  readonly tf_sct_forced?: { readonly favourites: RecordedRun['favourites']; readonly result: RecordedRun };
}

describeWithSharedData('tiny graphs', () => {
  const tiny = hasSharedData ? sharedJson<Record<string, TinyCase>>('baechi/tiny-unit-tests.json') : {};

  it.each(Object.entries(tiny))('%s', (name, { graph, tf_etf, tf_sct_forced }) => {
    const recorded = graphOf(graph, name);
    const { devices, tensorUs } = recorded;
    expect(planInRecordedWords(placeMEtf(recorded.graph, devices, tensorUs), tf_etf)).toEqual(recordedPlan(tf_etf));
    if (!tf_sct_forced) return;
    const favourites = asFavourites(tf_sct_forced.favourites, recorded.graph.nodeCount);
    const result = placeMSct(recorded.graph, devices, tensorUs, favourites);
    expect(planInRecordedWords(result, tf_sct_forced.result)).toEqual(recordedPlan(tf_sct_forced.result));
  });

  const figures = hasSharedData
    ? sharedJson<Record<string, { graph: unknown; result: RecordedRun }>>('baechi/tf-dummy-graphs.results.json')
    : {};

  it.each(Object.entries(figures))('%s', (name, { graph, result }) => {
    const recorded = graphOf(graph, name);
    const run = { ...result, graph: name, algorithm: name.split('/')[2]!, options: {} };
    const favourites = () => asFavourites(run.favourites, recorded.graph.nodeCount);
    const placed = place(run, recorded, recorded.devices, favourites);
    expect(planInRecordedWords(placed, run)).toEqual(recordedPlan(run));
  });
});
