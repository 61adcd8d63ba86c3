import { describe, expect, it } from 'vitest';
import { specRun } from '../../../server/src/baechi/from-spec.ts';
import type { TrainingPlacement } from '../../../server/src/spec/types.ts';
import { devices, smallGraph } from './small-graph.ts';

const graph = { ...smallGraph([4, 4, 4], [4, 4, 4], [[0, 1, 7], [1, 2, 7]]), groups: ['a', undefined, 'a'] }; // prettier-ignore

function spec(said: Partial<TrainingPlacement> = {}): TrainingPlacement {
  return {
    devices: devices(100, 100),
    link: { bandwidth: 1e6, latency: 0.003 },
    algorithm: 'auto',
    pins: {},
    ...said,
  } as unknown as TrainingPlacement;
}

describe('a spec', () => {
  it('keeps the groups of its graph unless it says otherwise', () => {
    expect(specRun(spec(), graph).run.colocation?.unitOf).toEqual(Int32Array.of(0, 1, 0));
    const groups = { keep: 'none', keepWhole: [], reserve: 'needed', fuse: false, adjust: 'none' } as const;
    expect(specRun(spec({ groups }), graph).run.colocation).toBeUndefined();
  });

  it('pins a group by one of its nodes, and refuses pins that would tear it apart', () => {
    expect(specRun(spec({ pins: { n2: 'gpu1' } }), graph)).toMatchObject({
      pins: Int32Array.of(1, -1, 1),
      problems: [],
    });
    expect(specRun(spec({ pins: { n0: 'gpu0', n2: 'gpu1' } }), graph).problems).toEqual([
      {
        code: 'BERTH3040',
        path: ['pins', 'n2'],
        params: { node: 'n2', device: 'gpu1', other: 'n0', there: 'gpu0', group: 'a' },
      },
    ]);
  });

  it('lets the link decide transfer times only where it is told to', () => {
    expect([...specRun(spec(), graph).run.tensorUs]).toEqual([7, 7]);
    const link = { ...spec().link, override: true };
    expect([...specRun(spec({ link }), graph).run.tensorUs]).toEqual([3, 3]);
  });

  it('plans with a fraction of memory, and runs nothing backwards in inference', () => {
    const trained = { ...graph, backwardUs: new Float64Array([1, 1, 1]) };
    const accounting = { by: 'honest', mode: 'inference', fraction: 0.255 } as const;
    const { run } = specRun(spec({ accounting }), trained);
    expect(run.planDevices.map(({ memory }) => memory)).toEqual([25, 25]);
    expect(run.step.nodeCount).toBe(3);
    expect(specRun(spec(), trained).run.step.nodeCount).toBe(6);
  });
});
