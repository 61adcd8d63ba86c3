import { describe, expect, it } from 'vitest';
import { ADJUSTMENTS, adjustGroups, type Adjustment } from '../../../../server/src/baechi/grouping/adjuster.ts';
import { colocation } from '../../../../server/src/baechi/grouping/colocation.ts';
import { devices, smallGraph } from '../small-graph.ts';

/** Times 60 100 1 70 5 10 and memory 60 1 100 70 10 10 on devices 0 1 2 0 1 1, all one group (the authors' fixture). */
const graph = {
  ...smallGraph([60, 100, 1, 70, 5, 10], [60, 1, 100, 70, 10, 10], []),
  groups: Array.from({ length: 6 }, () => 'all'),
};
const groups = colocation(graph, { keep: 'graph' });
const placed = Int32Array.of(0, 1, 2, 0, 1, 1);

const adjust = (rule: Adjustment, memory?: number[], pins?: Int32Array) =>
  adjustGroups(graph, groups, placed, rule, 3, {
    ...(memory && { limits: devices(...memory) }),
    ...(pins && { pins }),
  });

const chosen = (rule: Adjustment, memory?: number[]): number | string => {
  const result = adjust(rule, memory);
  if (result.kind !== 'adjusted') return result.kind;
  expect(new Set(result.device).size).toBe(1);
  return result.device[0]!;
};

describe('the adjuster', () => {
  it('chooses by each of its five rules', () => {
    expect(ADJUSTMENTS.map((rule) => chosen(rule))).toEqual([2, 1, 1, 0, 0]);
  });

  it('moves a group where there is room for all of it: 251 bytes', () => {
    expect(ADJUSTMENTS.map((rule) => chosen(rule, [260, 260, 260]))).toEqual([2, 1, 1, 0, 0]);
  });

  it('takes the next choice where there is not', () => {
    const favourites: Record<Adjustment, number> = { memory: 2, time: 1, frequent: 1, 'memory-sum': 0, 'time-sum': 0 };
    const next = ADJUSTMENTS.map((rule) => chosen(rule, [0, 1, 2].map((d) => (d === favourites[rule] ? 250 : 260)))); // prettier-ignore
    expect(next).toEqual([0, 0, 0, 2, 1]);
  });

  it('says what there was not room for where no device of the group has it', () => {
    expect(adjust('time', [250, 250, 250])).toEqual({
      kind: 'no-room',
      unit: 0,
      need: 251,
      free: new Float64Array([250, 250, 250]),
    });
  });

  it('counts what lies on a device already, and what has moved away from it', () => {
    // Two groups of two on two devices of 10: the first takes the room that the second then lacks.
    const two = { ...smallGraph([1, 2, 1, 2], [4, 4, 4, 4], []), groups: ['a', 'a', 'b', 'b'] };
    const kept = colocation(two, { keep: 'graph' });
    const result = adjustGroups(two, kept, Int32Array.of(0, 1, 0, 1), 'time', 2, { limits: devices(12, 12) });
    expect(result).toEqual({ kind: 'adjusted', device: Int32Array.of(1, 1, 0, 0) });
  });

  it('goes where the group is pinned, and leaves groups that are together where they are', () => {
    expect(adjust('memory', undefined, new Int32Array(6).fill(1))).toMatchObject({ device: new Int32Array(6).fill(1) });
    expect(adjustGroups(graph, groups, new Int32Array(6).fill(1), 'memory', 3)).toMatchObject({
      device: new Int32Array(6).fill(1),
    });
  });
});
