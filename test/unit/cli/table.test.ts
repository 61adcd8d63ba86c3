import { describe, expect, it } from 'vitest';
import { printable } from '../../../server/src/cli/text/printable.ts';
import { bar, cutMiddle, displayWidth, ruler, sparkline, table, wrapped } from '../../../server/src/cli/text/table.ts';
import { significant } from '../../../server/src/cli/text/number.ts';

describe('tables for a terminal', () => {
  it('aligns numbers to the right and fits the width', () => {
    const rows = [
      ['a-job-with-a-name-that-is-far-too-long-for-a-narrow-terminal', '5'],
      ['b', '12'],
    ];
    const lines = table(
      [
        { title: 'job', shrink: true },
        { title: 'replicas', align: 'right' },
      ],
      rows,
      40,
    );
    expect(lines.every((line) => displayWidth(line) <= 40)).toBe(true);
    expect(lines[3]?.endsWith('12')).toBe(true);
    expect(lines[2]).toContain('…');
  });

  it('cuts the longest text first, and names only when they are as long', () => {
    const [, , row] = table(
      [{ title: 'deployment', shrink: true }, { title: 'state' }, { title: 'now', shrink: true }],
      [['InferenceCluster/vision', 'running', 'a long story of replicas and requests that nobody reads to its end']],
      60,
    );
    expect(row).toMatch(/^InferenceCluster\/vision {2}running {2}a long story.*…$/);
    expect(displayWidth(row!)).toBeLessThanOrEqual(60);
  });

  it('cuts names in the middle, since many differ only at their end', () => {
    expect(cutMiddle('ranking-for-europe-12', 11)).toBe('ranki…pe-12');
    expect(cutMiddle('short', 11)).toBe('short');
    const [, , row] = table([{ title: 'job', shrink: 'middle' }, { title: 'n' }], [['ranking-for-europe-12', '5']], 14);
    expect(row).toBe('ranki…pe-12  5');
  });

  it('puts decimal points below one another, and units too, whatever stands before the number', () => {
    const cells = [
      'p99 150 ms',
      'p95 21.7 ms',
      '–',
      '12,300 ms',
      `${String.fromCharCode(27)}[31m✗ −3.15 s${String.fromCharCode(27)}[39m`,
    ];
    const [, , ...rows] = table(
      [{ title: 'took', align: 'decimal' }],
      cells.map((cell) => [cell]),
    );
    const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    expect(rows.map((row) => row.replace(colours, ''))).toEqual([
      'p99 150    ms',
      ' p95 21.7  ms',
      '            –',
      ' 12,300    ms',
      '   ✗ −3.15 s',
    ]);
  });

  it('puts a ruler of round times below a line', () => {
    expect(ruler(1440, 48)).toBe('0 h         6 h         12 h        18 h');
    expect(ruler(60, 30)).toBe('0 min          30 min');
    expect(ruler(1, 10)).toBe('0 min');
  });

  it('breaks a sentence between words, never within one', () => {
    const sentence = 'All three SLOs are met with 6 of 6 replicas; search-images has the least slack: 24.9 %.';
    const lines = wrapped(sentence, 40);
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines.join(' ')).toBe(sentence);
    expect(wrapped('a-word-that-is-longer-than-the-line', 10)).toEqual(['a-word-that-is-longer-than-the-line']);
    expect(wrapped('', 10)).toEqual(['']);
  });

  it('shows signs in place of what would move the cursor or ring the bell', () => {
    expect(printable('\u001b[31mred\u0007\r\u0000 \u009b2J\ttab\n')).toBe('␛[31mred␇␍␀ ␡2J\ttab\n');
  });

  it('draws bars in eighths, and keeps full and empty apart without colour', () => {
    expect(bar(1, 4)).toBe('████');
    expect(bar(0, 4)).toBe('····');
    expect(bar(0.5, 4)).toBe('██··');
    expect(bar(Number.NaN, 4)).toBe('····');
    for (let i = 0; i <= 100; i++) expect(Array.from(bar(i / 100, 10))).toHaveLength(10);
  });

  it('draws at most as many sparks as there is room', () => {
    expect(
      Array.from(
        sparkline(
          Array.from({ length: 1440 }, (_, i) => i),
          40,
        ),
      ).length,
    ).toBeLessThanOrEqual(40);
    expect(sparkline([], 40)).toBe('');
    expect(sparkline([0, 1], 40)).toBe('▁█');
  });

  it('writes three significant digits without an exponent for everyday sizes', () => {
    expect([0, 0.0314159, 12.345, 999.6, 2_675_770, 1e-9, Infinity].map(significant)).toEqual([
      '0',
      '0.0314',
      '12.3',
      '1000',
      '2,675,770',
      '1.00e-9',
      '∞',
    ]);
  });
});
