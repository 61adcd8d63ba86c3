/** Time zones: by the names of the IANA database, as the runtime knows it, or as an offset from UTC; and clocks that go forward and back. */
import { didYouMean } from '../../problems/did-you-mean.ts';

/** A place on earth, or an offset from UTC: what a clock on a wall there shows. */
export interface Zone {
  /** As it is written in full: `Europe/Berlin`, `+05:30`, `UTC`. */
  readonly name: string;
  /** How far its clocks are ahead of UTC. @param seconds since 1970. */
  aheadAt(seconds: number): number;
}

/** Letters that stand for one offset in everyone's files; what several countries mean by (`IST`, `CST`, `BST`) is not guessed. */
const LETTERS: Readonly<Record<string, number>> = {
  ...{
    Z: 0,
    UTC: 0,
    GMT: 0,
    WET: 0,
    WEST: 1,
    CET: 1,
    CEST: 2,
    MET: 1,
    MEST: 2,
    EET: 2,
    EEST: 3,
    MSK: 3,
    JST: 9,
    KST: 9,
  },
  ...{
    EDT: -4,
    EST: -5,
    CDT: -5,
    MDT: -6,
    PDT: -7,
    PST: -8,
    AKDT: -8,
    AKST: -9,
    HST: -10,
    AEST: 10,
    AEDT: 11,
    NZST: 12,
  },
};

const OFFSET = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?$/i;

/** No clock is further from UTC. */
const FURTHEST_HOURS = 14;

const zones = new Map<string, Zone | undefined>();

/** Names in a file may be anything; and so may its times. */
const KEPT_NAMES = 200;
const KEPT_QUARTERS = 50_000;

/** @returns undefined where no zone is called so. */
export function zoneNamed(name: string): Zone | undefined {
  if (!zones.has(name)) {
    if (zones.size >= KEPT_NAMES) zones.clear();
    zones.set(name, fixedZone(name) ?? placeNamed(name));
  }
  return zones.get(name);
}

/** The zone of letters behind a time (`CEST`), or of a name there (`Europe/Berlin`). */
export function zoneBehindTime(text: string): Zone | undefined {
  const hours = LETTERS[text.toUpperCase()];
  if (hours !== undefined) return fixed(text.toUpperCase(), hours * 3600);
  return text.includes('/') ? zoneNamed(text) : fixedZone(text);
}

/** As zones are called, by continent. */
export function zoneNames(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}

/** Those that people are likely to mean, of each part of the world. */
export const COMMON_ZONES = [
  ...['UTC', 'Europe/London', 'Europe/Berlin', 'America/New_York', 'America/Chicago', 'America/Los_Angeles'],
  ...['America/Sao_Paulo', 'Asia/Kolkata', 'Asia/Shanghai', 'Asia/Tokyo', 'Australia/Sydney'],
] as const;

/** Where clocks are changed that letters tell the two times of. */
const WHERE: Readonly<Record<string, string>> = {
  ...{ CET: 'Europe/Berlin', CEST: 'Europe/Berlin', MEZ: 'Europe/Berlin', MESZ: 'Europe/Berlin', BST: 'Europe/London' },
  ...{ EET: 'Europe/Helsinki', WET: 'Europe/Lisbon', IST: 'Asia/Kolkata', JST: 'Asia/Tokyo', MSK: 'Europe/Moscow' },
  ...{ EST: 'America/New_York', EDT: 'America/New_York', ET: 'America/New_York', CST: 'America/Chicago' },
  ...{ CDT: 'America/Chicago', MST: 'America/Denver', MDT: 'America/Denver', PST: 'America/Los_Angeles' },
  ...{ PDT: 'America/Los_Angeles', PT: 'America/Los_Angeles', AEST: 'Australia/Sydney', AEDT: 'Australia/Sydney' },
};

/** The name that is meant by one that no zone has; a city or the letters of its time will do. */
export function zoneLike(name: string): string | undefined {
  const place = WHERE[name.toUpperCase()];
  if (place !== undefined) return place;
  const names = zoneNames();
  const plain = (text: string): string => text.toLowerCase().replace(/[ _-]+/g, '_');
  const city = names.find((known) => plain(known.slice(known.lastIndexOf('/') + 1)) === plain(name));
  return city ?? names.find((known) => plain(known) === plain(name)) ?? didYouMean(name, names);
}

function fixedZone(name: string): Zone | undefined {
  if (/^(?:Z|UTC|GMT)$/i.test(name)) return fixed('UTC', 0);
  const match = OFFSET.exec(name);
  if (!match) return undefined;
  const [, sign, hours, minutes = '0'] = match;
  const ahead = Number(hours) * 3600 + Number(minutes) * 60;
  if (ahead > FURTHEST_HOURS * 3600) return undefined;
  const offset = sign === '-' ? -ahead : ahead;
  return fixed(offsetText(offset), offset);
}

function fixed(name: string, ahead: number): Zone {
  return { name, aheadAt: () => ahead };
}

/** `+05:30`. @param ahead in seconds. */
export function offsetText(ahead: number): string {
  const minutes = Math.round(Math.abs(ahead) / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${ahead < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Clocks are changed at quarters of an hour everywhere since 1972. */
const QUARTER = 900;

function placeNamed(name: string): Zone | undefined {
  // Letters alone (`EST`, `CET`) are names of the database, too: of clocks that are never changed, or of another country's.
  if (!/^[a-z]+(?:[/_+-][a-z\d]+)*$/i.test(name) || name.length <= 4) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const known = new Map<number, number>();
  return {
    name: zoneNames().find((spelt) => spelt.toLowerCase() === name.toLowerCase()) ?? name,
    aheadAt(seconds) {
      const quarter = Math.floor(seconds / QUARTER);
      let ahead = known.get(quarter);
      if (ahead === undefined) {
        if (known.size >= KEPT_QUARTERS) known.clear();
        known.set(quarter, (ahead = aheadBy(format, quarter * QUARTER)));
      }
      return ahead;
    },
  };
}

function aheadBy(format: Intl.DateTimeFormat, seconds: number): number {
  const text = format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text);
  if (!match) return 0;
  const ahead = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -ahead : ahead;
}

const DAY = 86_400;

/** Since 1970, the moments at which clocks of a zone show a time: none where they leap over it, two where they show it twice. */
export function momentsOf(clock: number, zone: Zone): readonly number[] {
  const [early, late] = [clock - zone.aheadAt(clock - DAY), clock - zone.aheadAt(clock + DAY)];
  const moments = [early, late].filter(
    (moment, i, all) => moment + zone.aheadAt(moment) === clock && all.indexOf(moment) === i,
  );
  return moments.sort((a, b) => a - b);
}

/** A time that no clock of its zone has shown, by its row. */
export interface NoMoment {
  readonly row: number;
  readonly zone: Zone;
}

/**
 * The moments of times that clocks showed, row by row. Where clocks went back and showed a time twice, it is that which comes after the
 * row before it; the first rows are of the second hour where no other rows are of it.
 *
 * @param clocks seconds since 1970, as clocks show them. @param zoneOf undefined where a row's seconds are a moment already.
 */
export function momentsInOrder(
  clocks: Float64Array,
  zoneOf: (row: number) => Zone | undefined,
): Float64Array | NoMoment {
  const rows = clocks.length;
  const moments = new Float64Array(rows);
  // What is written last first is read from its end.
  let falls = 0;
  for (let row = 1; row < rows; row++) falls += Math.sign(clocks[row - 1]! - clocks[row]!);
  const backwards = falls > 0;
  const rowAt = (i: number): number => (backwards ? rows - 1 - i : i);
  let before = -Infinity;
  let openAtBegin = true;
  const begin: (readonly [row: number, later: number])[] = [];
  for (let i = 0; i < rows; i++) {
    const row = rowAt(i);
    const zone = zoneOf(row);
    const candidates = zone ? momentsOf(clocks[row]!, zone) : [clocks[row]!];
    const [first, second] = candidates;
    if (first === undefined) return { row, zone: zone! };
    const moment = second !== undefined && first <= before ? second : first;
    if (openAtBegin && second !== undefined && moment === first) begin.push([row, second]);
    else if (openAtBegin) {
      openAtBegin = false;
      // The hour was there once: it is the one that goes on into the next.
      if (second === undefined) for (const [earlier, later] of begin) moments[earlier] = later;
    }
    moments[row] = moment;
    before = moment;
  }
  return moments;
}
