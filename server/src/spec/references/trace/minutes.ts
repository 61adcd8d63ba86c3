/** From what the lines of a trace say to requests a minute. */
import type { Steps } from './steps.ts';

/** What a cell can hold: the requests of its line, or how many come in a second, a minute or an hour while it lasts. */
export const TRACE_UNITS = ['requests', 'requests/s', 'requests/min', 'requests/h'] as const;
export type TraceUnit = (typeof TRACE_UNITS)[number];

/** Requests a minute of a rate of one; undefined for counts. */
const PER_MINUTE: Readonly<Record<TraceUnit, number | undefined>> = {
  requests: undefined,
  'requests/s': 60,
  'requests/min': 1,
  'requests/h': 1 / 60,
};

const BEFORE = String.raw`(?:^|[\s_([/.-])`;
const REQUESTS = String.raw`(?:1|req(?:uest)?s?|queries|calls|hits)?`;
const AFTER = String.raw`[)\]]?$`;
const named = (short: string, long: string): RegExp =>
  new RegExp(
    `(?:${BEFORE}(?:${short})|${BEFORE}${REQUESTS}[ _]?(?:/|(?<=[ _(\\[]|^)per[ _])[ _]?(?:${long}))${AFTER}`,
    'i',
  );

const NAMES: readonly (readonly [RegExp, TraceUnit])[] = [
  [named('rps|qps|tps|reqps|r/s|q/s', 's|sec|seconds?'), 'requests/s'],
  [named('rpm|qpm|tpm', 'min|minutes?'), 'requests/min'],
  [named('rph|qph|tph', 'h|hr|hours?'), 'requests/h'],
];

/** What a column holds, by its name. */
export function unitOfName(name: string): TraceUnit {
  return NAMES.find(([form]) => form.test(name))?.[1] ?? 'requests';
}

/** What a line adds to each minute that it is part of: the most that one cell brings into a minute. */
export function mostOfMinute(value: number, step: number, unit: TraceUnit): number {
  const rate = PER_MINUTE[unit];
  return rate === undefined ? (value * 60) / Math.max(60, step) : (value * rate * Math.min(60, step)) / 60;
}

/**
 * Requests of each whole minute. Lines that count several minutes are spread evenly over them, whole requests staying whole; lines that
 * count parts of a minute are added up.
 *
 * @param values by row. @param steps of the same rows.
 */
export function minutesOf(
  values: readonly number[],
  steps: Pick<Steps, 'step' | 'slots' | 'slotOf'>,
  unit: TraceUnit,
): readonly number[] {
  const { step, slots, slotOf } = steps;
  const rate = PER_MINUTE[unit];
  if (step === 60 && !slotOf) return rate === undefined || rate === 1 ? values : values.map((value) => value * rate);
  const minutes = new Array<number>(Math.floor((slots * step) / 60 + 1e-6)).fill(0);
  const [many, parts] = [step / 60, 60 / step];
  for (const [row, value] of values.entries()) {
    const slot = slotOf?.[row] ?? row;
    if (Number.isInteger(many)) {
      for (let i = 0; i < many; i++)
        minutes[slot * many + i] = rate === undefined ? share(value, i, many) : value * rate;
    } else if (Number.isInteger(parts)) {
      const minute = Math.floor(slot / parts);
      if (minute < minutes.length) minutes[minute]! += value;
    } else {
      const perMinute = rate === undefined ? value / many : value;
      for (
        let minute = Math.floor((slot * step) / 60);
        minute < minutes.length && minute * 60 < (slot + 1) * step;
        minute++
      ) {
        const overlap = Math.min(minute + 1, (slot + 1) * many) - Math.max(minute, slot * many);
        minutes[minute]! += perMinute * Math.max(0, overlap);
      }
    }
  }
  if (rate === undefined || Number.isInteger(many)) return minutes;
  return minutes.map((sum) => (Number.isInteger(parts) ? (sum / parts) * rate : sum * rate));
}

/** The part of whole requests that falls into one of `many` minutes. */
function share(value: number, i: number, many: number): number {
  if (!Number.isInteger(value)) return value / many;
  return Math.floor(((i + 1) * value) / many) - Math.floor((i * value) / many);
}

/**
 * Whether there is a line for all of a minute; undefined where there is for every one.
 *
 * @param without rows that say nothing.
 */
export function knownMinutes(
  { step, slots, slotOf }: Pick<Steps, 'step' | 'slots' | 'slotOf'>,
  without: readonly number[] = [],
): readonly boolean[] | undefined {
  if (without.length === 0 && (!slotOf || slotOf.length === slots)) return undefined;
  const present = new Uint8Array(slots).fill(slotOf ? 0 : 1);
  if (slotOf) for (const slot of slotOf) present[slot] = 1;
  for (const row of without) present[slotOf?.[row] ?? row] = 0;
  const many = step / 60;
  return Array.from({ length: Math.floor(slots * many + 1e-6) }, (_, minute) => {
    for (let slot = Math.floor(minute / many + 1e-9); slot * many < minute + 1 - 1e-9; slot++)
      if (present[slot] !== 1) return false;
    return true;
  });
}
