/** The step from line to line of a trace, seen from the times of its lines, and the place of each line on it. */

/** A time may be so far off its step, as a part of it. */
const JITTER = 0.25;

const DAY = 86_400;

export interface Steps {
  /** Seconds that a line counts. */
  readonly step: number;
  /** Steps from the first line to the last, with those that no line is for. */
  readonly slots: number;
  /** The step of each line, by row; undefined where these are 0, 1, 2 … */
  readonly slotOf: Int32Array | undefined;
  /** Row by row in the order of time; undefined where they stand in it. */
  readonly order: Int32Array | undefined;
  /** The first row of the text whose time is before that of the row above it. */
  readonly falls: number | undefined;
  /** The first row, in the order of time, that leaves out steps before it, with their number in all. */
  readonly gap: { readonly row: number; readonly before: number; readonly missing: number } | undefined;
}

export type NoSteps =
  | { readonly what: 'repeated'; readonly row: number; readonly before: number }
  | { readonly what: 'uneven'; readonly row: number; readonly before: number };

/** @param seconds of each row. @param single seconds that a line counts where there is but one. */
export function stepsOf(seconds: Float64Array, single: number): Steps | NoSteps {
  const { order, falls } = inOrder(seconds);
  const rowAt = (i: number): number => order?.[i] ?? i;
  const differences = new Float64Array(Math.max(0, seconds.length - 1));
  for (let i = 0; i < differences.length; i++) {
    differences[i] = seconds[rowAt(i + 1)]! - seconds[rowAt(i)]!;
    if (differences[i]! < 1e-6) {
      const [a, b] = [rowAt(i), rowAt(i + 1)];
      return { what: 'repeated', row: Math.max(a, b), before: Math.min(a, b) };
    }
  }
  if (differences.length === 0)
    return { step: single, slots: seconds.length, slotOf: undefined, order, falls, gap: undefined };
  let uneven: number | undefined;
  for (const step of candidates(differences)) {
    const found = placed(seconds.length, differences, step, rowAt);
    if (typeof found !== 'number') return { step, order, falls, ...found };
    uneven ??= found;
  }
  return { what: 'uneven', row: rowAt(uneven! + 1), before: rowAt(uneven!) };
}

function inOrder(seconds: Float64Array): Pick<Steps, 'order' | 'falls'> {
  let falls: number | undefined;
  for (let i = 1; i < seconds.length && falls === undefined; i++) if (seconds[i]! < seconds[i - 1]!) falls = i;
  if (falls === undefined) return { order: undefined, falls };
  const order = Int32Array.from(seconds, (_, i) => i).sort((a, b) => seconds[a]! - seconds[b]! || a - b);
  return { order, falls };
}

/** Steps to try: the most common one, the least, and a minute. */
function candidates(differences: Float64Array): Set<number> {
  const counts = new Map<number, number>();
  let least = Infinity;
  for (const difference of differences) {
    const rounded = tidy(difference);
    counts.set(rounded, (counts.get(rounded) ?? 0) + 1);
    least = Math.min(least, rounded);
  }
  let common = least;
  for (const [step, count] of counts) {
    const most = counts.get(common)!;
    if (count > most || (count === most && step < common)) common = step;
  }
  return new Set([common, least, 60].filter((step) => step > 0));
}

/** Times that a clock wrote are off by fractions of a second. */
function tidy(difference: number): number {
  return difference >= 10 ? Math.round(difference) : Math.round(difference * 1e3) / 1e3;
}

/** @returns the first difference that is no multiple of the step, where one is not. */
function placed(
  rows: number,
  differences: Float64Array,
  step: number,
  rowAt: (i: number) => number,
): number | Pick<Steps, 'slots' | 'slotOf' | 'gap'> {
  const slotOf = new Int32Array(rows);
  let slot = 0;
  let gap: Steps['gap'];
  for (let i = 0; i < differences.length; i++) {
    const times = Math.round(differences[i]! / step);
    if (times < 1 || Math.abs(differences[i]! - times * step) > JITTER * step || times > DAY * 1000) return i;
    if (times > 1) gap ??= { row: rowAt(i + 1), before: rowAt(i), missing: 0 };
    slot += times;
    slotOf[rowAt(i + 1)] = slot;
  }
  const slots = slot + 1;
  const inLine = gap === undefined && differences.every((_, i) => rowAt(i) === i);
  return { slots, slotOf: inLine ? undefined : slotOf, gap: gap && { ...gap, missing: slots - rows } };
}
