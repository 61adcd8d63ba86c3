/** The keys of an InferenceCluster that say how it is optimised and simulated: what they mean, and what is wrong with them. */
import { describe, expect, it } from 'vitest';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import type { InferenceCluster } from '../../../server/src/spec/types.ts';
import { check, checkFix, dedent, URI } from './check.ts';

const job = '{ name: a, slo: { latency: 1s }, processingTime: 90ms, workload: { rate: 5/s } }';

/** A cluster with these lines under `spec`. */
const cluster = (lines: string): string => `
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: vision }
      spec:
${dedent(lines).replace(/^(?=.)/gm, '        ')}`;

function specOf(lines: string): InferenceCluster {
  const file = readSpecFile(dedent(cluster(lines)), { uri: URI });
  expect(file.problems).toEqual([]);
  return file.documents[0]!.spec as InferenceCluster;
}

describe('a cluster that says nothing of it', () => {
  it('is optimised as in the paper and simulated as the target local is', () => {
    const spec = specOf(`
      capacity: { replicas: 4 }
      autoscaler: { coldStart: 20s }
      jobs: [${job}]
    `);
    expect(spec).toMatchObject({
      nodes: [],
      optimizer: { utility: 'relaxed', alpha: 1, latency: 'mdc', changePenalty: 0 },
      autoscaler: { quantile: 0.6, adaptQuantile: false },
      simulation: { coldStart: 20_000, hotStart: 20_000, idle: 0, queue: 50, concurrency: 4 },
    });
    expect(spec.optimizer).not.toHaveProperty('gamma');
    expect(spec.simulation).not.toHaveProperty('router');
    expect(spec.jobs[0]).not.toHaveProperty('serviceTime');
  });
});

describe('nodes', () => {
  it('are counted out, and are the capacity where none is given', () => {
    const spec = specOf(`
      nodes:
        - { name: gpu, count: 2, cpu: 8, memory: 32Gi, accelerators: 4 }
        - { name: old, cpu: 4, memory: 16Gi }
      jobs: [{ name: a, slo: { latency: 1s }, processingTime: 90ms, workload: { rate: 5/s }, resources: { cpu: 3, memory: 1Gi, accelerators: 1 } }]
    `);
    expect(spec.nodes.map(({ name, accelerators }) => [name, accelerators])).toEqual([
      ['gpu0', 4],
      ['gpu1', 4],
      ['old', 0],
    ]);
    expect(spec.capacity).toEqual({ cpu: 20, memory: 80 * 2 ** 30, accelerators: 8 });
    // Two on each machine with accelerators, where the sum alone would have room for six.
    expect(spec.jobs[0]!.replicas.max).toBe(4);
  });

  it('limit only what all of them name', () => {
    const { capacity } = specOf(`
      nodes: [{ name: a, cpu: 4, memory: 8Gi }, { name: b, cpu: 500m }]
      jobs: [{ name: a, slo: { latency: 1s }, processingTime: 90ms, workload: { rate: 5/s }, resources: { cpu: 1, memory: 1Gi } }]
    `);
    expect(capacity).toEqual({ cpu: 4.5 });
  });

  it('each have a name of their own, and a job says what it takes of them', () => {
    check(
      cluster(`
      nodes:
        - { name: node, count: 2, cpu: 8 }
        - { name: node, cpu: 0m }
                  ~~~~ BERTH1010 Two nodes are called "node"; the first is on line 6.
                             ~~ BERTH1018 "cpu" must be more than 0, but is 0m.
        - { name: node1, cpu: 8 }
                  ~~~~~ BERTH1010 Two nodes are called "node1"; the first is on line 6.
      jobs: [{ name: a, slo: { latency: 1s }, processingTime: 90ms, workload: { rate: 5/s } }]
                     ~ BERTH1026 The capacity is given in cpu, but "a" does not say how much cpu a replica takes.
    `),
    );
  });
});

describe('a cluster with neither capacity nor nodes', () => {
  it('lacks a capacity, with a mend', () => {
    check(`
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: vision }
      spec:
      ~~~~ BERTH1005 "spec" lacks the key "capacity". [fix]
        jobs: [${job}]
    `);
  });
});

describe('times', () => {
  const service = (times: string): string => `
      capacity: { replicas: 4 }
      jobs: [{ name: a, slo: { latency: 1s }, processingTime: 90ms, serviceTime: ${times}, workload: { rate: 5/s } }]`;

  it('are read with their units, and begin at nothing', () => {
    expect(specOf(service('{ min: 79.3ms, median: 148ms, p99: 0.262s }')).jobs[0]!.serviceTime).toEqual({
      min: 79.3,
      median: 148,
      p99: 262,
    });
    expect(specOf(service('{ median: 148ms, p99: 148ms }')).jobs[0]!.serviceTime).toEqual({
      min: 0,
      median: 148,
      p99: 148,
    });
    expect(specOf(service('{ min: 90ms, median: 90ms, p99: 90ms }')).jobs[0]!.serviceTime?.min).toBe(90);
  });

  it('are told of where they are out of order, nothing, half given or without a unit', () => {
    check(
      cluster(`
      capacity: { replicas: 4 }
      jobs:
        - name: a
          slo: { latency: 1s }
          processingTime: 90ms
          serviceTime: { min: 90ms, median: 80ms, p99: 1s }
                                            ~~~~ BERTH2008 "serviceTime" has a min of 90ms, which is above its median of 80ms.
          workload: { rate: 5/s }
        - name: b
          slo: { latency: 1s }
          processingTime: 90ms
          serviceTime: { median: 1s, p99: 80ms }
                                          ~~~~ BERTH2008 "serviceTime" has a median of 1s, which is above its p99 of 80ms.
          workload: { rate: 5/s }
        - name: c
          slo: { latency: 1s }
          processingTime: 90ms
          serviceTime: { min: 79ms, median: 79ms, p99: 1s }
                                            ~~~~ BERTH2009 "serviceTime" has a median of 79ms, which is its minimum, and yet times of up to 1s.
          workload: { rate: 5/s }
        - name: d
          slo: { latency: 1s }
          processingTime: 90ms
          serviceTime: { median: 0ms, p99: 1s }
                                 ~~~ BERTH1018 "median" must be more than 0, but is 0ms.
          workload: { rate: 5/s }
        - name: e
          slo: { latency: 1s }
          processingTime: 90ms
          serviceTime: { median: 80ms }
          ~~~~~~~~~~~ BERTH1005 "serviceTime" lacks the key "p99". [fix]
          workload: { rate: 5/s }
        - name: f
          slo: { latency: 1s }
          processingTime: 90ms
          serviceTime: { median: 80, p99: 1s }
                                 ~~ BERTH1007 "median" is a duration and needs a unit: 80 of what? [fix]
          workload: { rate: 5/s }
    `),
    );
  });

  it('of the router, too', () => {
    check(
      cluster(`
      capacity: { replicas: 4 }
      jobs: [${job}]
      simulation: { router: { median: 5ms, p99: 4ms } }
                                                ~~~ BERTH2008 "router" has a median of 5ms, which is above its p99 of 4ms.
    `),
    );
  });
});

describe('values out of range', () => {
  it('are told of where they stand', () => {
    check(
      cluster(`
      capacity: { replicas: 0 }
                            ~ BERTH1018 "replicas" must be at least 1, but is 0. [fix]
      optimizer: { gamma: -1, alpha: 0, utility: steep, latency: mdx }
                          ~~ BERTH1018 "gamma" must be at least 0, but is -1. [fix]
                                     ~ BERTH1018 "alpha" must be more than 0, but is 0.
                                                 ~~~~~ BERTH1009 "utility" cannot be "steep"; did you mean "step"? [fix]
                                                                 ~~~ BERTH1009 "latency" cannot be "mdx"; did you mean "mdc"? [fix]
      autoscaler: { quantile: 1, adaptQuantile: often }
                              ~ BERTH1018 "quantile" must be less than 1, but is 1.
                                                ~~~~~ BERTH1006 "adaptQuantile" takes true or false, not a text.
      simulation: { concurrency: 0, queue: -1 }
                                 ~ BERTH1018 "concurrency" must be at least 1, but is 0. [fix]
                                           ~~ BERTH1018 "queue" must be at least 0, but is -1. [fix]
      jobs:
        - name: a
          slo: { latency: 1s, percentile: 100 }
                                          ~~~ BERTH1018 "percentile" must be less than 100, but is 100.
          processingTime: 90ms
          replicas: { min: -1 }
                           ~~ BERTH1018 "min" must be at least 0, but is -1. [fix]
          resources: { accelerators: -1 }
                                     ~~ BERTH1018 "accelerators" must be at least 0, but is -1. [fix]
          workload: { rate: 5/s }
    `),
    );
  });
});

describe('a job that may be scaled to zero', () => {
  const sleeper = (replicas: string, autoscaler = '{ coldStart: 35s }'): string => `
      capacity: { replicas: 4 }
      autoscaler: ${autoscaler}
      jobs:
        - { name: a, slo: { latency: 1s }, processingTime: 90ms, workload: { rate: 5/s }, replicas: ${replicas} }
    `;

  it('says when, and ten minutes where it does not; others say nothing', () => {
    expect(specOf(sleeper('{ min: 0 }')).jobs[0]!.replicas).toEqual({ min: 0, max: 4, scaleToZeroAfter: 600_000 });
    expect(specOf(sleeper('{ min: 0, max: 2, scaleToZeroAfter: 90s }')).jobs[0]!.replicas).toEqual({
      min: 0,
      max: 2,
      scaleToZeroAfter: 90_000,
    });
    expect(specOf(sleeper('{ min: 1 }')).jobs[0]!.replicas).toEqual({ min: 1, max: 4 });
  });

  it('has a cold start that is stated', () => {
    check(
      cluster(`
      capacity: { replicas: 4 }
      autoscaler: { policy: berth }
      jobs:
        - name: a
          slo: { latency: 1s }
          processingTime: 90ms
          replicas: { min: 0 }
                           ~ BERTH2023 Job "a" may have no replica, and nothing says how long who wakes it has to wait. [fix]
          workload: { rate: 5/s }
    `),
    );
  });

  it('is not told of a sleep that it never has, nor of one that begins at once', () => {
    check(
      cluster(`
      capacity: { replicas: 4 }
      autoscaler: { coldStart: 35s }
      jobs:
        - name: a
          slo: { latency: 1s }
          processingTime: 90ms
          replicas: { scaleToZeroAfter: 5m }
                      ~~~~~~~~~~~~~~~~ BERTH2025 Job "a" always has 1 replica: it is never scaled to zero.
          workload: { rate: 5/s }
        - name: b
          slo: { latency: 1s }
          processingTime: 90ms
          replicas: { min: 0, scaleToZeroAfter: 0s }
                                                ~~ BERTH1018 "scaleToZeroAfter" must be more than 0, but is 0s.
          workload: { rate: 5/s }
    `),
    );
  });
});

describe('the price of a change', () => {
  it('is a number that is not negative', () => {
    const priced = (price: string): string => `
      capacity: { replicas: 4 }
      optimizer: { changePenalty: ${price} }
      jobs: [${job}]
    `;
    expect(specOf(priced('0.05')).optimizer.changePenalty).toBe(0.05);
    check(
      cluster(`
      capacity: { replicas: 4 }
      optimizer: { changePenalty: -0.5 }
                                  ~~~~ BERTH1018 "changePenalty" must be at least 0, but is -0.5. [fix]
      jobs: [${job}]
    `),
    );
    check(
      cluster(`
      capacity: { replicas: 4 }
      optimizer: { changePenalty: little }
                                  ~~~~~~ BERTH1006 "changePenalty" takes a number, not a text.
      jobs: [${job}]
    `),
    );
  });
});

describe('a key in the wrong place', () => {
  it('goes to the nearest place that has it, the first of several', () => {
    const text = cluster(`
      capacity: { replicas: 4 }
      hotStart: 3s
      jobs: [${job}]
    `);
    checkFix(text, text.replace('hotStart: 3s', 'simulation: { hotStart: 3s }'));
  });
});
