import { describe, expect, it } from 'vitest';
import { guaranteeOf } from '../../../server/src/baechi/guarantee.ts';
import { trainingRun, type RunRules, type TrainingRun } from '../../../server/src/baechi/training-run.ts';
import { devices, smallGraph } from './small-graph.ts';

const link = { usPerByte: 0, latencyUs: 1 };
const parallel: RunRules = { channel: 'parallel', threshold: 0.5 };

/** Two nodes of 4 µs and 4 bytes with a transfer of so many µs between them. */
function run(commUs: number, memory: number[], rules: RunRules = parallel): TrainingRun {
  return trainingRun(smallGraph([4, 4], [4, 4], [[0, 1, commUs]]), devices(...memory), link, undefined, rules);
}

describe('the guarantee', () => {
  it('of m-ETF is 2 + ρ − 1/n where every device holds all', () => {
    expect(guaranteeOf('m-ETF', run(8, [8, 8, 8, 8]), false)).toEqual({
      kind: 'factor',
      rho: 2,
      factor: 2 + 2 - 1 / 4,
    });
  });

  it('of m-ETF is larger where only some devices do', () => {
    expect(guaranteeOf('m-ETF', run(8, [8, 7, 7, 8]), false)).toMatchObject({ factor: 1 + 3 / 2 + 2 });
  });

  it('of m-SCT with ρ = 1 is 7/3 − 4/(3n)', () => {
    const known = guaranteeOf('m-SCT', run(4, [8, 8]), false);
    expect(known.kind === 'factor' && known.factor).toBeCloseTo(7 / 3 - 2 / 3, 12);
  });

  it('is none where its conditions do not hold, each of which is named', () => {
    const reasons = (...args: Parameters<typeof guaranteeOf>): unknown => {
      const known = guaranteeOf(...args);
      return known.kind === 'none' ? known.reasons : known;
    };
    expect(reasons('m-ETF', run(1, [8, 8], {}), true)).toEqual(['channel', 'pins']);
    expect(reasons('m-ETF', run(1, [7, 7]), false)).toEqual(['memory']);
    expect(reasons('m-SCT', run(8, [8, 7], { channel: 'parallel' }), false)).toEqual(['memory', 'communication', 'threshold']); // prettier-ignore
    const graph = { ...smallGraph([4, 4], [4, 4], [[0, 1, 1]]), groups: ['a', 'a'] };
    const groups = { keep: 'graph', reserve: 'needed', fuse: false, adjust: 'none' } as const;
    expect(reasons('m-ETF', trainingRun(graph, devices(9, 9), link, undefined, { ...parallel, groups }), false)).toEqual(['groups']); // prettier-ignore
    const trained = { ...graph, backwardUs: new Float64Array([1, 1]) };
    expect(reasons('m-ETF', trainingRun(trained, devices(9, 9), link, undefined, parallel), false)).toEqual([
      'backward',
    ]);
    const unlike = [{ name: 'a', memory: 9 }, { name: 'b', memory: 9, speed: 0.5 }]; // prettier-ignore
    expect(reasons('m-ETF', trainingRun(graph, unlike, link, undefined, parallel), false)).toEqual(['unlike']);
  });
});
