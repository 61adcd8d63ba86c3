/**
 * Quantities: numbers that carry their unit in the text (`720ms`, `8Gi`, `5.7GB/s`, `25/s`, `250m` of a CPU).
 *
 * A quantity is read once, here, into a plain number of the kind's base unit. Decimal prefixes are applied in the
 * decimal text, so `134us` is the double nearest to 0.134 and not the nearest one's neighbour.
 */
import type { Bytes, BytesPerSecond, Cores, Milliseconds, RequestsPerSecond } from '../types.ts';

export const QUANTITY_KINDS = ['duration', 'size', 'rate', 'bandwidth', 'cpu'] as const;
export type QuantityKind = (typeof QUANTITY_KINDS)[number];

/** The type, and with it the base unit, that each kind of quantity is read into. */
export interface QuantityValue {
  duration: Milliseconds;
  size: Bytes;
  rate: RequestsPerSecond;
  bandwidth: BytesPerSecond;
  cpu: Cores;
}

export type QuantityFlaw = 'missing-unit' | 'wrong-unit' | 'malformed';

/** `suggestion` is a text that would have been read, where one can be named. */
export type QuantityResult<K extends QuantityKind> =
  | { readonly ok: true; readonly value: QuantityValue[K] }
  | { readonly ok: false; readonly reason: QuantityFlaw; readonly suggestion?: string };

/** value in base units = number · 10^power · times. */
interface Unit {
  readonly power: number;
  readonly times: number;
}

const unit = (power: number, times = 1): Unit => ({ power, times });
const minutes = unit(3, 60);
const hours = unit(3, 3600);
const days = unit(3, 86_400);

const DURATION: Readonly<Record<string, Unit>> = {
  ns: unit(-6),
  us: unit(-3),
  µs: unit(-3), // U+00B5 micro sign
  μs: unit(-3), // U+03BC Greek mu, which keyboards and editors give as often
  ms: unit(0),
  s: unit(3),
  m: minutes,
  h: hours,
  d: days,
};

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((name, i) => [name, 2 ** (10 * (i + 1))] as const);
const DECIMAL = ['k', 'M', 'G', 'T', 'P', 'E'].map((name, i) => [name, 3 * (i + 1)] as const);

const SIZE: Readonly<Record<string, Unit>> = {
  B: unit(0),
  ...Object.fromEntries(BINARY.flatMap(([n, times]) => [n, `${n}B`].map((name) => [name, unit(0, times)]))),
  ...Object.fromEntries(DECIMAL.flatMap(([n, power]) => [n, `${n}B`].map((name) => [name, unit(power)]))),
};

const BANDWIDTH: Readonly<Record<string, Unit>> = Object.fromEntries(
  Object.entries(SIZE).map(([name, u]) => [`${name}/s`, u]),
);

const RATE: Readonly<Record<string, Unit>> = {
  '/s': unit(0),
  '/min': unit(0, 1 / 60),
  '/m': unit(0, 1 / 60),
  '/h': unit(0, 1 / 3600),
};

const CPU: Readonly<Record<string, Unit>> = { '': unit(0), m: unit(-3) };

const UNITS: Readonly<Record<QuantityKind, Readonly<Record<string, Unit>>>> = {
  duration: DURATION,
  size: SIZE,
  rate: RATE,
  bandwidth: BANDWIDTH,
  cpu: CPU,
};

/** The unit that a bare number most likely meant. */
const LIKELY_UNIT: Readonly<Record<QuantityKind, string>> = {
  duration: 'ms',
  size: 'Gi',
  rate: '/s',
  bandwidth: 'GB/s',
  cpu: '',
};

/** Spellings that are not ours, by the kind in which they are meant. */
const FOREIGN: Readonly<Record<QuantityKind, Readonly<Record<string, string>>>> = {
  duration: {
    msec: 'ms',
    millis: 'ms',
    sec: 's',
    secs: 's',
    second: 's',
    seconds: 's',
    min: 'm',
    mins: 'm',
    minute: 'm',
    minutes: 'm',
    hr: 'h',
    hrs: 'h',
    hour: 'h',
    hours: 'h',
    day: 'd',
    days: 'd',
  },
  size: { byte: 'B', bytes: 'B' },
  rate: {
    rps: '/s',
    qps: '/s',
    'req/s': '/s',
    'requests/s': '/s',
    '/sec': '/s',
    '/second': '/s',
    rpm: '/min',
    '/minute': '/min',
    '/hour': '/h',
  },
  bandwidth: {},
  cpu: { cores: '', core: '', cpu: '', cpus: '' },
};

const FORM = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+))?(\s*)([^\s\d.+-].*?)?$/u;

/**
 * Reads the text of a quantity.
 *
 * @returns the value in the kind's base unit (duration: ms, size: whole bytes, rate: 1/s, bandwidth: bytes/s,
 *   cpu: cores), or why it is not one: a number alone where a unit is needed, a unit of another kind, or no quantity
 *   at all. Negative and infinite values are malformed.
 */
export function parseQuantity<K extends QuantityKind>(text: string, kind: K): QuantityResult<K> {
  const trimmed = text.trim();
  const match = FORM.exec(trimmed);
  if (!match) return { ok: false, reason: 'malformed' };
  const [, sign, mantissa = '', exponent = '0', space, name = ''] = match;
  const units = UNITS[kind];
  const known = Object.hasOwn(units, name) ? units[name] : undefined;
  if (!known) {
    const reason = name === '' ? 'missing-unit' : 'wrong-unit';
    const suggestion = suggest(mantissa + (match[3] === undefined ? '' : `e${exponent}`), name, kind);
    // The same number may be beyond all numbers in the unit that was meant.
    return suggestion !== undefined && parseQuantity(suggestion, kind).ok
      ? { ok: false, reason, suggestion }
      : { ok: false, reason };
  }
  const value = Number(`${mantissa}e${Number(exponent) + known.power}`) * known.times;
  if (!Number.isFinite(value)) return { ok: false, reason: 'malformed' };
  if (sign === '-' || space !== '' || trimmed !== text) {
    const suggestion = mantissa + (match[3] === undefined ? '' : `e${exponent}`) + name;
    return { ok: false, reason: 'malformed', suggestion };
  }
  return { ok: true, value: (kind === 'size' ? Math.round(value) : value) as QuantityValue[K] };
}

/** A text of the same number in a unit that the kind has, where the writer's unit says which one was meant. */
function suggest(number: string, name: string, kind: QuantityKind): string | undefined {
  if (name === '') return number + LIKELY_UNIT[kind];
  if (kind === 'duration' && /^(?::[0-5]\d){1,2}$/.test(name)) return `${secondsOf(number + name)}s`;
  const foreign = FOREIGN[kind];
  const alias = name.toLowerCase();
  if (Object.hasOwn(foreign, alias)) return number + foreign[alias];
  if (kind === 'bandwidth') {
    const bits = /^([kKMGT]?)(?:b|bit|bits)(?:ps|\/s)$/.exec(name);
    if (bits) return `${Number((Number(number) / 8).toPrecision(12))}${bits[1] === 'K' ? 'k' : bits[1]}B/s`;
    if (Object.hasOwn(SIZE, name)) return `${number}${name}/s`;
  }
  if (kind === 'size' && name.endsWith('/s') && Object.hasOwn(BANDWIDTH, name)) return number + name.slice(0, -2);
  if (kind === 'rate' && /^(s|min|m|h)$/.test(name)) return `${number}/${name}`;
  const alike = Object.keys(UNITS[kind]).filter((candidate) => candidate.toLowerCase() === alias);
  return alike.length > 0 ? number + alike[0] : undefined;
}

/** Of `1:30` and `1:30:00`, as clocks and YAML 1.1 write minutes and hours. */
function secondsOf(clock: string): number {
  return clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
}

interface Step {
  readonly name: string;
  readonly size: number;
}

/** Units to write in, largest first. Those of one rank (binary beside decimal) are tried in this order. */
const WRITTEN: Readonly<Record<QuantityKind, readonly Step[]>> = {
  duration: [
    { name: 'd', size: 86_400_000 },
    { name: 'h', size: 3_600_000 },
    { name: 'm', size: 60_000 },
    { name: 's', size: 1000 },
    { name: 'ms', size: 1 },
    { name: 'us', size: 1e-3 },
    { name: 'ns', size: 1e-6 },
  ],
  size: sizeSteps(''),
  bandwidth: sizeSteps('/s').filter((step) => !step.name.includes('i')), // links are sold in powers of ten
  rate: [
    { name: '/s', size: 1 },
    { name: '/min', size: 1 / 60 },
    { name: '/h', size: 1 / 3600 },
  ],
  cpu: [
    { name: '', size: 1 },
    { name: 'm', size: 1e-3 },
  ],
};

function sizeSteps(suffix: string): Step[] {
  const steps = [
    ...BINARY.map(([name, size]) => ({ name: name + suffix, size })),
    ...DECIMAL.map(([name, power]) => ({ name: `${name}B${suffix}`, size: 10 ** power })),
  ].sort((a, b) => b.size - a.size);
  return [...steps, { name: `B${suffix}`, size: 1 }];
}

export interface FormatOptions {
  /** Significant digits, 3 by default. `'exact'` writes as many as are needed for the text to be read back as the same value. */
  readonly digits?: number | 'exact';
}

/**
 * Writes a quantity the way a person would: `720ms`, `65s`, `1.5h`, `8Gi`, `10GB`, `5.7GB/s`. The text can be read back.
 *
 * @param value in the kind's base unit (ms, bytes, 1/s, bytes/s, cores), finite and not negative.
 */
export function formatQuantity(value: number, kind: QuantityKind, { digits = 3 }: FormatOptions = {}): string {
  const steps = WRITTEN[kind];
  const smallest = steps.at(-1)!;
  if (value === 0)
    return `0${kind === 'duration' ? 'ms' : kind === 'rate' || kind === 'cpu' ? steps[0]!.name : smallest.name}`;
  const precision = digits === 'exact' ? 15 : digits;
  // A unit in which the value is a whole number below 1000 reads best (65s, not 1.08m); the largest such unit.
  for (const step of steps) {
    const amount = value / step.size;
    const whole = Math.round(amount);
    if (whole >= 1 && whole < 1000 && readsBack(`${whole}${step.name}`, value, kind)) return `${whole}${step.name}`;
  }
  const step = steps.find((candidate) => value >= candidate.size) ?? smallest;
  const text = `${plain(value / step.size, precision)}${step.name}`;
  if (digits !== 'exact' || readsBack(text, value, kind)) return text;
  const base = steps.find((candidate) => candidate.size === 1) ?? smallest;
  return `${value}${base.name}`;
}

function readsBack(text: string, value: number, kind: QuantityKind): boolean {
  const read = parseQuantity(text, kind);
  return read.ok && Math.abs(read.value - value) <= 1e-14 * value;
}

/** At most `precision` significant digits, without exponent or trailing zeros. */
function plain(amount: number, precision: number): string {
  const rounded = Number(amount.toPrecision(precision));
  return rounded >= 1e21 || rounded < 1e-6 ? String(rounded) : rounded.toString();
}
