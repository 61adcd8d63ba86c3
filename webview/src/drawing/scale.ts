/** Scales and their ticks: from a value's domain to pixels, as pure functions. */

export interface Scale {
  (value: number): number;
  /** The value at a pixel. */
  readonly invert: (pixel: number) => number;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
}

/** A linear scale; an empty domain maps to the middle of the range. */
export function linearScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [d0, d1] = domain;
  const [r0, r1] = range;
  const at = (value: number): number => (d1 === d0 ? (r0 + r1) / 2 : r0 + ((value - d0) / (d1 - d0)) * (r1 - r0));
  const invert = (pixel: number): number => (r1 === r0 ? d0 : d0 + ((pixel - r0) / (r1 - r0)) * (d1 - d0));
  return Object.assign(at, { invert, domain, range });
}

/** A scale by powers of ten; values at or below zero take the lower end, as a logarithm has no place for them. */
export function logScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const low = Math.max(domain[0], Number.MIN_VALUE);
  const high = Math.max(domain[1], low);
  const linear = linearScale([Math.log10(low), Math.log10(high)], range);
  const at = (value: number): number => linear(Math.log10(Math.max(value, low)));
  return Object.assign(at, {
    invert: (pixel: number): number => 10 ** linear.invert(pixel),
    domain: [low, high] as const,
    range,
  });
}

/** Round values (1, 2 or 5 times a power of ten) that part a domain into about `wanted` steps. */
export function ticks(domain: readonly [number, number], wanted: number): number[] {
  const [low, high] = domain;
  const span = high - low;
  if (!(span > 0) || wanted < 1) return [low];
  const raw = span / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const found: number[] = [];
  // Multiples of an integer index, so that rounding does not pile up along the axis.
  for (let k = first; k <= last; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** Powers of ten inside a domain, thinned to at most `wanted`. */
export function logTicks(domain: readonly [number, number], wanted: number): number[] {
  const first = Math.ceil(Math.log10(Math.max(domain[0], Number.MIN_VALUE)) - 1e-9);
  const last = Math.floor(Math.log10(Math.max(domain[1], Number.MIN_VALUE)) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / wanted));
  const found: number[] = [];
  for (let power = first; power <= last; power += every) found.push(10 ** power);
  return found;
}

/** Width of a line that carries `size` bytes: 1 px for a kibibyte or less, 6 px for a gibibyte or more, by the logarithm between. */
export function lineWidth(size: number): number {
  const low = Math.log2(1024);
  const high = Math.log2(1024 ** 3);
  const place = (Math.log2(Math.max(size, 1)) - low) / (high - low);
  return 1 + 5 * Math.min(1, Math.max(0, place));
}
