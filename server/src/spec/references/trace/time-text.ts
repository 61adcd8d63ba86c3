/** Times in the cells of a table: a date with a time, as standards, spreadsheets and people write them, or a time of day alone. */
import { zoneBehindTime, type Zone } from './zone.ts';

/** Which of two numbers with a stroke between them is the day. */
export type DayOrder = 'day first' | 'month first';

export interface TimeOfCell {
  /** Since 1970 in the zone that it names, or as a clock on the wall shows it where it names none; since midnight where there is no date. */
  readonly seconds: number;
  readonly hasDate: boolean;
  readonly hasClock: boolean;
  /** How far its zone is ahead of UTC, in seconds; undefined where it names none, or names it in words. */
  readonly zone: number | undefined;
  /** The zone that it names in words; its seconds are then those of a clock on the wall there. */
  readonly place?: Zone;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const ZONE = String.raw`(?:\s*(?:(Z|UTC|GMT)|(?:UTC|GMT)?([+-])(\d{2})(?::?(\d{2}))?(?: [A-Z]{3,4})?)(?:\s?\[[\w/+-]+\]| \([a-z .]{1,40}\))?)?`;
const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap])?(?:\.?m\.?)?` + ZONE;

const CLOCK_ALONE = new RegExp(`^${CLOCK}$`, 'i');
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?:T|[ ,]+)${CLOCK})?$`, 'i');
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:,? +${CLOCK})?$`, 'i');
const COMPACT = new RegExp(String.raw`^(\d{4})(\d{2})(\d{2})T?(\d{2})(\d{2})(\d{2})?${ZONE}$`, 'i');
const DAY_NAMED = new RegExp(
  String.raw`^(?:[a-z]{3,9},? +)?(\d{1,2})[- /]([a-z]{3,9})\.?,?[- /](\d{4})(?:(?:,? +|:)${CLOCK})?$`,
  'i',
);
const MONTH_NAMED = new RegExp(
  String.raw`^(?:[a-z]{3,9},? +)?([a-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})(?:,? +(?:@ +|at +)?${CLOCK})?$`,
  'i',
);

export function looksLikeTime(cell: string): boolean {
  return timeOf(cell, 'day first') !== undefined || timeOf(cell, 'month first') !== undefined;
}

/** What a date says of the order of day and month: `open` where both would be dates, `alike` where both would be the same; undefined of anything else. */
export function orderOf(cell: string): DayOrder | 'open' | 'alike' | undefined {
  const match = YEAR_LAST.exec(cell);
  if (!match || match[2] === '.') return undefined;
  const [first, second] = [Number(match[1]), Number(match[3])];
  if (first > 12) return 'day first';
  if (second > 12) return 'month first';
  return first === second ? 'alike' : 'open';
}

/** A time with its zone in letters or by name: `CEST`, `Europe/Berlin`, `[Europe/Berlin]`. */
const WITH_PLACE = /^(.*\d(?: ?[ap]\.?m\.?)?) ?[ [(]([a-z]{3,5}|[a-z]+(?:[/_+-][a-z\d]+)+)[\])]?$/i;

/** The time that a cell tells; undefined where it is none. */
export function timeOf(cell: string, order: DayOrder): TimeOfCell | undefined {
  const plain = plainTimeOf(cell, order);
  if (plain) return plain;
  const match = cell.length > LONGEST ? null : WITH_PLACE.exec(cell);
  const place = match ? zoneBehindTime(match[2]!) : undefined;
  const time = match && place && plainTimeOf(match[1]!, order);
  if (!match || !place || !time?.hasClock || time.zone !== undefined) return undefined;
  if (match[2]!.includes('/')) return { ...time, place };
  const zone = place.aheadAt(0);
  return { ...time, seconds: time.seconds - zone, zone };
}

/** A longer cell is no time. */
const LONGEST = 80;

function plainTimeOf(cell: string, order: DayOrder): TimeOfCell | undefined {
  let match = YEAR_FIRST.exec(
    cell.includes('年') ? cell.replace(/^(\d{4})年(\d{1,2})月(\d{1,2})日/, '$1-$2-$3') : cell,
  );
  if (match) return at(match[1]!, match[3]!, match[4]!, match.slice(5));
  match = CLOCK_ALONE.exec(cell);
  if (match) {
    const clock = clockOf(match.slice(1));
    return clock && { seconds: clock.seconds - (clock.zone ?? 0), hasDate: false, hasClock: true, zone: clock.zone };
  }
  match = YEAR_LAST.exec(cell);
  if (match) {
    const dayFirst = match[2] === '.' || order === 'day first';
    return at(match[4]!, match[dayFirst ? 3 : 1]!, match[dayFirst ? 1 : 3]!, match.slice(5));
  }
  match = DAY_NAMED.exec(cell);
  if (match) return at(match[3]!, monthOf(match[2]!), match[1]!, match.slice(4));
  match = MONTH_NAMED.exec(cell);
  if (match) return at(match[3]!, monthOf(match[1]!), match[2]!, match.slice(4));
  match = COMPACT.exec(cell);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, ...zone] = match;
  return at(year!, month!, day!, [hour, minute, second, undefined, undefined, ...zone]);
}

function monthOf(name: string): string {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

type Parts = readonly (string | undefined)[];

function at(year: string, month: string, day: string, clockParts: Parts): TimeOfCell | undefined {
  const [y, m, d] = [Number(year) + (year.length === 2 ? 2000 : 0), Number(month), Number(day)];
  if (m < 1 || m > 12 || d < 1 || y < 1) return undefined;
  const midnight = new Date(0);
  midnight.setUTCFullYear(y, m - 1, d);
  if (midnight.getUTCMonth() !== m - 1) return undefined;
  const seconds = midnight.getTime() / 1000;
  if (clockParts[0] === undefined) return { seconds, hasDate: true, hasClock: false, zone: undefined };
  const clock = clockOf(clockParts);
  if (!clock) return undefined;
  return { seconds: seconds + clock.seconds - (clock.zone ?? 0), hasDate: true, hasClock: true, zone: clock.zone };
}

function clockOf([hours, minutes, secs, fraction, half, utc, sign, zoneHours, zoneMinutes]: Parts):
  { seconds: number; zone: number | undefined } | undefined {
  let hour = Number(hours);
  const [minute, second] = [Number(minutes), Number(secs ?? 0)];
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  const rest = minute * 60 + second + (fraction === undefined ? 0 : Number(`0.${fraction}`));
  if (minute > 59 || second > 60 || hour > 24 || (hour === 24 && rest > 0)) return undefined;
  const ahead = sign === undefined ? 0 : Number(zoneHours) * 3600 + Number(zoneMinutes ?? 0) * 60;
  const zone = utc !== undefined ? 0 : sign === undefined ? undefined : sign === '-' ? -ahead : ahead;
  return { seconds: hour * 3600 + rest, zone };
}
