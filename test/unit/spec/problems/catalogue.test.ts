import { describe, expect, it } from 'vitest';
import { CATALOGUE, explain, inDocumentOrder, problem } from '../../../../server/src/spec/problems/catalogue.ts';
import type { ProblemCode } from '../../../../server/src/spec/problems/catalogue.ts';

const codes = Object.keys(CATALOGUE) as ProblemCode[];
const texts = (code: ProblemCode): { message: string; hint: string } => {
  const { message, hint } = explain(code, CATALOGUE[code].example as never);
  return { message, hint };
};

describe('the catalogue', () => {
  it('says every problem as one sentence, and what to do as another', () => {
    const all = codes.map(
      (code) => `${code} ${CATALOGUE[code].severity}: ${texts(code).message}\n  ${texts(code).hint}`,
    );
    expect(all.join('\n')).toMatchSnapshot();
  });

  it.each(codes)('%s reads well', (code) => {
    const { message, hint } = texts(code);
    for (const text of [message, hint]) {
      expect(text).toMatch(/^["A-Z0-9`]/);
      expect(text).toMatch(/[.?!]$/);
      expect(text).not.toMatch(/undefined|NaN|\[object|\.\.| {2}| ,|\?\.$/);
    }
    expect(code).toMatch(/^BERTH[1-5]\d{3}$/);
    expect(CATALOGUE[code].title.length).toBeLessThan(70);
  });

  it('names one and many', () => {
    expect(explain('BERTH1021', { key: 'sites', least: 2, got: 1, item: 'site' })).toMatchObject({
      message: '"sites" needs at least 2 sites, but has only 1.',
      hint: 'Add a site.',
    });
    expect(explain('BERTH1009', { key: 'a', value: 'b', allowed: ['x'] }).hint).toBe('Use "x".');
    expect(explain('BERTH2004', { column: 'a', trace: 't', columns: Array.from('abcdefghijkl') }).hint).toBe(
      'Use "a", "b", "c", "d", "e", "f", "g", "h" or 4 more.',
    );
    expect(explain('BERTH3003', { cycle: Array.from('abcdefghijkl') }).message).toBe(
      'The graph has a cycle: a → b → c → d → … → j → k → l → a.',
    );
  });
});

it('quotes of a page only its beginning and its end', () => {
  const key = `${'a'.repeat(5000)}z`;
  const { message } = explain('BERTH1002', { key, line: 3 });
  expect(message.length).toBeLessThan(320);
  expect(message).toMatch(/^The key "aaa.*…a+z" is given twice; the first is on line 3\.$/);
});

it('orders problems by place, errors first', () => {
  const at = (code: 'BERTH1003' | 'BERTH4007', start: number) =>
    code === 'BERTH1003'
      ? problem(code, {}, { start, end: start + 1 })
      : problem(
          code,
          { error: '50 % of the weights', iterations: 1, rounding: false, drowned: false, safe: 2 },
          { start, end: start + 1 },
        );
  const order = inDocumentOrder([at('BERTH1003', 9), at('BERTH4007', 2), at('BERTH1003', 2)]);
  expect(order.map((p) => [p.code, p.range.start])).toEqual([
    ['BERTH1003', 2],
    ['BERTH4007', 2],
    ['BERTH1003', 9],
  ]);
});

describe('whatever a value holds', () => {
  const nasty = [
    'a\nb\r\nc\u2028d\u2029e\u0085f\vg\fh',
    '\u001b[31m\u001b]8;;http://x\u0007\0\b\u007f\u009b',
    '\u202egnp.exe\u2066\u200b\u200f\ufeff\u00ad',
    '\u00a0\u3000\u2007\u202f\u2800\u3164',
    '\ud83d',
    'x'.repeat(100_000),
    '\n'.repeat(100_000),
    '🚢'.repeat(10_000),
  ];
  /** Every text in the parameters replaced, also those in lists and objects. */
  const withText = (value: unknown, text: string): unknown => {
    if (typeof value === 'string') return text;
    if (Array.isArray(value)) return Array.from({ length: 400 }, () => withText(value[0] ?? text, text));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withText(inner, text)]));
  };

  it.each(codes)('%s says it on one line that can be seen and read', (code) => {
    for (const text of nasty) {
      const { message, hint } = explain(code, withText(CATALOGUE[code].example, text) as never);
      for (const said of [message, hint]) {
        expect(said).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0\u2007\u202f\u2800\u3000\u3164\u{e0000}-\u{e0fff}]/u,
        );
        expect(said.length).toBeLessThanOrEqual(1200);
      }
    }
  });

  it('is seen in the title of a fix as well', () => {
    const { fixes } = problem('BERTH1003', {}, { start: 0, end: 1 }, [
      { title: `Remove "a\n${'b'.repeat(500)}"`, edits: [] },
    ]);
    expect(fixes[0]?.title).toMatch(/^Remove "a␊b+…b+"$/);
    expect(fixes[0]?.title.length).toBeLessThan(90);
  });
});
