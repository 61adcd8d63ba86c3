import { describe, expect, it } from 'vitest';
import { readSpecFile, type Files } from '../../../server/src/spec/spec-file.ts';
import { check, URI } from './check.ts';

describe('files that change under way', () => {
  const cluster = `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: vision }
spec:
  capacity: { replicas: 2 }
  jobs:
    - { name: a, slo: { latency: 1s }, processingTime: 90ms, workload: { trace: day.csv, column: a } }
    - { name: b, slo: { latency: 1s }, processingTime: 90ms, workload: { trace: day.csv, column: b } }
`;

  it.each([1, 2, 3, 4])('are one text for the whole of a reading, also when they vanish at look %i', (looks) => {
    let left = looks;
    const files: Files = {
      read: () => (left-- > 0 ? { text: `a,b\n${left},${left}\n`, version: `${left}` } : undefined),
    };
    const { documents, problems } = readSpecFile(cluster, { uri: URI, files });
    expect(problems).toEqual([]);
    const spec = documents[0]?.spec;
    const loads = spec?.kind === 'InferenceCluster' ? spec.jobs.map(({ workload }) => workload) : [];
    expect(loads).toMatchObject([{ requestsPerMinute: [looks - 1] }, { requestsPerMinute: [looks - 1] }]);
  });

  it('are missing at the next reading', () => {
    const codes = readSpecFile(cluster, { uri: URI, files: { read: () => undefined } }).problems.map((p) => p.code);
    expect(codes).toEqual(['BERTH1011', 'BERTH1011']);
  });
});

describe('numbers that are none', () => {
  it('are shown as they are written', () => {
    check(`
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: a }
      spec:
        capacity: { replicas: .nan }
                              ~~~~ BERTH1006 "replicas" takes a whole number, not .nan.
        jobs:
          - name: a
            slo: { latency: .inf }
                            ~~~~ BERTH1022 ".inf" is not a duration.
            processingTime: NaN
                            ~~~ BERTH1022 "NaN" is not a duration.
            priority: -.inf
                      ~~~~~ BERTH1006 "priority" takes a number, not -.inf.
            workload: { rate: .NaN }
                              ~~~~ BERTH1022 ".NaN" is not a rate.
    `);
  });
});
