import { describe, expect, it } from 'vitest';
import { previewInference, withReplay } from '../../../server/src/preview/inference.ts';
import { withWhatIf } from '../../../server/src/preview/what-if.ts';
import { parseQuantity } from '../../../server/src/spec/quantities/quantity.ts';
import type { Cores, InferenceJob, RequestsPerSecond } from '../../../server/src/spec/types.ts';
import { bytes, cluster, job, ms } from './specs.ts';

const rate = (perSecond: number): { type: 'rate'; rate: RequestsPerSecond } => ({
  type: 'rate',
  rate: perSecond as RequestsPerSecond,
});

describe('preview of an InferenceCluster', () => {
  it('gives every job the replicas that its load needs, and names the tightest', () => {
    const { preview, findings } = previewInference(cluster(), 0);
    expect(preview?.jobs.map((entry) => [entry.name, entry.replicas])).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
    expect(preview?.sentence).toMatch(
      /^Both SLOs are met with 6 of 8 replicas; a has the least slack: \d+(\.\d+)? %\.$/,
    );
    expect(preview?.objective).toEqual({ name: 'Sum', value: 2, best: 2 });
    expect(findings).toEqual([]);
  });

  it('plans for the busiest stretch of the traces, not for their mean', () => {
    const quiet = new Array<number>(60).fill(60);
    const trace = [...quiet, ...new Array<number>(7).fill(1200), ...quiet];
    const spec = cluster({
      jobs: [job('a', { workload: { type: 'trace', path: 'day.csv', column: 'a', requestsPerMinute: trace } })],
    });
    const { preview } = previewInference(spec, 0);
    expect(preview?.jobs[0]?.ratePerSecond).toBe(20);
    expect(preview?.sentence).toContain('(from minute 60)');
  });

  it('says one more replica helps whoever gains most', () => {
    const spec = cluster({
      capacity: { replicas: 4 },
      jobs: [job('light', { workload: rate(1) }), job('heavy', { workload: rate(20) })],
    });
    const { preview, findings } = previewInference(spec, 0);
    expect(preview?.neediest).toBe('heavy');
    expect(preview?.jobs[1]?.gain).toBeGreaterThan(0);
    expect(preview?.jobs[0]?.loss).toBeNull();
    expect(preview?.sentence).toMatch(/^One of two SLOs is missed with 4 of 4 replicas: heavy\.$/);
    const [short] = findings;
    expect(short).toMatchObject({
      code: 'BERTH2007',
      path: ['spec', 'capacity', 'replicas'],
      params: { missed: ['heavy'] },
    });
    // The quick fix works: with it, nothing is missed any more.
    const enough = short?.suggestions[0]?.value as number;
    expect(previewInference(cluster({ ...spec, capacity: { replicas: enough } }), 0).findings).toEqual([]);
    expect(previewInference(cluster({ ...spec, capacity: { replicas: enough - 1 } }), 0).findings).toHaveLength(1);
  });

  it('finds an SLO that no capacity can meet, and one that the job forbids itself', () => {
    const impossible = job('impossible', { slo: { latency: ms(100), percentile: 99 } });
    const capped = job('capped', { workload: rate(40), replicas: { min: 1, max: 4 } });
    const { findings } = previewInference(cluster({ capacity: { replicas: 40 }, jobs: [impossible, capped] }), 0);
    expect(findings.map(({ code, path }) => [code, path.join('.')])).toEqual([
      ['BERTH2002', 'spec.jobs.0.slo.latency'],
      ['BERTH2005', 'spec.jobs.1.slo.latency'],
    ]);
    expect(findings[1]?.suggestions[0]).toMatchObject({ path: ['spec', 'jobs', 1, 'replicas', 'max'] });
  });

  it('has nothing to show where the minima exceed the capacity, and says by how much', () => {
    const { preview, findings } = previewInference(cluster({ capacity: { replicas: 1 } }), 0);
    expect(preview).toBeNull();
    expect(findings).toMatchObject([{ code: 'BERTH2001', params: { sum: '2', capacity: '1' } }]);
  });

  it('tries a capacity and an SLO without touching the spec', () => {
    const tried = withWhatIf(cluster(), { capacityReplicas: 3, sloMs: { b: 900 } });
    expect(tried.capacity.replicas).toBe(3);
    expect(tried.jobs.map(({ slo }) => slo.latency)).toEqual([720, 900]);
  });

  it('lets a maximum that only the capacity sets grow with it, and leaves a written one alone', () => {
    const jobs = [job('free', { replicas: { min: 1, max: 8 }, workload: rate(60) }), job('capped')];
    const tried = withWhatIf(cluster({ jobs }), { capacityReplicas: 30 });
    expect(tried.jobs.map(({ replicas }) => replicas.max)).toEqual([30, 20]);
    expect(previewInference(tried, 0).findings).toEqual([]);
  });
});

describe('the faults of an InferenceCluster, each said once', () => {
  const codes = (change: Parameters<typeof cluster>[0]): string[] =>
    previewInference(cluster(change), 0).findings.map(({ code }) => code);

  it('blames the capacity, not a maximum that nobody wrote', () => {
    const jobs = [job('a', { replicas: { min: 1, max: 8 }, workload: rate(60) })];
    const { findings } = previewInference(cluster({ jobs }), 0);
    expect(findings).toMatchObject([{ code: 'BERTH2007', params: { needed: '12 replicas', missed: ['a'] } }]);
    const enough = findings[0]!.suggestions[0]!.value as number;
    expect(
      codes({
        capacity: { replicas: enough },
        jobs: [job('a', { replicas: { min: 1, max: enough }, workload: rate(60) })],
      }),
    ).toEqual([]);
  });

  it('says of minima above the capacity only that', () => {
    const jobs = [
      job('a', { replicas: { min: 1, max: 2 } }),
      job('b', { replicas: { min: 2, max: 2 }, workload: rate(100) }),
    ];
    expect(codes({ capacity: { replicas: 2 }, jobs })).toEqual(['BERTH2001']);
  });

  it('says of a replica that fits nowhere only that', () => {
    const large = job('large', { resources: { memory: bytes(64 * 2 ** 30) }, replicas: { min: 1, max: 1 } });
    expect(codes({ capacity: { memory: bytes(32 * 2 ** 30) }, jobs: [large] })).toEqual(['BERTH2003']);
  });

  it('tells amounts apart that differ in the fourth digit, and offers one that is enough', () => {
    const half = (extra: number): Partial<InferenceJob> => ({
      resources: { memory: bytes(48 * 2 ** 30 + extra) },
      workload: rate(1),
      replicas: { min: 1, max: 1 },
    });
    const jobs = [job('a', half(0)), job('b', half(2 ** 20))];
    const { findings } = previewInference(cluster({ capacity: { memory: bytes(96 * 2 ** 30) }, jobs }), 0);
    expect(findings).toMatchObject([{ code: 'BERTH2001', params: { sum: '96.001Gi', capacity: '96Gi' } }]);
    const read = parseQuantity(String(findings[0]!.suggestions[0]!.value), 'size');
    expect(read.ok && codes({ capacity: { memory: read.value }, jobs }).includes('BERTH2001')).toBe(false);
  });

  it('says of a job without traffic that it has none', () => {
    expect(codes({ jobs: [job('a', { workload: rate(0) })] })).toEqual(['BERTH2012']);
    const sleeper = job('a', { replicas: { min: 0, max: 4, scaleToZeroAfter: ms(600_000) } });
    const { autoscaler } = cluster();
    expect(codes({ jobs: [sleeper] })).toEqual([]);
    for (const policy of ['static', 'fairShare'] as const)
      expect(codes({ jobs: [sleeper], autoscaler: { ...autoscaler, policy } })).toEqual(['BERTH2024']);
    const silent = { type: 'trace', path: 'day.csv', column: 'a', requestsPerMinute: [0, 0, 0] } as const;
    expect(codes({ jobs: [job('a', { workload: silent }), job('b')] })).toEqual(['BERTH2012']);
  });

  it('judges by the latency model that the spec names', () => {
    const optimizer = {
      utility: 'relaxed',
      alpha: 1,
      latency: 'upperBound',
      solver: 'exact',
      changePenalty: 0,
      drops: 'unrelieved',
    } as const;
    const jobs = [job('a', { workload: rate(16), replicas: { min: 1, max: 20 } })];
    const { preview } = previewInference(cluster({ optimizer, jobs }), 0);
    expect(preview!.jobs[0]).toMatchObject({ replicas: 4, latencyMs: 720, needed: 4 });
  });

  it('counts replicas to the last, and offers no more than a spec may have', () => {
    const jobs = Array.from({ length: 13 }, (_, i) => job(`j${i}`, { replicas: { min: 950, max: 2000 } }));
    const { findings } = previewInference(cluster({ capacity: { replicas: 12_345 }, jobs }), 0);
    expect(findings).toMatchObject([{ params: { sum: '12350', capacity: '12345' }, suggestions: [{ value: 12_350 }] }]);
    const endless = job('endless', { workload: rate(1e9) });
    const { findings: hopeless } = previewInference(cluster({ capacity: { replicas: 100_000 }, jobs: [endless] }), 0);
    expect(hopeless).toMatchObject([{ code: 'BERTH2005', suggestions: [] }]);
  });
});

describe('nodes', () => {
  const cores = (count: number): Cores => count as Cores;
  const node = (name: string, cpu: number, memory: number, accelerators = 0) => ({
    name,
    cpu: cores(cpu),
    memory: bytes(memory * 2 ** 30),
    accelerators,
  });
  const nodes = [node('wide', 8, 4), node('deep', 2, 32)];
  const told = (resources: InferenceJob['resources'], capacity = { cpu: cores(10) }) => {
    const jobs = [job('a', { resources, workload: rate(1), replicas: { min: 1, max: 1 } })];
    return previewInference(cluster({ capacity, nodes, jobs }), 0).findings;
  };

  it('have room for a replica, or it is told what is short', () => {
    expect(told({ cpu: cores(8), memory: bytes(2 ** 30) })).toEqual([]);
    expect(told({ cpu: cores(9) })).toMatchObject([
      { code: 'BERTH2010', path: ['spec', 'jobs', 0, 'resources', 'cpu'], params: { takes: '9', most: '8' } },
    ]);
    expect(told({ cpu: cores(1), accelerators: 1 })).toMatchObject([
      { code: 'BERTH2010', params: { resource: 'accelerators', takes: '1', most: '0' } },
    ]);
    expect(told({ cpu: cores(8), memory: bytes(16 * 2 ** 30) })).toMatchObject([
      { code: 'BERTH2010', params: { resource: '', takes: '8 cpu and 16 GiB of memory' } },
    ]);
    // More than the whole cluster has is a matter of its capacity.
    expect(told({ cpu: cores(11) }).map(({ code }) => code)).toEqual(['BERTH2003']);
  });

  it('have room for all minima at once, though no replica can be split', () => {
    const jobs = ['a', 'b'].map((name) =>
      job(name, { resources: { cpu: cores(5) }, workload: rate(1), replicas: { min: 1, max: 1 } }),
    );
    expect(previewInference(cluster({ capacity: { cpu: cores(10) }, nodes, jobs }), 0).findings).toMatchObject([
      { code: 'BERTH2013', path: ['spec', 'nodes'] },
    ]);
  });

  it('are no less than the capacity', () => {
    expect(told({ cpu: cores(1) }, { cpu: cores(12) })).toMatchObject([
      { code: 'BERTH2011', path: ['spec', 'capacity', 'cpu'], params: { capacity: '12', nodes: '10' } },
    ]);
  });

  it('are told of as what is too small, where they are the capacity', () => {
    const jobs = [job('a', { resources: { cpu: cores(4) }, workload: rate(100) })];
    const { preview, findings } = previewInference(cluster({ capacity: { cpu: cores(10) }, nodes, jobs }), 0);
    expect(findings).toMatchObject([{ code: 'BERTH2007', path: ['spec', 'nodes'], suggestions: [] }]);
    expect(preview).toMatchObject({ capacity: { unit: 'cpu', nodes: nodes.length }, jobs: [{ takes: 4 }] });
    const less = previewInference(cluster({ capacity: { cpu: cores(8) }, nodes, jobs }), 0);
    expect(less.findings).toMatchObject([{ code: 'BERTH2007', path: ['spec', 'capacity', 'cpu'] }]);
  });

  it('count no more where a capacity is tried', () => {
    const tried = withWhatIf(cluster({ capacity: { cpu: cores(10) }, nodes }), { capacityReplicas: 20 });
    expect(tried).toMatchObject({ capacity: { cpu: 20 }, nodes: [] });
  });
});

describe('the sentence of an InferenceCluster', () => {
  const sentence = (change: Parameters<typeof cluster>[0]): string | undefined =>
    previewInference(cluster(change), 0).preview?.sentence;
  const heavy = rate(100);

  it.each([
    ['one met', { jobs: [job('a')] }, /^The SLO is met with 3 of 8 replicas; the slack is 37\.8 %\.$/],
    ['one missed', { jobs: [job('a', { workload: heavy })] }, /^The SLO is missed with 8 of 8 replicas: a\.$/],
    [
      'both missed',
      { jobs: [job('a', { workload: heavy }), job('b', { workload: heavy })] },
      /^Both SLOs are missed with 8 of 8 replicas: a and b\.$/,
    ],
    [
      'all of many missed',
      { capacity: { replicas: 13 }, jobs: Array.from({ length: 13 }, (_, i) => job(`j${i}`, { workload: heavy })) },
      /^All 13 SLOs are missed with 13 of 13 replicas: j0, j1 and 11 more\.$/,
    ],
    [
      'no load',
      { jobs: [job('a', { workload: rate(0) })] },
      /^The SLO is met with 1 of 8 replicas; the slack is 75\.0 %\.$/,
    ],
  ])('%s', (_what, change, expected) => {
    expect(sentence(change)).toMatch(expected);
  });

  it.each(['Fair', 'FairSum'] as const)('tells that %s leaves replicas idle which a job could use', (objective) => {
    // One job cannot be helped at all; the other must not be far better off.
    const hopeless = job('hopeless', { slo: { latency: ms(20), percentile: 99 } });
    const late = job('late', { workload: heavy });
    const { preview } = previewInference(cluster({ objective, capacity: { replicas: 12 }, jobs: [hopeless, late] }), 0);
    const { used, replicas } = preview!.capacity;
    expect(used).toBeLessThan(replicas);
    expect(preview!.sentence).toContain(
      `; ${objective} leaves room for ${replicas - used} ${replicas - used === 1 ? 'replica' : 'replicas'} idle, since`,
    );
    expect(sentence({ objective: 'Sum', capacity: { replicas: 12 }, jobs: [hopeless, late] })).not.toContain('idle');
  });
});

describe('a capacity of several resources', () => {
  const cores = (count: number): Cores => count as Cores;
  const takes = { cpu: cores(3), memory: bytes(12 * 2 ** 30), accelerators: 1 };
  const jobs = [job('a', { resources: takes }), job('b', { resources: { cpu: cores(2) }, workload: rate(1) })];
  const { preview } = previewInference(
    cluster({ capacity: { cpu: cores(32), memory: bytes(128 * 2 ** 30), accelerators: 3 }, jobs }),
    0,
  );

  it('is led by the one that is used up first, with what each job takes of it', () => {
    expect(preview!.capacity.resources).toMatchObject([
      { name: 'accelerators', used: 3, capacity: 3, takes: [1, 0] },
      { name: 'cpu', capacity: 32, takes: [3, 2] },
      { name: 'memory', used: 36 * 2 ** 30, takes: [12 * 2 ** 30, 0] },
    ]);
    expect(preview!.sentence).toContain(' with 3 of 3 accelerators; ');
  });

  it('keeps the resource that a what-if changes', () => {
    expect(preview!.capacity).toMatchObject({ unit: 'cpu', replicas: 32 });
  });
});

describe('the headline of a day and its peak', () => {
  const trace = [...new Array<number>(59).fill(60), 600];
  const spec = (capacity: number): ReturnType<typeof cluster> =>
    cluster({
      capacity: { replicas: capacity },
      autoscaler: { ...cluster().autoscaler, horizon: ms(60_000) },
      jobs: [job('a', { workload: { type: 'trace', path: 'day.csv', column: 'a', requestsPerMinute: trace } })],
    });
  const headline = (capacity: number, share: number): string => {
    const { preview, peak } = previewInference(spec(capacity), 0);
    const mean = { mean: share, least: share, most: share };
    const own = { policy: 'faro', violationRate: mean, lostUtility: mean, averageReplicas: mean, requests: 1 } as const;
    const replay = {
      policy: 'faro',
      minutes: 60,
      series: [],
      trainedForecast: false,
      seeds: 1,
      seedsWanted: 1,
      policies: [own],
    } as const;
    return withReplay(preview!, peak!, replay).sentence;
  };

  it.each([
    [
      8,
      0.00435,
      'Over the hour of the trace, 0.435 % of requests are over their SLO under Faro, though at its busiest minute (from minute 59) the SLO is met with 3 of 8 replicas; ',
    ],
    [
      8,
      0,
      'Over the hour of the trace, no request is over its SLO under Faro, and at its busiest minute (from minute 59) the SLO is met with 3 of 8 replicas; ',
    ],
    [
      1,
      0.12,
      'Over the hour of the trace, 12.0 % of requests are over their SLO under Faro; at its busiest minute (from minute 59) the SLO is missed with 1 of 1 replica: a.',
    ],
    [
      1,
      0,
      'Over the hour of the trace, no request is over its SLO under Faro, yet at its busiest minute (from minute 59) the SLO is missed with 1 of 1 replica: a.',
    ],
  ])('joins both with %s replicas and a share of %s over the SLO', (capacity, share, expected) => {
    expect(headline(capacity, share)).toContain(expected);
  });

  it('speaks of the peak alone before the day was replayed', () => {
    expect(previewInference(spec(8), 0).preview!.sentence).toMatch(
      /^At the trace's busiest minute \(from minute 59\), the SLO is met with 3 of 8 replicas; the slack is [\d.]+ %\.$/,
    );
  });
});

describe('a router of the simulation', () => {
  const router = { min: ms(3.485), median: ms(4.473), p99: ms(6.508) };
  const told = (perSecond: number, given = { router }) => {
    const { simulation } = cluster();
    const jobs = [job('a'), job('busy', { workload: rate(perSecond) })];
    return previewInference(
      cluster({ capacity: { replicas: 60 }, jobs, simulation: { ...simulation, ...given } }),
      0,
    ).findings.filter(({ code }) => code === 'BERTH2015');
  };

  it('that is slower than the traffic is told of: a request passes it twice', () => {
    expect(told(111)).toMatchObject([
      {
        path: ['spec', 'simulation', 'router'],
        params: { jobs: ['busy'], perSecond: expect.closeTo(108.8, 0) as number },
      },
    ]);
    expect(told(105)).toEqual([]);
  });

  it('that takes no time lets all pass', () => expect(told(1000, {} as never)).toEqual([]));
});
