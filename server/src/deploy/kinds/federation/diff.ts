/** What changes between two states of a Federation. */
import type { Site } from '../../../spec/types.ts';
import { commandLine } from '../../plan/command-line.ts';
import { differencesOf } from '../../plan/difference.ts';
import type { Difference } from '../../plan/difference.ts';
import { plainChange } from '../../plan/plain-change.ts';
import type { Narration } from '../../plan/plain-change.ts';
import type { Change, DesiredFederation } from '../../types.ts';

const ABANDONED = 'The round under way is given up and done again; finished rounds are kept.';

/** What a new Federation brings: its sites, and the rounds of training. */
export function createdFederation({ spec }: DesiredFederation): readonly Change[] {
  const { rounds, command } = spec.training!;
  return [
    ...spec.sites.map(({ name, samples }): Change => ({
      action: 'create',
      path: `sites.${name}`,
      text: `+ site ${name}: ${samples} samples`,
    })),
    { action: 'create', path: 'training', text: `+ ${rounds} rounds of \`${commandLine(command)}\` at each site` },
  ];
}

export function federationRuns({ spec }: DesiredFederation): readonly string[] {
  return [`at each of ${spec.sites.length} sites: ${commandLine(spec.training!.command)}`];
}

export function federationChanges(before: DesiredFederation, after: DesiredFederation): Narration {
  const spec = differencesOf(before.spec, after.spec, ['training.command', 'admm.decay']);
  const changes = spec.differences.map(change);
  const pattern = differencesOf({ rounds: before.rounds }, { rounds: after.rounds }, ['rounds']);
  const rho = differencesOf({ rho: before.rhoSchedule }, { rho: after.rhoSchedule }, ['rho']);
  // Groups and penalties follow from the spec; they are news only where nothing in the spec says why.
  const follows = changes.some(({ path }) => /^(sites|pattern|admm|privacy)/.test(path));
  if (!follows && pattern.differences.length > 0)
    changes.push({
      action: 'update',
      path: 'pattern',
      text: `pattern: the sites meet in other groups`,
      disruption: ABANDONED,
    });
  return { changes, meaningless: spec.meaningless + (follows ? 0 : rho.differences.length) };
}

function change(difference: Difference): Change {
  const { path, before, after } = difference;
  const [room, name] = path;
  if (room === 'sites' && name !== undefined && path.length === 2) {
    const at = `sites.${name}`;
    if (before === undefined)
      return {
        action: 'create',
        path: at,
        text: `+ site ${name}: ${(after as Site).samples} samples`,
        disruption: ABANDONED,
      };
    return { action: 'delete', path: at, text: `- site ${name}`, disruption: ABANDONED };
  }
  const plain = room === 'sites' ? plainChange(difference, path, name) : plainChange(difference, path);
  if (room === 'training' && name === 'rounds') return plain;
  // Trainers of another command are others, and begin at the first round.
  return { ...plain, disruption: ABANDONED, ...(room === 'training' && name === 'command' && { final: true }) };
}
