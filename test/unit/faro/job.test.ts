import { expect, test } from 'vitest';
import { hasRoomForOneMore } from '../../../server/src/faro/job.ts';
import { job } from './golden-instance.ts';

test('there is room for one more where some job finds it in every resource', () => {
  const jobs = [job({ resources: { cpu: 2, memory: 1 } }), job({ resources: { cpu: 1, memory: 4 } })];
  const room = (capacity: Record<string, number>): boolean => hasRoomForOneMore(jobs, [1, 1], capacity);
  expect(room({ cpu: 5, memory: 6 })).toBe(true); // for the first
  expect(room({ cpu: 4, memory: 9 })).toBe(true); // for the second
  expect(room({ cpu: 4, memory: 6 })).toBe(false); // one lacks cores, the other memory
  expect(room({ gpu: 1 })).toBe(true); // nobody takes of it
  expect(hasRoomForOneMore([job()], [3], { replicas: 3 })).toBe(false);
  expect(hasRoomForOneMore([job({ resources: { cpu: 0.1 } })], [9], { cpu: 1 })).toBe(true); // ten times 0.1
  expect(hasRoomForOneMore([], [], { replicas: 3 })).toBe(false);
});
