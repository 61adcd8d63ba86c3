/** TrainingPlacement → desired state: which device runs which node, and what the simulator expects of it. */
import { planPlacement } from '../../../baechi/auto.ts';
import { specRun } from '../../../baechi/from-spec.ts';
import type { LpSolver } from '../../../baechi/linear-program.ts';
import type { DeadEnd } from '../../../baechi/placement.ts';
import { simulate } from '../../../baechi/schedule.ts';
import type { Graph } from '../../../graph/graph.ts';
import { explain } from '../../../spec/problems/catalogue.ts';
import { formatQuantity } from '../../../spec/quantities/quantity.ts';
import type { TrainingPlacement } from '../../../spec/types.ts';
import { desiredBase, refused } from '../../plan/desired-result.ts';
import type { DesiredResult, DesiredSources } from '../../plan/desired-result.ts';
import type { DesiredPlacement } from '../../types.ts';

const noSolver: LpSolver = () => {
  throw new Error('no linear program is to be solved here');
};

/** The placement that the preview shows. One that does not fit the memory in the simulation is not deployed. */
export async function desiredPlacement(
  spec: TrainingPlacement,
  sources: DesiredSources,
): Promise<DesiredResult<DesiredPlacement>> {
  const file = await sources.readGraph(spec.graphPath);
  if (!file.ok)
    return {
      ok: false,
      problems: file.problems.map(({ code, params }) => ({ ...explain(code, params), path: ['spec', 'graph'] })),
    };
  const { graph } = file;
  const { run, pins, problems } = specRun(spec, graph);
  if (problems.length > 0)
    return {
      ok: false,
      problems: problems.map(({ code, path, params }) => ({ ...explain(code, params), path: ['spec', ...path] })),
    };

  const solve = spec.algorithm === 'auto' || spec.algorithm === 'm-SCT' ? await sources.solver() : noSolver;
  const { shouldStop } = sources;
  const plan = planPlacement(spec.algorithm, run, { solve, ...(pins && { pins }), ...(shouldStop && { shouldStop }) });
  if (plan.kind === 'cancelled') return refused('BERTH5023', [], { action: `The plan for ${spec.kind}/${spec.name}` });
  const { best } = plan;
  if (!best) {
    const [first] = plan.candidates;
    return deadEnd(spec, graph, first!.result as DeadEnd);
  }
  if (!best.fits) return overfull(spec, best.schedule.peakBytes);

  const { device } = best.result;
  const forward = simulate(graph, device, spec.devices.length, run.tensorUs);
  const order = Array.from(graph.names.keys()).sort(
    (a, b) => forward.start[a]! - forward.start[b]! || graph.topoRank[a]! - graph.topoRank[b]!,
  );
  return {
    ok: true,
    desired: {
      ...desiredBase(spec, sources),
      placement: order.map((node) => ({ node: graph.names[node]!, device: spec.devices[device[node]!]!.name })),
      edges: edgesOf(graph),
      ops: Object.fromEntries(
        graph.ops.flatMap((op, node) => (op === undefined ? [] : [[graph.names[node]!, op] as const])),
      ),
      predictedForwardUs: forward.makespanUs,
      predictedBackwardUs: graph.backwardUs ? Math.max(0, best.schedule.makespanUs - forward.makespanUs) : null,
    },
  };
}

function edgesOf(graph: Graph): DesiredPlacement['edges'] {
  return Array.from(graph.edgeSrc, (from, edge) => {
    let bytes = 0;
    for (let k = graph.edgeTensorStart[edge]!; k < graph.edgeTensorStart[edge + 1]!; k++)
      bytes += graph.tensorBytes[graph.edgeTensors[k]!]!;
    return { from: graph.names[from]!, to: graph.names[graph.edgeDst[edge]!]!, bytes };
  });
}

function deadEnd(
  spec: TrainingPlacement,
  graph: Graph,
  { node, need, free, reason }: DeadEnd,
): ReturnType<typeof refused> {
  const name = graph.names[node]!;
  const needed = formatQuantity(need, 'size');
  if (reason === 'too-large') {
    const largest = formatQuantity(Math.max(...spec.devices.map((device) => device.memory)), 'size');
    return refused('BERTH3010', ['spec', 'devices'], { node: name, need: needed, largest });
  }
  return refused('BERTH3011', ['spec', 'devices'], {
    algorithm: spec.algorithm === 'auto' ? 'Every algorithm' : spec.algorithm,
    node: name,
    need: needed,
    free: spec.devices.map((device, d) => `${formatQuantity(Math.max(0, free[d]!), 'size')} on ${device.name}`),
  });
}

function overfull(spec: TrainingPlacement, peaks: Float64Array): ReturnType<typeof refused> {
  const worst = spec.devices.reduce(
    (most, device, d) => (peaks[d]! / device.memory > peaks[most]! / spec.devices[most]!.memory ? d : most),
    0,
  );
  const device = spec.devices[worst]!;
  const params = {
    device: device.name,
    peak: formatQuantity(peaks[worst]!, 'size'),
    memory: formatQuantity(device.memory, 'size'),
  };
  return refused('BERTH3014', ['spec', 'devices'], params);
}
