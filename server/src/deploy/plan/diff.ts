/** Two desired states → what would change, in the words of the spec. */
import { differencesOf } from './difference.ts';
import type { Narration } from './plain-change.ts';
import { federationChanges } from '../kinds/federation/diff.ts';
import { placementChanges } from '../kinds/placement/diff.ts';
import { servingChanges } from '../kinds/serving/diff.ts';
import { isSameOwner, originText } from './origin.ts';
import { written } from './spec-words.ts';
import { targetKey } from '../target-ref.ts';
import type { Wanted } from '../live.ts';
import type { Change, Desired } from '../types.ts';

export interface Diff {
  readonly changes: readonly Change[];
  /** Differences that mean the same: counted, not listed. */
  readonly unchanged: number;
}

/** @param before and after must be of one kind; undefined before it was deployed. */
export function diff(before: Desired | undefined, after: Desired): Diff {
  if (!before) return { changes: created(after), unchanged: 0 };
  const { changes, meaningless } = narrate(before, after);
  return { changes, unchanged: meaningless };
}

/** What changes in whose a deployment is and where it is run from, beside its desired state. */
export function diffHome(before: Omit<Wanted, 'desired'>, after: Omit<Wanted, 'desired'>): readonly Change[] {
  const owner = { before: originText(before.origin), after: originText(after.origin) };
  const moved = differencesOf(before.particulars, after.particulars).differences.map(({ path, ...values }): Change => {
    const words = { before: written(undefined, values.before), after: written(undefined, values.after) };
    const text = PARTICULAR_WORDS[path[0]!]?.(words) ?? `${path.join('.')}: ${words.before} → ${words.after}`;
    return { action: 'update', path: path.join('.'), ...words, text };
  });
  if (isSameOwner(before, after)) return moved;
  return [{ action: 'update', path: OWNER_PATH, ...owner, text: `owner: ${owner.before} → ${owner.after}` }, ...moved];
}

/** The path of the change that says that another file takes a deployment over. */
export const OWNER_PATH = 'source';

const PARTICULAR_WORDS: Readonly<Record<string, (words: { before: string; after: string }) => string>> = {
  folder: ({ before, after }) => `commands run in ${after}, no longer in ${before}`,
};

function narrate(before: Desired, after: Desired): Narration {
  if (before.kind === 'InferenceCluster' && after.kind === 'InferenceCluster') return servingChanges(before, after);
  if (before.kind === 'TrainingPlacement' && after.kind === 'TrainingPlacement') return placementChanges(before, after);
  if (before.kind === 'Federation' && after.kind === 'Federation') return federationChanges(before, after);
  throw new Error(`${before.kind} cannot become ${after.kind}`);
}

function created(desired: Desired): readonly Change[] {
  const whole: Change = {
    action: 'create',
    path: '',
    text: `+ ${desired.kind} ${desired.name} on ${targetKey(desired.target)}`,
  };
  switch (desired.kind) {
    case 'InferenceCluster':
      return [
        whole,
        ...desired.spec.jobs.map(({ name, slo, serve }): Change => {
          const replicas = desired.replicas[name]!;
          const text = `+ job ${name}: ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} of \`${serve!.command.join(' ')}\`, p${slo.percentile} within ${written('latency', slo.latency)}`;
          return { action: 'create', path: `jobs.${name}`, text };
        }),
      ];
    case 'TrainingPlacement':
      return [
        whole,
        ...desired.spec.devices.map(({ name }): Change => {
          const nodes = desired.placement.filter(({ device }) => device === name).length;
          return {
            action: 'create',
            path: `devices.${name}`,
            text: `+ device ${name}: ${nodes} of ${desired.placement.length} nodes`,
          };
        }),
        {
          action: 'create',
          path: 'train',
          text: `+ ${desired.spec.train!.steps} training steps of ${desired.spec.train!.module}`,
        },
      ];
    case 'Federation':
      return [
        whole,
        ...desired.spec.sites.map(({ name, samples }): Change => ({
          action: 'create',
          path: `sites.${name}`,
          text: `+ site ${name}: ${samples} samples`,
        })),
        {
          action: 'create',
          path: 'training',
          text: `+ ${desired.spec.training!.rounds} rounds of \`${desired.spec.training!.command.join(' ')}\` at each site`,
        },
      ];
  }
}
