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

  it('is read in the time zone that is given, where its times name none', () => {
    const files = filesOf({
      'local.csv': 'time,a\n2026-03-29 01:58,1\n2026-03-29 01:59,1\n2026-03-29 03:00,2\n',
      'zoned.csv': 'time,a\n2026-03-29T01:59Z,1\n2026-03-29T02:00Z,2\n',
      'epoch.csv': 'ts,a\n1774742400,1\n1774742460,2\n',
      'clock.csv': 'time,a\n23:59,1\n00:00,2\n',
      'lines.csv': 'a\n1\n2\n',
    });
    const [document] = check(`${job('{ trace: local.csv, column: a, timezone: Europe/Berlin }')}\n`, {
      files,
    }).documents;
    expect((document!.spec as InferenceCluster).jobs[0]!.workload).toMatchObject({
      timezone: 'Europe/Berlin',
      requestsPerMinute: [1, 1, 2],
    });
    check(
      `${job('{ trace: local.csv, column: a, timezone: Europe/London }')}
                               ~~~~~~~~~ BERTH2006 Line 2 of the trace "local.csv" cannot be read: no clock shows "2026-03-29 01:58" in Europe/London: clocks go forward there.
    `,
      { files },
    );
    check(
      `${job('{ trace: local.csv, column: a, timezone: Berlin }')}
                               ~~~~~~~~~ BERTH2016 The trace "local.csv" is read as 63 minutes: line 4: it comes 61 minutes after line 3, and the 60 lines left out count no requests; where clocks go forward, times need a \`timezone\`.
                                                               ~~~~~~ BERTH2018 There is no time zone "Berlin"; did you mean "Europe/Berlin"? [fix]
    `,
      { files },
    );
    for (const [trace, why] of [
      ['zoned.csv', 'each of them names its own, or is a day'],
      ['epoch.csv', 'they count from 1970 in UTC'],
      ['clock.csv', 'they have no date'],
      ['lines.csv', 'no clock showed them'],
    ] as const)
      check(
        `${job(`{ trace: ${trace}, column: a, timezone: +05:30 }`)}
                                                               ~~~~~~ BERTH2019 The times of the trace "${trace}" need no time zone ("+05:30"): ${why}.
    `,
        { files },
      );
    check(`${job('{ rate: 1/s, timezone: UTC }')}
                                   ~~~~~~~~ BERTH1017 "workload" gives both a constant rate and the time zone of a trace; only one can hold.
    `);
  });

  it('may be the answer of Prometheus to a range query', () => {
    const values = [0, 1, 2].map((i) => [1774742400 + 60 * i, String(i)]);
    const files = filesOf({
      'web.json': JSON.stringify({
        status: 'success',
        data: { resultType: 'matrix', result: [{ metric: { job: 'web', zone: 'a' }, values }] },
      }),
    });
    const [document] = check(`${job(`{ trace: web.json, column: '{zone="a", job="web"}', unit: requests/s }`)}\n`, {
      files,
    }).documents;
    expect((document!.spec as InferenceCluster).jobs[0]!.workload).toMatchObject({ requestsPerMinute: [0, 60, 120] });
    check(
      `${job(`{ trace: web.json, column: '{zone="a",job="web"}' }`)}
                                                 ~~~~~~~~~~~~~~~~~~~~~~ BERTH2017 The trace "web.json" leaves something open: line 1: "{job="web",zone="a"}" is taken for the requests of each line; rates need \`unit\`.
    `,
      { files },
    );
    check(
      `${job(`{ trace: web.json, column: web }`)}
                                                 ~~~ BERTH2004 The trace "web.json" has no column "web".
    `,
      { files },
    );
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
