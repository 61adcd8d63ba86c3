/**
 * Figures as they stand in tables, pictures and hovers: three significant digits always, zeros included, so that a column of them is in
 * line and none looks more exact than it is; counts are exact, and so are whole amounts of a resource. The page rounds in the same way
 * (`webview/src/drawing/figures.ts`, which may not import this): both are tested with `test/fixtures/figures.ts`.
 */

/** A measured or computed number without unit: 0.0123, 9.71, 610, 12,300. */
export function threeDigits(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-4) return minus(value.toExponential(2).replace('e+', 'e'));
  const rounded = Number(value.toPrecision(3));
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return minus(rounded.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }));
}

/** A count, exact: 31, 1,204. */
export function count(value: number): string {
  return Number.isFinite(value) ? minus(Math.round(value).toLocaleString('en-US')) : threeDigits(value);
}

/** A measured fraction as a percentage: 0.93 is `93.0 %`. */
export function measuredPercent(fraction: number): string {
  return Number.isFinite(fraction) ? `${threeDigits(fraction * 100)} %` : threeDigits(fraction);
}

/** A time in milliseconds, in the unit in which it has one to three digits before the point where possible. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return threeDigits(ms);
  const size = Math.abs(ms);
  if (size === 0) return '0 ms';
  if (size < 0.9995) return `${threeDigits(ms * 1000)} µs`;
  if (size < 999.5) return `${threeDigits(ms)} ms`;
  if (size < 59_950) return `${threeDigits(ms / 1000)} s`;
  if (size < 3_597_000) return `${threeDigits(ms / 60_000)} min`;
  return `${threeDigits(ms / 3_600_000)} h`;
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A size in bytes, in binary units; whole bytes are exact. */
export function bytes(value: number): string {
  return sizeText(value, threeDigits);
}

/** An amount of a resource, without its name: `19`, `4.50`, `96 GiB`, `1.75 GiB`. A whole one is exact. */
export function bareAmount(value: number, unit: string): string {
  if (unit === 'memory') return sizeText(value, wholeOrMeasured);
  return wholeOrMeasured(value);
}

/** The same with its name: `1 replica`, `19 cpu`, `96 GiB of memory`. */
export function amount(value: number, unit: string): string {
  const name = value === 1 && unit !== 'cpu' ? unit.replace(/s$/, '') : unit;
  return `${bareAmount(value, unit)} ${unit === 'memory' ? 'of memory' : name}`;
}

function wholeOrMeasured(value: number): string {
  return Number.isInteger(value) ? count(value) : threeDigits(value);
}

function sizeText(value: number, write: (scaled: number) => string): string {
  if (!Number.isFinite(value)) return threeDigits(value);
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit < SIZE_UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? count(scaled) : write(scaled)} ${SIZE_UNITS[unit]}`;
}

function minus(text: string): string {
  return text.replace(/^-/, '−');
}
