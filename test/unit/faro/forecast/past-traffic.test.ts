import { expect, test } from 'vitest';
import { daysOf, onDays, type PastTraffic } from '../../../../server/src/faro/forecast/past-traffic.ts';

const past: PastTraffic = {
  job: 'a',
  minutesPerDay: 3,
  stretches: [
    { firstDay: 1, firstMinute: 1, countsPerMinute: [11, 12, 20, 21, 22, 30] },
    { firstDay: 2, firstMinute: 0, countsPerMinute: [200, 210] },
  ],
};

test('the days of a past', () => {
  expect(daysOf(past)).toEqual([1, 2, 3]);
  expect(daysOf({ ...past, stretches: [{ firstDay: 1, firstMinute: 0, countsPerMinute: [] }] })).toEqual([]);
});

test('stretches are cut where a day is left out', () => {
  expect(onDays(past, (day) => day !== 2).stretches).toEqual([
    { firstDay: 1, firstMinute: 1, countsPerMinute: [11, 12] },
    { firstDay: 3, firstMinute: 0, countsPerMinute: [30] },
  ]);
  expect(onDays(past, (day) => day === 2).stretches).toEqual([
    { firstDay: 2, firstMinute: 0, countsPerMinute: [20, 21, 22] },
    { firstDay: 2, firstMinute: 0, countsPerMinute: [200, 210] },
  ]);
});
