import { expect, it } from 'vitest';
import { didYouMean } from '../../../../server/src/spec/problems/did-you-mean.ts';

it.each([
  ['latncy', ['latency', 'percentile'], 'latency'],
  ['Latency', ['latency'], 'latency'],
  ['cold_start', ['interval', 'coldStart'], 'coldStart'],
  ['percent', ['latency', 'percentile'], 'percentile'],
  ['mni', ['max', 'min'], 'min'],
  ['FairSun', ['Sum', 'Fair', 'FairSum'], 'FairSum'],
  ['fair', ['Sum', 'Fair', 'FairSum'], 'Fair'],
  ['m-eft', ['auto', 'm-TOPO', 'm-ETF', 'm-SCT'], 'm-ETF'],
  ['colour', ['latency', 'percentile'], undefined],
  ['x', ['latency', 'min'], undefined],
  ['', ['a', 'b'], undefined],
])('%s of %j is %s', (name, names, meant) => {
  expect(didYouMean(name, names)).toBe(meant);
});
