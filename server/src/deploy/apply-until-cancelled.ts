/** Applying for a person who waits for it, and may change their mind. */
import type { DeployTarget } from './target.ts';
import type { ApplyEvent, Plan } from './types.ts';
import { problemError } from '../spec/problems/problem-error.ts';

/**
 * Applies a plan, and has the target cancel it when `cancel` fires: before it is accepted the plan is withdrawn, afterwards what the
 * target says of its end is still heard.
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
  const stop = (): void => {
    if (!accepted) call.abort(problemError('BERTH5023', { action: `Apply to ${plan.deployment}` }));
    else void target.cancel(plan.deployment).catch((error: unknown) => call.abort(error));
  };
  cancel.addEventListener('abort', stop, { once: true });
  if (cancel.aborted) stop();
  try {
    await target.apply(plan, {
      signal: call.signal,
      onEvent: (event) => {
        accepted ||= event.type === 'accepted';
        onEvent(event);
      },
    });
  } finally {
    cancel.removeEventListener('abort', stop);
  }
}
