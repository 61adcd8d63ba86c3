/** Two desired states → what would change, in the words of the spec. */
import { differencesOf } from './difference.ts';
import type { Difference } from './difference.ts';
import type { Narration } from './plain-change.ts';
import { federationChanges } from '../kinds/federation/diff.ts';
import { placementChanges } from '../kinds/placement/diff.ts';
import { servingChanges } from '../kinds/serving/diff.ts';
import { written } from './spec-words.ts';
import type { Change, Desired } from '../types.ts';

export interface Diff {
  readonly changes: readonly Change[];
  /** Differences that mean the same: counted, not listed. */
  readonly unchanged: number;
}

/** @param before and after must be of one kind; undefined before it was deployed. */
export function diff(before: Desired | undefined, after: Desired): Diff {
  if (!before) return { changes: created(after), unchanged: 0 };
  const home = differencesOf(
    { source: before.source, folder: before.folder },
    { source: after.source, folder: after.folder },
  );
  const { changes, meaningless } = narrate(before, after);
  return { changes: [...home.differences.map(moved), ...changes], unchanged: home.meaningless + meaningless };
}

function narrate(before: Desired, after: Desired): Narration {
  if (before.kind === 'InferenceCluster' && after.kind === 'InferenceCluster') return servingChanges(before, after);
  if (before.kind === 'TrainingPlacement' && after.kind === 'TrainingPlacement') return placementChanges(before, after);
  if (before.kind === 'Federation' && after.kind === 'Federation') return federationChanges(before, after);
  throw new Error(`${before.kind} cannot become ${after.kind}`);
}

function moved({ path, before, after }: Difference): Change {
  const [what] = path;
  const text =
    what === 'source'
      ? `owner: ${String(before)} → ${String(after)}`
      : `commands run in ${String(after)}, no longer in ${String(before)}`;
  return { action: 'update', path: path.join('.'), before: String(before), after: String(after), text };
}

function created(desired: Desired): readonly Change[] {
  const whole: Change = { action: 'create', path: '', text: `+ ${desired.kind} ${desired.name} on ${desired.target}` };
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
