/** What a spec says of the traces that it names. */
import { describe, expect, it } from 'vitest';
import type { InferenceCluster } from '../../../server/src/spec/types.ts';
import { check, filesOf } from './check.ts';
import { withWorkload as job } from './texts.ts';

describe('a trace', () => {
  it('says once of a trace what is to be doubted in its times, and what is taken for granted of a column', () => {
    const gap = { files: filesOf({ 'gap.csv': 'minute,a,b (req/s)\n0,1,1\n1,2,1\n60,3,1\n61,3,1\n' }) };
    const second = `
          - name: b
            slo: { latency: 1s }
            processingTime: 1ms
            workload:`;
    const file = check(
      `${job('{ trace: gap.csv, column: a }')}
                               ~~~~~~~ BERTH2016 The trace "gap.csv" is read as 62 minutes: line 4: it comes 59 minutes after line 3, and the 58 lines left out count no requests.${second} { trace: gap.csv, column: b (req/s) }
                                                ~~~~~~~~~ BERTH2017 The trace "gap.csv" leaves something open: line 1: "b (req/s)" is taken for requests a second.
    `,
      gap,
    );
    const spec = file.documents[0]!.spec as InferenceCluster;
    expect(
      spec.jobs.map(({ workload }) => workload.type === 'trace' && workload.requestsPerMinute.slice(0, 3)),
    ).toEqual([
      [1, 2, 0],
      [60, 60, 0],
    ]);
    check(
      `${job('{ trace: two.csv, column: a }')}
                               ~~~~~~~ BERTH2006 Line 3 of the trace "two.csv" cannot be read: it has the same time as line 2.
    `,
      { files: filesOf({ 'two.csv': 'minute,a\n0,1\n0,2\n' }) },
    );
  });

  it('reads a column in the unit that is given', () => {
    const files = filesOf({ 'qps.csv': 'minute,a (req/s)\n0,1\n1,2\n' });
    const minutes = (unit: string): unknown => {
      const [document] = check(`${job(`{ trace: qps.csv, column: a (req/s), unit: ${unit} }`)}\n`, { files }).documents;
      const { workload } = (document!.spec as InferenceCluster).jobs[0]!;
      return workload.type === 'trace' && workload.requestsPerMinute;
    };
    expect(minutes('requests/s')).toEqual([60, 120]);
    expect(minutes('requests')).toEqual([1, 2]);
    check(`${job('{ rate: 1/s, unit: requests/s }')}
                                   ~~~~ BERTH1017 "workload" gives both a constant rate and the unit of a trace; only one can hold.
    `);
  });

  it('names no column and no word of a file that is no trace', () => {
    check(
      `${job('{ trace: passwd, column: a }')}
                                               ~ BERTH2004 The trace "passwd" has no column "a".
    `,
      { files: filesOf({ passwd: 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/bin/sh\n' }) },
    );
  });
});
