import { expect, it } from 'vitest';
import { splitSteps, stepsOf } from '../../../server/src/deploy/plan/steps.ts';

const steps = stepsOf(
  [
    { action: 'update', path: 'jobs.search.slo.latency', text: 'search: slo.latency 1s → 2s' },
    { action: 'create', path: 'jobs.tags', text: '+ job tags' },
    { action: 'update', path: 'train.module', text: 'train.module a → b', final: true },
  ],
  [{ path: 'jobs.other.replicas', text: 'other: 1 of 2 replicas answers' }],
  false,
);

it('says of each step why it is done, and whether it can be taken back', () => {
  expect(steps.map(({ reason, reversible }) => [reason, reversible])).toEqual([
    ['change', true],
    ['change', true],
    ['change', false],
    ['drift', true],
  ]);
  expect(stepsOf([{ action: 'update', path: '', text: 'finish revision 4' }], [], true)[0]!.reason).toBe('unfinished');
});

it('tells what is done from what is left by what is missing', () => {
  const { done, left } = splitSteps(steps, [{ path: 'jobs.tags.replicas', text: 'tags: 0 of 1 replicas answer' }]);
  expect(left).toEqual(['+ job tags']);
  expect(done).toHaveLength(3);
  expect(splitSteps(steps, [{ path: '', text: 'nothing of it runs' }]).done).toEqual([]);
  expect(splitSteps(steps, []).left).toEqual([]);
  // A neighbour whose name begins alike is another one.
  expect(splitSteps(steps, [{ path: 'jobs.tag', text: '' }]).left).toEqual([]);
});
