/** Applying for a person who waits for it, and may change their mind. */
import type { DeployTarget } from './target.ts';
import type { ApplyEvent, Plan } from './types.ts';
import { problemError } from '../spec/problems/problem-error.ts';

/** How long a plan that is under way to the target may still turn out to be accepted before it is withdrawn, ms. */
const ACCEPTED_WITHIN_MS = 1000;

/**
 * Applies a plan, and has the target cancel it when `cancel` fires: a plan that is not accepted is withdrawn, of one that is, were it in that
 * very moment, what the target says of its end is still heard.
 *
 * @throws ProblemError BERTH5023 where it was cancelled, and whatever `apply` throws.
 */
export async function applyUntilCancelled(
  target: DeployTarget,
  plan: Plan,
  { cancel, onEvent }: { readonly cancel: AbortSignal; readonly onEvent: (event: ApplyEvent) => void },
): Promise<void> {
  const call = new AbortController();
  let accepted = false;
  let withdrawal: NodeJS.Timeout | undefined;
  const withdraw = (): void => call.abort(problemError('BERTH5023', { action: `Apply to ${plan.deployment}` }));
  const stop = (): void => {
    if (accepted) void target.cancel(plan.deployment).catch((error: unknown) => call.abort(error));
    else withdrawal = setTimeout(withdraw, ACCEPTED_WITHIN_MS);
  };
  cancel.addEventListener('abort', stop, { once: true });
  if (cancel.aborted) withdraw();
  try {
    await target.apply(plan, {
      signal: call.signal,
      onEvent: (event) => {
        accepted ||= event.type === 'accepted';
        onEvent(event);
        if (withdrawal === undefined || event.type !== 'accepted') return;
        clearTimeout(withdrawal);
        stop();
      },
    });
  } finally {
    clearTimeout(withdrawal);
    cancel.removeEventListener('abort', stop);
  }
}
