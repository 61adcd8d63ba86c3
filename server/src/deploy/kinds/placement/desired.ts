/** TrainingPlacement → desired state: which device runs which node, and what the simulator expects of it. */
import { specTrainingRun, withoutReserve } from '../../../baechi/from-spec.ts';
import { planSpec, type PlacementDecision } from '../../../baechi/plan.ts';
import type { DeadEnd } from '../../../baechi/placement.ts';
import { simulateForward, simulateStep } from '../../../baechi/training-run.ts';
import type { GraphFile } from '../../../graph/graph-format.ts';
import type { Graph } from '../../../graph/graph.ts';
import { explain } from '../../../spec/problems/catalogue.ts';
import { formatQuantity } from '../../../spec/quantities/quantity.ts';
import type { TrainingPlacement } from '../../../spec/types.ts';
import { desiredBase, refused, shownDecision } from '../../plan/desired-result.ts';
import type { DesiredResult, DesiredSources } from '../../plan/desired-result.ts';
import type { DesiredPlacement } from '../../types.ts';

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
  const decision = shownDecision(sources, 'TrainingPlacement') ?? (await decided(withoutReserve(spec), graph, sources));
  if ('ok' in decision) return decision;
  const { device } = decision;
  if (device.length !== graph.nodeCount) throw new Error('the placement was decided for another graph');
  const run = specTrainingRun(spec, graph, decision.recomputed);
  const forward = simulateForward(run, device);
  const step = graph.backwardUs ? simulateStep(run, device).schedule : undefined;
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
      ...knownModule(file),
      predictedForwardUs: forward.makespanUs,
      predictedBackwardUs: step ? Math.max(0, step.makespanUs - forward.makespanUs) : null,
    },
  };
}

/** What the run asks for before its first step; a profile of inference has other steps than training. */
function knownModule({ profile }: GraphFile): Pick<DesiredPlacement, 'profile'> {
  if (profile?.mode !== 'training') return {};
  const { way, fingerprint, torch, inputs } = profile;
  return {
    profile: { way, fingerprint, ...(torch !== undefined && { torch }), ...(inputs !== undefined && { inputs }) },
  };
}

async function decided(
  spec: TrainingPlacement,
  graph: Graph,
  { solver, shouldStop }: DesiredSources,
): Promise<PlacementDecision | Refused> {
  const planned = await planSpec(spec, graph, { solver, ...(shouldStop && { shouldStop }) });
  if (planned.kind === 'cancelled')
    return refused('BERTH5023', [], { action: `The plan for ${spec.kind}/${spec.name}` });
  const { decision, problems, plan } = planned;
  if (decision) return decision;
  if (problems.length > 0)
    return {
      ok: false,
      problems: problems.map(({ code, path, params }) => ({ ...explain(code, params), path: ['spec', ...path] })),
    };
  const { best, candidates } = plan;
  return best ? overfull(spec, best.schedule.peakBytes) : deadEnd(spec, graph, candidates[0]!.result as DeadEnd);
}

type Refused = Extract<DesiredResult, { readonly ok: false }>;

function edgesOf(graph: Graph): DesiredPlacement['edges'] {
  return Array.from(graph.edgeSrc, (from, edge) => {
    let bytes = 0;
    for (const tensor of graph.edgeTensors.row(edge)) bytes += graph.tensorBytes[tensor]!;
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

/** Every device that lacks memory, and by how much. */
function overfull(spec: TrainingPlacement, peaks: Float64Array): Refused {
  const problems = spec.devices.flatMap((device, d) => {
    const peak = peaks[d]!;
    if (peak <= device.memory) return [];
    const params = {
      device: device.name,
      peak: formatQuantity(peak, 'size'),
      memory: formatQuantity(device.memory, 'size'),
      lacks: formatQuantity(peak - device.memory, 'size'),
    };
    return [{ ...explain('BERTH3014', params), path: ['spec', 'devices', d] }];
  });
  return { ok: false, problems };
}
