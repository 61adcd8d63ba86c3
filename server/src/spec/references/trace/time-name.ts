/** Columns that say when: their names, what they count in, and spans of time in words. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** What a column counts in, by the word that its name is or ends in; in seconds. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 1e-3,
  millis: 1e-3,
  millisecond: 1e-3,
  s: 1,
  sec: 1,
  second: 1,
  m: MINUTE,
  min: MINUTE,
  minute: MINUTE,
  h: HOUR,
  hr: HOUR,
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
};

const TIME = [
  'elapsed(?: time)?|time|date ?time|date|time ?stamp|t|ts|ds|epoch|unix(?: (?:time|ts))?|offset|bucket|bin|slot|period|interval|window(?: start)?',
  '(?:start|event|log|request)(?: (?:time|date))|(?:created|logged|recorded) at|start|_time|@timestamp',
  'zeit|zeitpunkt|zeitstempel|datum|uhrzeit|heure|fecha|hora|tijd|ora|data e ora',
].join('|');
const UNIT = '(ms|millis|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?|weeks?|months?)';
const NAME_OF_TIME = new RegExp(
  `^(?:(?:${TIME})(?:[ (\\[]+(?:in )?(?:${UNIT}|utc|gmt|local)[)\\]]?)?|${UNIT}(?: (?:of (?:the )?day|of trace|index|number))?)$`,
  'i',
);

/** Columns that count lines, and one without a name. */
const NAME_OF_INDEX = /^(?:index|idx|sample|row|line|no\.?|nr\.?|#|unnamed: 0)?$/i;

/** Names that can as well be those of jobs, but for a first column. */
const SHORT =
  /^(?:t|ts|ds|s|m|h|ms|min|sec|offset|bucket|bin|slot|start|period|interval|window|unix|row|line|no|nr|hora|ora)$/i;

/** Whether a column says when rather than how many, by its name. */
export function isTimeName(name: string, isFirst: boolean): boolean {
  const plain = spaced(name);
  return (NAME_OF_INDEX.test(plain) || NAME_OF_TIME.test(plain)) && (isFirst || !SHORT.test(plain));
}

function spaced(name: string): string {
  return name
    .trim()
    .replace(/(?<=\w)[_-]+/g, ' ')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}

/** @returns what a column of times counts in, in seconds; undefined where its name does not say. */
export function unitOfTime(name: string): number | undefined {
  const match = NAME_OF_TIME.exec(spaced(name));
  const unit = (match?.[1] ?? match?.[2] ?? '').toLowerCase();
  return UNITS[unit] ?? UNITS[unit.replace(/s$/, '')];
}

/** Whether a column counts lines rather than some time, by its name. */
export function isIndexName(name: string): boolean {
  return NAME_OF_INDEX.test(spaced(name));
}

/** Seconds that one is of a number that counts since 1970; undefined where it does not. @param unit as its column says. */
export function epochUnit(first: number, unit: number | undefined): number | undefined {
  if (!(first >= 1e8) || (unit ?? 1) > 1) return undefined;
  return first < 1e11 ? 1 : first < 1e14 ? 1e-3 : first < 1e17 ? 1e-6 : 1e-9;
}

/** A time in the words of a sentence: `58 minutes`, `an hour`, `1.5 seconds`. */
export function span(seconds: number): string {
  const units = [
    [DAY, 'day', 'a'],
    [HOUR, 'hour', 'an'],
    [MINUTE, 'minute', 'a'],
  ] as const;
  for (const [size, name, article] of units) {
    const count = seconds / size;
    if (Math.abs(count - 1) < 1e-9) return `${article} ${name}`;
    if (count > 1 && Number.isInteger(Math.round(count * 1e6) / 1e6)) return `${Math.round(count)} ${name}s`;
  }
  return seconds === 1 ? 'a second' : `${Number(seconds.toPrecision(6))} seconds`;
}
