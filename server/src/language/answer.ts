/** What a preview says, in the few words that a lens, a hint or a status bar has room for. */
import type { FederationPreview, InferencePreview, Preview } from '../preview/model.ts';
import { figureOf } from '../preview/words.ts';
import { microseconds } from './amount.ts';

/** `3/3 SLOs met`, `one step 24.1 ms`, `leaks only the mean`. */
export function answerOf(preview: Preview): string {
  switch (preview.kind) {
    case 'InferenceCluster':
      return slos(preview);
    case 'TrainingPlacement':
      return preview.fits ? `one step ${microseconds(preview.makespanUs)}` : 'does not fit in memory';
    case 'Federation':
      return leakOf(preview);
  }
}

function slos({ jobs }: InferencePreview): string {
  const met = jobs.filter(({ slack }) => slack >= 0).length;
  return `${met < jobs.length ? `${MISSED} ` : ''}${met}/${jobs.length} SLOs met`;
}

/** Stands before what is not as it should be: the first sign to be seen where the rest is cut. */
export const MISSED = '✗';

/** `leaks only the mean`, `leaks the weights of north`, `leaks 2 sums beyond the mean`. */
export function leakOf({ meanOnly, leaks: found }: FederationPreview): string {
  if (meanOnly) return 'leaks only the mean';
  const owners = new Set(found.flatMap(({ learns }) => learns));
  const [first] = owners;
  if (first !== undefined) return `leaks the weights of ${owners.size === 1 ? first : `${owners.size} sites`}`;
  const most = Math.max(0, ...found.map(({ beyondMean }) => beyondMean));
  return `leaks ${figureOf(most, 'sum')} beyond the mean`;
}
