import { expect, it } from 'vitest';
import { contentHash } from '../../../server/src/deploy/plan/content-hash.ts';
import { canonicalJson } from '../../../server/src/spec/serialise.ts';

it('gives equal values one text, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined, ä: 1e21 })).toBe(
    '{"b":[1,{"c":"x","d":null}],"ä":1e+21}',
  );
  expect(contentHash({ a: 1, b: 2 })).toBe(contentHash({ b: 2, a: 1 }));
  expect(contentHash({ a: 1 })).toBe('sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
});

it('survives a journey through JSON', () => {
  const value = { numbers: [0.1, -0, 1e-7, 2 ** 53], text: 'line\n"quoted" \u2028', absent: undefined };
  expect(contentHash(JSON.parse(JSON.stringify(value)))).toBe(contentHash(value));
});

it('refuses what JSON would change silently', () => {
  expect(() => contentHash({ loss: Number.NaN })).toThrow(TypeError);
  expect(() => contentHash([() => 1])).toThrow(TypeError);
});
