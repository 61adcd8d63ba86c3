import { describe, expect, it } from 'vitest';
import { formatQuantity, parseQuantity, QUANTITY_KINDS } from '../../../../server/src/spec/quantities/quantity.ts';
import type { QuantityKind } from '../../../../server/src/spec/quantities/quantity.ts';

const values: [QuantityKind, string, number][] = [
  ['duration', '720ms', 720],
  ['duration', '134us', 0.134],
  ['duration', '134µs', 0.134],
  ['duration', '134μs', 0.134],
  ['duration', '1.5s', 1500],
  ['duration', '5m', 300_000],
  ['duration', '2h', 7_200_000],
  ['duration', '1d', 86_400_000],
  ['duration', '0ms', 0],
  ['duration', '12ns', 1.2e-5],
  ['size', '8Gi', 8 * 2 ** 30],
  ['size', '8GiB', 8 * 2 ** 30],
  ['size', '10GB', 1e10],
  ['size', '10G', 1e10],
  ['size', '1459859673B', 1_459_859_673],
  ['size', '1.5Ki', 1536],
  ['size', '0.3kB', 300],
  ['size', '3e3B', 3000],
  ['rate', '25/s', 25],
  ['rate', '1500/min', 25],
  ['rate', '3600/h', 1],
  ['bandwidth', '5.7GB/s', 5.7e9],
  ['bandwidth', '10GB/s', 1e10],
  ['bandwidth', '100MiB/s', 100 * 2 ** 20],
  ['cpu', '250m', 0.25],
  ['cpu', '2', 2],
  ['cpu', '0.5', 0.5],
];

const faults: [QuantityKind, string, string, string | undefined][] = [
  ['duration', '720', 'missing-unit', '720ms'],
  ['size', '8', 'missing-unit', '8Gi'],
  ['rate', '25', 'missing-unit', '25/s'],
  ['bandwidth', '5.7', 'missing-unit', '5.7GB/s'],
  ['duration', '5min', 'wrong-unit', '5m'],
  ['duration', '720MS', 'wrong-unit', '720ms'],
  ['duration', '8Gi', 'wrong-unit', undefined],
  ['size', '8gb', 'wrong-unit', '8GB'],
  ['size', '8gi', 'wrong-unit', '8Gi'],
  ['size', '5GB/s', 'wrong-unit', '5GB'],
  ['size', '720ms', 'wrong-unit', undefined],
  ['bandwidth', '10Gbps', 'wrong-unit', '1.25GB/s'],
  ['bandwidth', '10Gbit/s', 'wrong-unit', '1.25GB/s'],
  ['bandwidth', '5.7GB', 'wrong-unit', '5.7GB/s'],
  ['rate', '25rps', 'wrong-unit', '25/s'],
  ['rate', '25s', 'wrong-unit', '25/s'],
  ['rate', '25/sec', 'wrong-unit', '25/s'],
  ['cpu', '2cores', 'wrong-unit', '2'],
  ['duration', '720 ms', 'malformed', '720ms'],
  ['duration', '-720ms', 'malformed', '720ms'],
  ['duration', 'soon', 'malformed', undefined],
  ['duration', '', 'malformed', undefined],
  ['duration', '1e999ms', 'malformed', undefined],
  ['duration', '.inf', 'malformed', undefined],
  ['duration', '.nan', 'malformed', undefined],
  ['duration', '1.2.3ms', 'malformed', undefined],
  ['size', 'constructor', 'malformed', undefined],
  ['duration', '1constructor', 'wrong-unit', undefined],
];

describe('parseQuantity', () => {
  it.each(values)('reads a %s: %s', (kind, text, value) => {
    expect(parseQuantity(text, kind)).toEqual({ ok: true, value });
  });

  it.each(faults)('refuses as a %s: "%s" (%s)', (kind, text, reason, suggestion) => {
    expect(parseQuantity(text, kind)).toEqual(suggestion ? { ok: false, reason, suggestion } : { ok: false, reason });
  });

  it('suggests only texts that it reads', () => {
    expect(parseQuantity('1e308m', 'size')).toEqual({ ok: false, reason: 'wrong-unit' });
    for (const [kind, , , suggestion] of faults) {
      if (suggestion) expect(parseQuantity(suggestion, kind).ok, `${kind} ${suggestion}`).toBe(true);
    }
  });
});

const written: [QuantityKind, number, string][] = [
  ['duration', 720, '720ms'],
  ['duration', 0.134, '134us'],
  ['duration', 65_000, '65s'],
  ['duration', 300_000, '5m'],
  ['duration', 1500, '1.5s'],
  ['duration', 612.3456, '612ms'],
  ['duration', 86_400_000, '1d'],
  ['duration', 0, '0ms'],
  ['size', 8 * 2 ** 30, '8Gi'],
  ['size', 1e10, '10GB'],
  ['size', 1_459_859_673, '1.36Gi'],
  ['size', 512, '512B'],
  ['bandwidth', 5.7e9, '5.7GB/s'],
  ['rate', 25, '25/s'],
  ['rate', 0.5, '30/min'],
  ['rate', 12.3456, '12.3/s'],
  ['cpu', 0.25, '250m'],
  ['cpu', 2, '2'],
  ['cpu', 1.5, '1.5'],
];

describe('formatQuantity', () => {
  it.each(written)('writes the %s %d as %s', (kind, value, text) => {
    expect(formatQuantity(value, kind)).toBe(text);
  });

  it('writes texts that can be read back, exactly where asked to', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let i = 0; i < 2000; i++) {
      for (const kind of QUANTITY_KINDS) {
        const wide = 10 ** (random() * 12 - (kind === 'size' ? 0 : 2));
        const value = kind === 'size' ? Math.round(wide) : wide;
        const rough = parseQuantity(formatQuantity(value, kind), kind);
        expect(
          rough.ok && Math.abs(rough.value - value) <= 0.006 * value + (kind === 'size' ? 0.5 : 0),
          `${kind} ${value}`,
        ).toBe(true);
        const exact = parseQuantity(formatQuantity(value, kind, { digits: 'exact' }), kind);
        expect(exact.ok && Math.abs(exact.value - value) <= 1e-14 * value, `${kind} ${value}`).toBe(true);
      }
    }
  });
});
