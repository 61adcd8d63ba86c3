/** A quantity said once more in the unit in which the reader may think of it. */
import { three } from '../../preview/words.ts';
import { parseQuantity, type QuantityKind } from '../../spec/quantities/quantity.ts';

/** `= 0.72 s`, `= 8.59 GB`: empty for what is no quantity of this kind. */
export function otherUnits(written: string, kind: QuantityKind): string {
  const read = parseQuantity(written, kind);
  if (!read.ok) return '';
  const own = written.replace(/^[\d.eE+-]*/, '');
  const others = EQUIVALENTS[kind](read.value, own).slice(0, 2);
  return others.length === 0 ? '' : `= ${others.join(' = ')}`;
}

type Equivalents = (value: number, own: string) => string[];

const EQUIVALENTS: Readonly<Record<QuantityKind, Equivalents>> = {
  duration: (ms, own) =>
    nearest(ms, own, [
      ['us', 1e-3],
      ['ms', 1],
      ['s', 1e3],
      ['m', 6e4],
      ['h', 36e5],
      ['d', 864e5],
    ]),
  size: (bytes, own) => [
    ...(own.includes('i') ? decimal(bytes, '') : binary(bytes)),
    ...(own === 'B' ? [] : [`${bytes.toLocaleString('en-US')} B`]),
  ],
  bandwidth: (bytes) => [`${three((bytes * 8) / 1e9)} Gbit/s`, `${three(bytes / 1e6)} bytes per µs`],
  rate: (perSecond, own) =>
    [`${three(perSecond)} a second`, `${three(perSecond * 60)} a minute`, `${three(perSecond * 3600)} an hour`].filter(
      (text) => !text.endsWith({ '/s': 'second', '/min': 'minute', '/m': 'minute', '/h': 'hour' }[own] ?? ''),
    ),
  cpu: (cores, own) => [own === 'm' ? `${three(cores)} cores` : `${Math.round(cores * 1000)} thousandths of a core`],
};

/** In the units next to the written one, larger first, where the number stays readable. */
function nearest(value: number, own: string, units: readonly (readonly [string, number])[]): string[] {
  const written = units.findIndex(([name]) => name === own.replace(/[µμ]s/, 'us'));
  return [written + 1, written - 1].flatMap((i) => {
    const unit = units[i];
    const amount = unit ? value / unit[1] : 0;
    return unit && amount >= 0.01 && amount < 1e5 ? [`${Number(amount.toPrecision(4))} ${unit[0]}`] : [];
  });
}

function binary(bytes: number): string[] {
  const power = Math.min(5, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return power === 0 ? [] : [`${three(bytes / 1024 ** power)} ${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'][power]!}B`];
}

function decimal(bytes: number, suffix: string): string[] {
  const power = Math.min(5, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return power === 0 ? [] : [`${three(bytes / 1000 ** power)} ${['', 'k', 'M', 'G', 'T', 'P'][power]!}B${suffix}`];
}
