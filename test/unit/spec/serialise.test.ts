import { expect, it } from 'vitest';
import { canonicalJson } from '../../../server/src/spec/serialise.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import { CLUSTER } from './texts.ts';

it('writes the same for the same meaning', () => {
  expect(canonicalJson({ b: [1, undefined, null], a: { d: 'x', c: undefined } })).toBe(
    '{"a":{"d":"x"},"b":[1,null,null]}',
  );
  expect(() => canonicalJson({ a: NaN })).toThrow(TypeError);
  const files = { read: () => ({ text: '', version: '1' }) };
  const specOf = (text: string) => readSpecFile(text, { uri: '/work/a.berth.yaml', files }).documents[0]!.spec!;
  const same = CLUSTER.replace('latency: 1.5s', 'latency: 1500ms # the same').replace('  target: local\n', '');
  expect(canonicalJson(specOf(same))).toBe(canonicalJson(specOf(CLUSTER)));
  expect(canonicalJson(specOf(CLUSTER.replace('1.5s', '1.6s')))).not.toBe(canonicalJson(specOf(CLUSTER)));
});
