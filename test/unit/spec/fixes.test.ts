import { describe, it } from 'vitest';
import { checkFix } from './check.ts';
import { HEAD } from './texts.ts';

describe('fixes', () => {
  const job = (rest: string): string => `${HEAD}
        jobs:
          - name: a
            processingTime: 1ms
            workload: { rate: 1/s }
${rest}`;

  it('mend what is misspelt, missing or misplaced', () => {
    checkFix(job('            slo: { latncy: 1s }\n'), job('            slo: { latency: 1s }\n'));
    checkFix(job('            slo: { latency: 720 }\n'), job('            slo: { latency: 720ms }\n'));
    checkFix(job('            slo: {}\n'), job('            slo: { latency: 720ms }\n'));
    checkFix(
      job('            slo: { percentile: 95 } # soon\n'),
      job('            slo: { latency: 720ms, percentile: 95 } # soon\n'),
    );
    checkFix(
      job('            slo:\n              # mine\n              percentile: 95\n'),
      job('            slo:\n              # mine\n              latency: 720ms\n              percentile: 95\n'),
    );
    checkFix(
      job('            slo: { latency: 1s }\n            serve: { command: "node x" }\n'),
      job('            slo: { latency: 1s }\n            serve: { command: [node, x] }\n'),
    );
  });

  it('move a key to where it belongs', () => {
    const before = `
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: vision }
      spec:
        coldStart: 65s # slow disks
        capacity: { replicas: 8 }
        autoscaler: { policy: faro }
        jobs: [ { name: a, slo: { latency: 1s }, processingTime: 1ms, workload: { rate: 1/s } } ]
    `;
    checkFix(
      before,
      before
        .replace(/\n *coldStart: 65s # slow disks/, '')
        .replace('{ policy: faro }', '{ policy: faro, coldStart: 65s }'),
    );
    const alone = before.replace(/\n *autoscaler: .*/, '');
    checkFix(alone, alone.replace('coldStart: 65s', 'autoscaler: { coldStart: 65s }'));
  });
});
