import { describe, expect, test } from 'vitest';
import {
  ago,
  amount,
  bytes,
  count,
  counted,
  difference,
  duration,
  microseconds,
  measuredPercent,
  percent,
  plusMinus,
  perSecond,
  signed,
  threeDigits,
} from '../../../webview/src/drawing/figures.ts';

describe('numbers have three significant digits', () => {
  test.each([
    [0, '0'],
    [1, '1.00'],
    [9.7149, '9.71'],
    [0.012345, '0.0123'],
    [610, '610'],
    [999.6, '1,000'],
    [12345, '12,300'],
    [0.9996, '1.00'],
    [-0.3671, '−0.367'],
    [0.0000051, '5.10e-6'],
    [Infinity, '∞'],
    [NaN, '–'],
    [null, '–'],
    [undefined, '–'],
  ])('%s reads %s', (value, text) => expect(threeDigits(value)).toBe(text));
});

test('counts are exact', () => {
  expect(count(1052344)).toBe('1,052,344');
  expect(count(-3)).toBe('−3');
  expect(counted(1, 'node')).toBe('1 node');
  expect(counted(0, 'box', 'boxes')).toBe('0 boxes');
});

test.each([
  [0.04, '4 %'],
  [0.0123, '1.23 %'],
  [1.2, '120 %'],
  [-0.2569, '−25.7 %'],
  [0.00001234, '0.00123 %'],
  [null, '–'],
])('the fraction %s is %s', (value, text) => expect(percent(value)).toBe(text));

test.each([
  [1, 'replicas', '1 replica'],
  [19, 'cpu', '19 cpu'],
  [4.5, 'cpu', '4.50 cpu'],
  [2, 'accelerators', '2 accelerators'],
  [96 * 2 ** 30, 'memory', '96 GiB of memory'],
])('%s of %s reads %s', (value, unit, text) => expect(amount(value, unit)).toBe(text));

test.each([
  [0.49, '+0.490'],
  [-1.2932, '−1.29'],
  [0.0003, '±0'],
  [0, '±0'],
])('a change of the objective by %s reads %s', (change, text) => expect(signed(change)).toBe(text));

test.each([
  [0.437, 0.0176, '0.437 ± 0.018'],
  [66.7, 0.000545, '66.7 ± 0.0'],
  [1.08, 0.00891, '1.080 ± 0.009'],
  [4.205, 0.00143, '4.205 ± 0.001'],
])('a mean of %s with a band of %s has one number of places', (mean, half, text) =>
  expect(plusMinus(mean, half)).toBe(text),
);

test.each([
  [0.93, '93.0 %'],
  [1, '100 %'],
  [0.00712, '0.712 %'],
  [null, '–'],
])('the measured fraction %s is %s', (value, text) => expect(measuredPercent(value)).toBe(text));

test.each([
  [0, '0 ms'],
  [0.134, '134 µs'],
  [0.9999, '1.00 ms'],
  [720, '720 ms'],
  [999.9, '1.00 s'],
  [1500, '1.50 s'],
  [60_000, '1.00 min'],
  [3_600_000, '1.00 h'],
  [Infinity, '∞'],
])('%s ms reads %s', (ms, text) => expect(duration(ms)).toBe(text));

test('microseconds take the same words', () => {
  expect(microseconds(18_800)).toBe('18.8 ms');
  expect(microseconds(null)).toBe('–');
});

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1024, '1.00 KiB'],
  [8 * 2 ** 30, '8.00 GiB'],
  [1023.9 * 2 ** 20, '1.00 GiB'],
])('%s bytes read %s', (size, text) => expect(bytes(size)).toBe(text));

test('rates and ages', () => {
  expect(perSecond(9.2)).toBe('9.20/s');
  expect(ago(500)).toBe('just now');
  expect(ago(12_900)).toBe('12 s ago');
  expect(ago(61_000)).toBe('1 min ago');
  expect(ago(7_300_000)).toBe('2 h ago');
});

test('a difference is told with its sign, and not at all where both numbers read alike', () => {
  expect(difference(5, 3, count)).toBe('+2');
  expect(difference(0.633, 1, threeDigits)).toBe('−0.367');
  expect(difference(1.0001, 1, threeDigits)).toBe('');
  expect(difference(Infinity, 3, count)).toBe('');
});
