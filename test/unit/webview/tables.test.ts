import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import type { FederationPreview, InferencePreview } from '../../../server/src/preview/model.ts';
import { rowsOf } from '../../../webview/src/federation/learnt-figure.tsx';
import { sortRows } from '../../../webview/src/frame/data-table.tsx';
import { whatIfWords } from '../../../webview/src/frame/what-if-bar.tsx';
import { bandWords } from '../../../webview/src/inference/band.tsx';
import { seedsWords } from '../../../webview/src/inference/policy-table.tsx';
import { percent } from '../../../webview/src/drawing/figures.ts';
import { closer } from '../../../webview/src/inference/trace-figure.tsx';
import { roundSlo } from '../../../webview/src/inference/slo-bullet.tsx';
import { keyStep } from '../../../webview/src/inference/stepping.ts';
import { shortened } from '../../../webview/src/placement/graph-boxes.tsx';
import { rounded } from '../../../webview/src/placement/graph-lines.tsx';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/previews/${name}.json`, import.meta.url), 'utf8')) as T;

describe('sorting rows', () => {
  const columns = [
    { key: 'n', title: 'n', sortBy: (row: { n: number; s: string }) => row.n, cell: () => '' },
    { key: 's', title: 's', sortBy: (row: { n: number; s: string }) => row.s, cell: () => '' },
  ];
  const rows = [
    { n: 2, s: 'b' },
    { n: NaN, s: 'c' },
    { n: 1, s: 'a' },
    { n: 2, s: 'd' },
  ];
  const sorted = (key: string, descending: boolean): string =>
    sortRows(rows, columns, { key, descending })
      .map(({ s }) => s)
      .join('');
  test('either way, unknown last, equal ones as they came', () => {
    expect(sorted('n', false)).toBe('abdc');
    expect(sorted('n', true)).toBe('bdac');
  });
  test('by words', () => expect(sorted('s', true)).toBe('dcba'));
  test('not at all without a column', () => expect(sortRows(rows, columns, undefined)).toBe(rows));
});

test('a what-if is said in words, with what the text has', () => {
  const base = read<InferencePreview>('inference');
  expect(whatIfWords({ capacityReplicas: 26 }, base)).toBe('capacity 32 → 26 replicas');
  const ofCpu = { ...base, capacity: { ...base.capacity, unit: 'cpu' } };
  expect(whatIfWords({ capacityReplicas: 26 }, ofCpu)).toBe('capacity 32 → 26 cpu');
  expect(whatIfWords({ sloMs: { 'search-images': 500 } }, base)).toBe('search-images: SLO 720 ms → 500 ms');
  expect(whatIfWords({ pins: { a: 'gpu0', b: 'gpu0', c: 'gpu1' } }, null)).toBe(
    'a on gpu0, b on gpu0, 1 more node pinned',
  );
});

test('an SLO that is dragged comes out as a person would write it', () => {
  expect([723.4, 1234, 61.7, 0.4].map(roundSlo)).toEqual([725, 1250, 61.5, 1]);
});

test('zooming the trace stays within it and ends with all of it', () => {
  expect(closer([0, 119], 60, 0.5, 120)).toEqual([30, 90]);
  expect(closer([30, 90], 60, 0.5, 120)).toEqual([45, 75]);
  expect(closer([30, 90], 60, 4, 120)).toBeNull();
  expect(closer([0, 10], 0, 0.5, 120)).toEqual([0, 3]);
});

test('a band is heard in words, with the seeds it is of', () => {
  expect(bandWords({ mean: 0.0121, least: 0.0115, most: 0.0128 }, 5, percent)).toBe(
    '1.21 %, between 1.15 % and 1.28 % over 5 seeds',
  );
  expect(seedsWords(1, 5)).toBe('one seed; 5 are being replayed');
  expect(seedsWords(5, 5)).toBe('mean ± half the range of 5 seeds');
});

test('sliders know their keys', () => {
  expect(keyStep('ArrowUp', 1, 5)).toBe(1);
  expect(keyStep('PageDown', 1, 5)).toBe(-5);
  expect(keyStep('x', 1, 5)).toBeNull();
});

test('a name that is too long loses its middle', () => {
  expect(shortened('conv1', 100, 10)).toBe('conv1');
  const cut = shortened('mixed_5b.branch3x3dbl_1.conv', 80, 10);
  expect(cut.length).toBeLessThanOrEqual(Math.floor(80 / 6));
  expect(cut).toMatch(/^mixed.+…\S+conv$/);
});

test('a line’s corners are rounded and its ends stay', () => {
  const path = rounded([
    [0, 0],
    [10, 0],
    [10, 20],
  ]);
  expect(path.startsWith('M0 0 L5 0 Q10 0 ')).toBe(true);
  expect(path.endsWith('L10 20')).toBe(true);
  expect(rounded([])).toBe('');
});

test('every single site is an observer, then each coalition that learns more', () => {
  const rows = rowsOf(read<FederationPreview>('federation-leaking'));
  expect(rows).toHaveLength(16);
  expect(rows[0]).toMatchObject({ observers: ['clinic-a'], beyondMean: 2 });
  expect([...rows[0]!.learns]).toEqual(['clinic-d', 'clinic-k']);
  expect(rows[1]).toMatchObject({ observers: ['clinic-b'], beyondMean: 0, words: 'the mean only' });
  expect(rows[15]).toMatchObject({ observers: ['clinic-b', 'clinic-c'], beyondMean: 1 });
});
