/** The linear program of m-SCT has the reference's optimum. Its favourites depend on the solver and need not agree. */
import loadHighs from 'highs';
import { beforeAll, expect, it } from 'vitest';
import { favouriteChildren } from '../../server/src/baechi/favourite-children.ts';
import { loadHighsSolver } from '../../server/src/baechi/highs-solver.ts';
import type { LpSolver } from '../../server/src/baechi/linear-program.ts';
import { placeMSct } from '../../server/src/baechi/m-sct.ts';
import { graphOf, recordedGraph, type RecordedRun } from './baechi-recordings.ts';
import { describeWithSharedData, hasSharedData, sharedJson } from './shared-data.ts';

let solve: LpSolver;
beforeAll(async () => {
  solve = await loadHighsSolver(loadHighs);
});

const near = (value: number, recorded: number): void => {
  expect(Math.abs(value - recorded)).toBeLessThanOrEqual(1e-6 * recorded);
};

describeWithSharedData('the linear program', () => {
  it.each(['layered-200', 'layered-2000', 'layered-10000'])('%s', (name) => {
    const { graph, tensorUs, devices } = recordedGraph(name);
    const run = sharedJson<RecordedRun>(`baechi/${name}.tf.m-sct_backend-highs-ipm.json`);
    const { favourites, relaxedMakespanUs } = favouriteChildren(graph, tensorUs, solve)!;
    near(relaxedMakespanUs, run.lp_relaxed_makespan_us!);
    const parentsOf = new Set([...favourites].filter((child) => child >= 0));
    expect(parentsOf.size).toBe([...favourites].filter((child) => child >= 0).length);
    expect(placeMSct(graph, devices, tensorUs, favourites).kind).toBe('placement');
  });

  it.each(['real-inceptionv3-train-layers', 'real-gnmt-train-layers'])('%s', (name) => {
    const { graph, tensorUs } = recordedGraph(name);
    const { rows } = sharedJson<{ rows: RecordedRun[] }>(`baechi/${name}.tf.results.json`);
    const run = rows.find(({ algorithm, options }) => algorithm === 'm-sct' && !options.colocation)!;
    near(favouriteChildren(graph, tensorUs, solve)!.relaxedMakespanUs, run.lp_relaxed_makespan_us!);
  });

  const figures = hasSharedData
    ? sharedJson<Record<string, { graph: unknown; result: RecordedRun }>>('baechi/tf-dummy-graphs.results.json')
    : {};

  it.each(Object.entries(figures).filter(([name]) => name.includes('m-sct')))('%s', (name, { graph, result }) => {
    const recorded = graphOf(graph, name);
    const { relaxedMakespanUs } = favouriteChildren(recorded.graph, recorded.tensorUs, solve)!;
    near(relaxedMakespanUs, result.lp_relaxed_makespan_us!);
  });

  const modules = hasSharedData
    ? sharedJson<Record<string, { lp?: number }>>('baechi/pt-dummy-graphs.results.json')
    : {};
  const byModule = Object.entries(modules).filter(([, { lp }]) => lp !== undefined);

  it.each(byModule)('PyTorch figures: %s', (name, { lp }) => {
    interface Module {
      id: number;
      forward_time: number;
      children: number[];
      edge_weight: number[];
    }
    const figure = sharedJson<Record<string, Record<string, Module>>>('baechi/pt-dummy-graphs.graph.json')[
      name.split('/')[0]!
    ]!;
    const all = Object.values(figure);
    const { graph, tensorUs } = graphOf(
      {
        nodes: all.map(({ id, forward_time }) => ({ id, compute_us: forward_time })),
        edges: all.flatMap(({ id, children, edge_weight }) =>
          children.map((dst, k) => ({ src: id, dst, bytes: 0, comm_us: edge_weight[k]!, tensor: `to ${dst}` })),
        ),
      },
      name,
    );
    near(favouriteChildren(graph, tensorUs, solve)!.relaxedMakespanUs, lp!);
  });
});
