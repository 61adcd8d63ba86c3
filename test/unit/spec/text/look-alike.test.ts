import { expect, it } from 'vitest';
import { unseenDifference } from '../../../../server/src/spec/text/look-alike.ts';
import { check, filesOf } from '../check.ts';

it.each([
  ['größe', 'gro\u0308ße', 'The two differ in how "o\u0308" is written: U+00F6 here, U+006F U+0308 there.'],
  ['copy', 'с\u043epy', 'The two look the same, but here stands "c" (U+0063), and there "с" (U+0441).'],
  ['l\u0430tency', 'latency', 'The two look the same, but here stands "а" (U+0430), and there "a" (U+0061).'],
  ['ｊob', 'job', 'The two look the same, but here stands "ｊ" (U+FF4A), and there "j" (U+006A).'],
])('of %j and %j', (written, other, difference) => {
  expect(unseenDifference(written, other)).toBe(difference);
});

it.each([
  ['latncy', 'latency'],
  ['Latency', 'latency'],
  ['größe', 'grosse'],
  ['same', 'same'],
  ['zw\u200bsp', 'zwsp'], // is shown as zw[U+200B]sp
])('of %j and %j one sees it', (written, other) => {
  expect(unseenDifference(written, other)).toBeUndefined();
});

/** Traces are kept by path and version: each text has a file of its own. */
const spec = (column: string, trace: string, mark = ''): string => `
  apiVersion: berth.dev/v1alpha1
  kind: InferenceCluster
  metadata: { name: v }
  spec:
    capacity: { replicas: 8 }
    jobs:
      - name: a
        slo: { latency: 500ms }
        processingTime: 100ms
        workload:
          trace: ${trace}
          column: ${column}${mark === '' ? '' : `\n                  ${mark}`}
`;

it.each([
  ['größe', 'gro\u0308ße'],
  ['gro\u0308ße', 'größe'],
  ['gro\u0308ße', 'gro\u0308ße'],
])('the column %j is found as %j', (written, inFile) => {
  const trace = `${written.length}-${inFile.length}.csv`;
  const file = check(spec(written, trace), { files: filesOf({ [trace]: `minute,${inFile}\n0,100\n` }) });
  expect(file.documents[0]?.spec).toMatchObject({ jobs: [{ workload: { requestsPerMinute: [100] } }] });
});

it('a name that only looks like the one that there is says in what it differs', () => {
  const files = filesOf({ 'odd.csv': 'minute,c\u043ep\u0443,zero\u200bwidth\n0,100,3\n' });
  check(
    spec(
      'copy',
      'odd.csv',
      '~~~~ BERTH2004 The trace "odd.csv" has no column "copy"; did you mean "cору"? The two look the same, but here stands "o" (U+006F), and there "о" (U+043E). [fix]'.replace(
        'cору',
        'c\u043ep\u0443',
      ),
    ),
    { files },
  );
  check(
    spec(
      'zerowidth',
      'odd.csv',
      '~~~~~~~~~ BERTH2004 The trace "odd.csv" has no column "zerowidth"; did you mean "zero[U+200B]width"? [fix]',
    ),
    { files },
  );
  check(
    `
    apiVersion: berth.dev/v1alpha1
    kind: InferenceCluster
    metadata: { name: v }
    spec:
      c\u0430pacity: { replicas: 8 }
      ~~~~~~~~ BERTH1004 "spec" has no key "cаpacity"; did you mean "capacity"? The two look the same, but here stands "а" (U+0430), and there "a" (U+0061). [fix]
      jobs: [{ name: a, slo: { latency: 1s }, processingTime: 1ms, workload: { rate: 1/s } }]
    `,
  );
});
