/** Each registered name is documented, can be written in a spec, and runs. */
import { describe, expect, it } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { AUTO, PLACERS, placerOf } from '../../../server/src/baechi/placers.ts';
import { simulateStep, trainingRun } from '../../../server/src/baechi/training-run.ts';
import { allocate } from '../../../server/src/faro/allocation/allocation.ts';
import { objectiveTerms } from '../../../server/src/faro/allocation/objective.ts';
import { OBJECTIVE_DEFINITIONS } from '../../../server/src/faro/allocation/objectives.ts';
import { POLICY_REGISTRY } from '../../../server/src/faro/control/policies.ts';
import { planningProblem, simulationRequest } from '../../../server/src/faro/from-spec.ts';
import { simulate } from '../../../server/src/faro/simulator/simulate.ts';
import { schemaOf, type SchemaNode } from '../../../server/src/spec/schema/schema-tree.ts';
import { ALGORITHMS, OBJECTIVES, POLICIES } from '../../../server/src/spec/types.ts';
import { randomGraph } from '../baechi/small-graph.ts';
import { cluster } from '../preview/specs.ts';

interface Registered {
  readonly name: string;
  readonly documentation: string;
}

function choices(registry: readonly Registered[], names: readonly string[], schema: SchemaNode | undefined): void {
  expect(registry.map(({ name }) => name)).toEqual(names);
  expect(schema?.enum).toEqual(names);
  expect(schema?.['x-berth-enum-descriptions']).toEqual(registry.map(({ documentation }) => documentation));
  for (const { documentation } of registry) expect(documentation).toMatch(/^[A-Z].{15,}\.$/);
  expect(new Set(names).size).toBe(names.length);
}

const placement = schemaOf('TrainingPlacement').properties!.spec!.properties!;
const serving = schemaOf('InferenceCluster').properties!.spec!.properties!;

describe('placers', () => {
  it('are documented and choices of a spec', () => choices([AUTO, ...PLACERS], ALGORITHMS, placement.algorithm));

  it.each(PLACERS.map(({ name }) => name))(
    '%s places a graph, and says truly whether it solves linear programs',
    async (name) => {
      const graph = randomGraph(3, 12);
      const run = trainingRun(
        graph,
        [10, 20].map((memory, d) => ({ name: `gpu${d}`, memory: memory * 1e6 })),
        {
          usPerByte: 1e-3,
          latencyUs: 5,
        },
      );
      const placer = placerOf(name);
      const solver = await defaultSolver();
      let solved = 0;
      const result = placer.place(run, {
        solve: (...program) => {
          solved++;
          return solver(...program);
        },
        ...(placer.needsAllPins ? { pins: new Int32Array(12).map((_, node) => node % 2) } : {}),
      });
      if (result.kind !== 'placement') throw new Error(result.kind);
      expect(solved > 0).toBe(placer.needsLp);
      expect(result.device).toHaveLength(12);
      expect(simulateStep(run, result.device).schedule.makespanUs).toBeGreaterThan(0);
    },
  );
});

describe('policies', () => {
  it('are documented and choices of a spec', () =>
    choices(POLICY_REGISTRY, POLICIES, serving.autoscaler!.properties!.policy));

  it.each(POLICY_REGISTRY)('$name replays traffic under its own name', ({ name }) => {
    const request = simulationRequest(cluster(), { policy: name, seed: 1 });
    expect(request.policy.name).toBe(name);
    const replay = simulate({
      ...request,
      countsPerMinute: request.countsPerMinute.map((counts) => counts.slice(0, 3)),
    });
    if (replay.kind !== 'finished') throw new Error(replay.kind);
    expect(replay.requests).toBeGreaterThan(100);
  });

  it.each(POLICY_REGISTRY)('$name says where a deployment starts, within the limits', ({ startsWith }) => {
    const { jobs, capacity } = simulationRequest(cluster(), { seed: 1 });
    const replicas = startsWith?.({ jobs, capacity }) ?? [1, 1];
    replicas.forEach((count, i) => {
      expect(count).toBeGreaterThanOrEqual(jobs[i]!.minReplicas);
      expect(count).toBeLessThanOrEqual(jobs[i]!.maxReplicas);
    });
  });
});

describe('objectives', () => {
  it('are documented and choices of a spec', () => choices(OBJECTIVE_DEFINITIONS, OBJECTIVES, serving.objective));

  it.each(OBJECTIVE_DEFINITIONS)('$name allocates, and heeds gamma where it takes one', ({ name, takesGamma }) => {
    const allocation = allocate(planningProblem(cluster({ objective: name })));
    expect(allocation.kind).toBe('allocated');
    const [little, much] = [0.5, 7].map((gamma) => objectiveTerms({ kind: name, gamma }, 3));
    if (takesGamma) expect(little).not.toEqual(much);
    else expect(little).toEqual(much);
  });
});
