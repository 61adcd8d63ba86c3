/**
 * Numbers for people: three significant digits, a unit that keeps them short, thousands apart. Counts are exact.
 * The server rounds in the same way (`server/src/preview/figures.ts`): both are tested with `test/fixtures/figures.ts`.
 * What is not known reads `–`, what has no bound `∞` (JSON carries infinity as null, so null latencies read `∞` at the caller).
 */

const UNKNOWN = '–';

/** A measured or computed number without unit: 0.0123, 9.71, 610, 12,300. */
export function threeDigits(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-4) return minus(value.toExponential(2).replace('e+', 'e'));
  const rounded = Number(value.toPrecision(3));
  const magnitude = Math.floor(Math.log10(Math.abs(rounded)));
  return minus(
    rounded.toLocaleString('en-US', {
      minimumFractionDigits: Math.max(0, 2 - magnitude),
      maximumFractionDigits: Math.max(0, 2 - magnitude),
    }),
  );
}

/** A count, exact: 31, 1,204. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return threeDigits(value);
  return minus(Math.round(value).toLocaleString('en-US'));
}

/** A fraction as a percentage without idle zeros: 0.04 is `4 %`, 0.0123 is `1.23 %`. */
export function percent(fraction: number | null | undefined): string {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return threeDigits(fraction);
  return `${minus(Number((fraction * 100).toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 }))} %`;
}

/** A measured fraction as a percentage of three digits, so that it does not change its width while it is watched: 0.93 is `93.0 %`. */
export function measuredPercent(fraction: number | null | undefined): string {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return threeDigits(fraction);
  return `${threeDigits(fraction * 100)} %`;
}

/** A time in milliseconds, in the unit in which it has one to three digits before the point where possible. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return threeDigits(ms);
  const size = Math.abs(ms);
  if (size === 0) return '0 ms';
  if (size < 0.9995) return `${threeDigits(ms * 1000)} µs`;
  if (size < 999.5) return `${threeDigits(ms)} ms`;
  if (size < 59_950) return `${threeDigits(ms / 1000)} s`;
  if (size < 3_597_000) return `${threeDigits(ms / 60_000)} min`;
  return `${threeDigits(ms / 3_600_000)} h`;
}

/** A time in microseconds. */
export function microseconds(us: number | null | undefined): string {
  return duration(us === null || us === undefined ? us : us / 1000);
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A size in bytes, in binary units; whole bytes are exact. */
export function bytes(value: number | null | undefined): string {
  return sizeText(value, threeDigits);
}

function sizeText(value: number | null | undefined, write: (scaled: number) => string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return threeDigits(value);
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit < SIZE_UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? count(scaled) : write(scaled)} ${SIZE_UNITS[unit]}`;
}

const RATE_UNITS = ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'] as const;

/** Bytes a second, in decimal units, as links are told by. */
export function bandwidth(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return threeDigits(value);
  const unit = Math.min(RATE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${threeDigits(value / 1000 ** unit)} ${RATE_UNITS[unit]}`;
}

/** Requests a second. */
export function perSecond(rate: number | null | undefined): string {
  return `${threeDigits(rate)}/s`;
}

/**
 * A mean and half of its band, in one unit and with the same places: `0.437 ± 0.018`. Three significant digits of the mean, or up to
 * two more where the band would not show.
 */
export function plusMinus(mean: number, half: number): string {
  const size = Math.abs(mean);
  const three = size === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size) + 1e-12));
  const shows = half > 0 ? Math.max(0, -Math.floor(Math.log10(half) + 1e-12)) : 0;
  const places = Math.min(4, shows > Math.min(4, three + 2) ? three : Math.max(three, shows));
  return `${minus(mean.toFixed(places))} ± ${half.toFixed(places)}`;
}

/** A difference with its sign, written by `write`; empty where the two read alike. */
export function difference(now: number, before: number, write: (value: number) => string): string {
  if (!Number.isFinite(now) || !Number.isFinite(before) || write(now) === write(before)) return '';
  return `${now > before ? '+' : '−'}${write(Math.abs(now - before))}`;
}

/** What a change does, with its sign: `+0.490`, `−1.29`; `±0` where it is next to nothing. */
export function signed(change: number): string {
  if (Math.abs(change) < 5e-4) return '±0';
  return `${change > 0 ? '+' : '−'}${threeDigits(Math.abs(change))}`;
}

/** `1 job`, `3 jobs`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** An amount of what a cluster's capacity is counted in, without its name: `19`, `4.50`, `96 GiB`, `1.75 GiB`. A whole one is exact. */
export function bareAmount(value: number, unit: string): string {
  return unit === 'memory' ? sizeText(value, wholeOrMeasured) : wholeOrMeasured(value);
}

function wholeOrMeasured(value: number): string {
  return Number.isInteger(value) ? count(value) : threeDigits(value);
}

/** The same with its name: `1 replica`, `19 cpu`, `96 GiB of memory`. */
export function amount(value: number, unit: string): string {
  const name = value === 1 && unit !== 'cpu' ? unit.replace(/s$/, '') : unit;
  return `${bareAmount(value, unit)} ${unit === 'memory' ? 'of memory' : name}`;
}

/** How long ago, in whole words of the largest unit: `just now`, `12 s ago`, `3 min ago`. */
export function ago(ms: number): string {
  if (ms < 2000) return 'just now';
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  return `${Math.floor(ms / 3_600_000)} h ago`;
}

function minus(text: string): string {
  return text.replace(/^-/, '−');
}
