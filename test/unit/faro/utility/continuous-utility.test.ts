import { expect, test } from 'vitest';
import { continuousUtility } from '../../../../server/src/faro/utility/continuous-utility.ts';
import { percentileLatencyMs } from '../../../../server/src/faro/utility/mdc-latency.ts';
import { utilityOf } from '../../../../server/src/faro/utility/utility.ts';
import { utilityTable } from '../../../../server/src/faro/utility/utility-curve.ts';
import { goldenJobs, job } from '../golden-instance.ts';

test('agrees with the table at whole replicas', () => {
  const startUp = { bins: 2, current: 2 };
  for (const golden of goldenJobs) {
    for (const models of [{}, { latencyModel: { kind: 'upperBound' as const } }]) {
      for (const start of [undefined, startUp]) {
        const table = utilityTable(golden, 8, models, start);
        const curve = continuousUtility(golden, models, start);
        for (let replicas = 0; replicas <= 8; replicas++) expect(curve(replicas)).toBeCloseTo(table[replicas]!, 10);
      }
    }
  }
});

test('is the mean of the percentile latencies’ utilities between them, and for a share of the requests', () => {
  const asked = job({ ratesPerSecond: [0, 4, 15, 40] });
  const curve = continuousUtility(asked);
  for (const replicas of [0.2, 0.999999, 1.5, 2.9, 3.5, 7.77]) {
    for (const share of [1, 0.7, 0]) {
      const expected = asked.ratesPerSecond.map((rate) =>
        utilityOf(percentileLatencyMs({ ...asked, ratePerSecond: share * rate }, replicas), asked.sloMs),
      );
      expect(curve(replicas, share)).toBeCloseTo(expected.reduce((a, b) => a + b) / 4, 10);
    }
  }
  expect(continuousUtility(job())(0)).toBe(1);
});
