/** The door between a typed spec and the engine: what a spec says, and what becomes of what it leaves out. */
import { describe, expect, it } from 'vitest';
import { forecastFlaw, planningProblem, simulationRequest, specObjective } from '../../../server/src/faro/from-spec.ts';
import { referenceAdmission } from '../../../server/src/faro/simulator/admission.ts';
import {
  lognormalTime,
  measuredResNet34,
  measuredRouterPass,
  type ServiceTime,
} from '../../../server/src/faro/simulator/service-time.ts';
import { simulate } from '../../../server/src/faro/simulator/simulate.ts';
import { promptMechanics, referenceMechanics } from '../../../server/src/faro/simulator/worker-cluster.ts';
import { previewInference } from '../../../server/src/preview/inference.ts';
import { replayPolicy } from '../../../server/src/preview/replay.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import type { Cores, InferenceCluster } from '../../../server/src/spec/types.ts';
import { cluster, job, ms } from '../preview/specs.ts';

/** What was published of the experiments, as a person writes it. */
const published = `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: faro }
spec:
  capacity: { replicas: 32 }
  jobs:
    - name: resnet34
      slo: { latency: 720ms }
      processingTime: 180ms
      serviceTime: { min: 79.30158214998745ms, median: 147.88236864768176ms, p99: 262.5517ms }
      workload: { rate: 20/s }
  simulation:
    router: { min: 3.485330525882586ms, median: 4.473142621648177ms, p99: 6.508ms }
    coldStart: 35s
    hotStart: 3s
    idle: 30s
`;

describe('the published values', () => {
  const file = readSpecFile(published, { uri: '/specs/faro.berth.yaml' });
  const request = simulationRequest(file.documents[0]!.spec as InferenceCluster, { seed: 42 });

  it('give the cluster and the router of the experiments', () => {
    expect(file.problems).toEqual([]);
    expect(request.mechanics).toEqual(referenceMechanics);
    expect(request.admission).toEqual(referenceAdmission);
  });

  it('give the times that were measured there', () => {
    const [service] = request.service as readonly (typeof measuredResNet34)[];
    for (const [read, measured] of [
      [service!, measuredResNet34],
      [request.routerPass!, measuredRouterPass],
    ] as const) {
      expect(read.shiftMs).toBe(measured.shiftMs);
      expect(read.scaleMs).toBeCloseTo(measured.scaleMs, 10);
      expect(read.sigma).toBeCloseTo(measured.sigma, 3);
    }
  });
});

describe('what a spec leaves out', () => {
  const request = simulationRequest(cluster(), { seed: 1 });

  it('is simulated as on the target local', () => {
    expect(request.mechanics).toEqual(promptMechanics(65));
    expect(request.admission).toEqual(referenceAdmission);
    expect(request.service).toEqual([{ kind: 'declared' }, { kind: 'declared' }]);
    expect(request).not.toHaveProperty('routerPass');
    expect(request).not.toHaveProperty('nodes');
    expect(request.countsPerMinute.map((counts) => [counts.length, counts[0]])).toEqual([
      [60, 600],
      [60, 600],
    ]);
    expect(request.policy.name).toBe('faro');
  });

  it('is decided as in the experiments', () => {
    expect(planningProblem(cluster())).toMatchObject({
      objective: { kind: 'Sum' },
      models: { latencyModel: { kind: 'mdc', rhoMax: 0.95 }, utilityShape: { kind: 'relaxed', alpha: 1 } },
    });
  });
});

describe('what a spec says', () => {
  it('of the optimizer becomes models and objective', () => {
    const optimizer = {
      utility: 'step',
      alpha: 2,
      latency: 'upperBound',
      solver: 'exact',
      changePenalty: 0,
      drops: 'unrelieved',
      gamma: 3,
    } as const;
    const models = { latencyModel: { kind: 'upperBound' }, utilityShape: { kind: 'step' } };
    expect(planningProblem(cluster({ optimizer })).models).toEqual(models);
    expect(specObjective(cluster({ optimizer, objective: 'FairSum' }))).toEqual({ kind: 'FairSum', gamma: 3 });
    expect(specObjective(cluster({ optimizer, objective: 'Fair' }))).toEqual({ kind: 'Fair' });
  });

  it('of what a change must gain holds policy faro to it', () => {
    const swaying = (name: string, phase: number) => {
      const requestsPerMinute = Array.from({ length: 60 }, (_, minute) =>
        Math.round(900 + 300 * Math.sin((minute + phase) / 6)),
      );
      return job(name, { workload: { type: 'trace', path: 'day.csv', column: name, requestsPerMinute } });
    };
    const spec = cluster({ capacity: { replicas: 8 }, jobs: [swaying('a', 0), swaying('b', 18)] });
    const moved = (changePenalty: number): number => {
      const priced = { ...spec, optimizer: { ...spec.optimizer, changePenalty } };
      const { perJob } = replayPolicy(priced, { policy: 'faro' })!;
      return perJob.reduce((sum, { series: { replicas } }) => {
        const steps = replicas.slice(1).map((count, i) => Math.abs(count - replicas[i]!));
        return sum + steps.reduce((all, step) => all + step, 0);
      }, 0);
    };
    expect(moved(0.1)).toBeLessThan(moved(0));
    expect(moved(0.5)).toBeLessThan(moved(0.1));
  });

  it('of nodes decides where replicas fit', () => {
    const cpu = (count: number) => count as Cores;
    const spec = cluster({
      capacity: { cpu: cpu(6) },
      nodes: [
        { name: 'a', cpu: cpu(3), accelerators: 0 },
        { name: 'b', cpu: cpu(3), accelerators: 0 },
      ],
      jobs: [job('wide', { resources: { cpu: cpu(2) }, replicas: { min: 1, max: 3 } })],
    });
    const run = (nodes: InferenceCluster['nodes']): number => {
      const result = simulate(simulationRequest({ ...spec, nodes }, { policy: 'faro', seed: 1 }));
      if (result.kind !== 'finished') throw new Error(result.kind);
      return Math.max(...result.perJob[0]!.series.replicas);
    };
    expect(run([])).toBe(3);
    expect(run(spec.nodes)).toBe(2);
  });

  it('of service times is one distribution for jobs alike', () => {
    const taking = (name: string, p99: number) =>
      job(name, { serviceTime: { min: ms(80), median: ms(150), p99: ms(p99) } });
    const jobs = [taking('a', 260), taking('b', 300), taking('c', 260), job('d')];
    const [a, b, c, d] = simulationRequest(cluster({ jobs }), { seed: 1 }).service as readonly ServiceTime[];
    expect(c).toBe(a);
    expect(b).not.toEqual(a);
    expect(d).toEqual({ kind: 'declared' });
  });

  it('of a policy can be tried without a change of the spec', () => {
    expect(simulationRequest(cluster(), { policy: 'aiad', seed: 1 }).policy.name).toBe('aiad');
  });
});

describe('a time by chance', () => {
  it('has the quantiles that it is given by', () => {
    const { shiftMs, scaleMs, sigma } = lognormalTime(10, 30, 90);
    expect(shiftMs + scaleMs).toBe(30);
    expect(shiftMs + scaleMs * Math.exp(2.3263478740408408 * sigma)).toBeCloseTo(90, 6);
  });

  it('is always the same where its quantiles are', () => {
    expect(lognormalTime(10, 10, 10)).toMatchObject({ shiftMs: 10, scaleMs: 0, sigma: 0 });
    expect(lognormalTime(0, ms(20), 20)).toMatchObject({ scaleMs: 20, sigma: 0 });
  });
});

describe('the forecast file of a spec', () => {
  const saying = (text: string): InferenceCluster => {
    const spec = cluster();
    return { ...spec, autoscaler: { ...spec.autoscaler, forecast: { path: '/specs/vision.forecast.json', text } } };
  };

  it('says what is wrong with it, also when it changes and comes back', () => {
    expect(forecastFlaw(cluster())).toBeUndefined();
    for (let again = 0; again < 2; again++) {
      expect(forecastFlaw(saying('{'))).toBe('it is not JSON');
      expect(forecastFlaw(saying('{"kind": "Graph"}'))).toContain('kind');
    }
  });

  it('keeps no policy from working: traffic is then learnt as it comes', () => {
    const result = simulate(simulationRequest(saying('{'), { policy: 'berth', seed: 1 }));
    expect(result.kind).toBe('finished');
  });

  it('is a problem at its key', () => {
    expect(previewInference(saying('{'), 0).findings).toMatchObject([
      { code: 'BERTH2020', path: ['spec', 'autoscaler', 'forecast'], params: { file: 'vision.forecast.json' } },
    ]);
    expect(previewInference(cluster(), 0).findings).toEqual([]);
  });
});
