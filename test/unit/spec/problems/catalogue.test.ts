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
