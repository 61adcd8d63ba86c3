import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { applyUntilCancelled } from '../../../server/src/deploy/apply-until-cancelled.ts';
import { planApply } from '../../../server/src/deploy/plan/plan.ts';
import type { ApplyOptions, DeployTarget } from '../../../server/src/deploy/target.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { HERE, wanted } from '../../fixtures/wanted.ts';
import { problemError } from '../../../server/src/spec/problems/problem-error.ts';

const planned = planApply(undefined, wanted(serving({ jobs: [{ name: 'search' }] })), HERE);
if (!planned.ok) throw planned.problem;
const { plan } = planned;

/** A target that accepts when it is told to, and then ends only by being cancelled. */
function target(): { readonly target: DeployTarget; accept(): void; readonly cancelled: string[] } {
  const cancelled: string[] = [];
  let options: ApplyOptions | undefined;
  let fail: (error: unknown) => void = () => {};
  return {
    cancelled,
    accept: () => options?.onEvent({ type: 'accepted' }),
    target: {
      apply: (_plan: unknown, given: ApplyOptions) => {
        options = given;
        return new Promise<void>((_, reject) => {
          fail = reject;
          given.signal?.addEventListener('abort', () => reject(given.signal?.reason as Error));
          if (given.signal?.aborted) reject(given.signal.reason as Error);
        });
      },
      cancel: async (id: string) => {
        cancelled.push(id);
        fail(problemError('BERTH5023', { action: 'Apply' }));
        return true;
      },
    } as unknown as DeployTarget,
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  ['at once', false],
  ['before the plan is accepted', false],
  ['in the moment in which it is accepted', true],
  ['after it was', true],
])('cancelled %s, it withdraws the plan or has the target cancel it', async (when, accepted) => {
  const here = target();
  const cancel = new AbortController();
  if (when === 'at once') cancel.abort();
  const events: string[] = [];
  const applying = applyUntilCancelled(here.target, plan, {
    cancel: cancel.signal,
    onEvent: ({ type }) => events.push(type),
  });
  if (when === 'after it was') here.accept();
  cancel.abort();
  if (when === 'in the moment in which it is accepted') here.accept();
  const ended = expect(applying).rejects.toMatchObject({ code: 'BERTH5023' });
  await vi.runAllTimersAsync();
  await ended;
  expect(here.cancelled).toEqual(accepted ? [plan.deployment] : []);
  expect(events).toEqual(accepted ? ['accepted'] : []);
});
