import { problemError } from '../spec/problems/problem-error.ts';
import { zoneLike, zoneNamed, type Zone } from '../spec/references/trace.ts';
import { EXIT } from './exit-code.ts';

/** The zone that `--timezone` names. @throws ProblemError where there is none of that name. */
export function zoneOption(timezone: string | undefined): Zone | undefined {
  if (timezone === undefined) return undefined;
  const zone = zoneNamed(timezone);
  if (zone) return zone;
  throw problemError('BERTH2018', { timezone, suggestion: zoneLike(timezone) }, { exitCode: EXIT.usage });
}
