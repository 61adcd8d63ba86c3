import { expect, test } from 'vitest';
import { RecentLatency } from '../../../../server/src/faro/simulator/recent-latency.ts';

test('the mean is over whole seconds that have passed, and forgets what is old', () => {
  const recent = new RecentLatency();
  expect(recent.mean(10, 30)).toBeNull();
  recent.add(10.2, 1);
  recent.add(10.9, 3);
  recent.add(12.5, 8);
  expect(recent.mean(10.95, 30)).toBeNull();
  expect(recent.mean(11, 30)).toBe(2);
  expect(recent.mean(13, 30)).toBe(4);
  expect(recent.mean(13, 1)).toBe(8);
  expect(recent.mean(41, 30)).toBe(8);
  expect(recent.mean(43, 30)).toBeNull();
  recent.add(74.5, 5);
  expect(recent.mean(75, 60)).toBe(5);
});
