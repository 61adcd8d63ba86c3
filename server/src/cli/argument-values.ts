/** What stands behind an option or argument on the command line, read into what a command takes. They throw what commander says to people. */
import { InvalidArgumentError } from 'commander';
import { parseQuantity } from '../spec/quantities/quantity.ts';
import { TARGETS, type Target } from '../spec/types.ts';
import { EXPERIMENT_ENDINGS } from './commands/experiment.ts';
import { endingOf } from './write-file.ts';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

/** A target as a word, or `ray=` and the address of its dashboard. */
export function targetArgument(text: string): Target {
  const address = /^ray=(https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?)$/.exec(text)?.[1];
  if (address !== undefined) return { ray: { address } };
  const word = TARGETS.find((target) => target === text);
  if (word === undefined)
    throw new InvalidArgumentError(`Allowed are ${TARGETS.join(', ')}, and ray=http://… with a dashboard's address.`);
  return word;
}

/** A point in time in milliseconds since the epoch: as it is written, or so long ago. */
export function moment(text: string): number {
  const ago = parseQuantity(text, 'duration');
  const at = ago.ok ? Date.now() - ago.value : Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a time such as 2026-01-31T12:00:00Z, or 10m.');
  return at;
}

export function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above zero.');
  return value;
}

/** A further file that an experiment is written to. */
export function outputFile(path: string, before: readonly string[]): string[] {
  if (!EXPERIMENT_ENDINGS.includes(endingOf(path)))
    throw new InvalidArgumentError(
      `Its name must end in ${EXPERIMENT_ENDINGS.map((ending) => `.${ending}`).join(', ')}.`,
    );
  return [...before, path];
}
