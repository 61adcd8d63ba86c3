import { describe, expect, it } from 'vitest';
import { readJson } from '../../../../server/src/spec/yaml/json-green.ts';
import { YamlNode } from '../../../../server/src/spec/yaml/tree.ts';
import { random } from '../random.ts';

describe('JSON as a tree with ranges', () => {
  it('means what JSON.parse says, at the places where it stands', () => {
    const text = ' { "a": [1, -2.5e3, "x\\n\\u00e9", true, null], "b": { "c": {} } } ';
    const { root, slips } = readJson(text);
    const tree = new YamlNode(root!, 0);
    expect(slips).toEqual([]);
    expect(tree.plain()).toEqual(JSON.parse(text));
    const value = tree.at(['a', 2])!;
    expect(text.slice(value.range.start, value.range.end)).toBe('"x\\n\\u00e9"');
    expect(text.slice(tree.entryAt(['b', 'c'])!.keyRange.start, tree.entryAt(['b', 'c'])!.keyRange.end)).toBe('"c"');
  });

  it('agrees with JSON.parse on random values, and on which damaged texts are no JSON', () => {
    const dice = random(5);
    const value = (depth: number): unknown => {
      const kind = dice.int(depth > 3 ? 4 : 6);
      if (kind === 4) return Array.from({ length: dice.int(4) }, () => value(depth + 1));
      if (kind === 5)
        return Object.fromEntries(Array.from({ length: dice.int(4) }, (_, i) => [`k${i} "\\`, value(depth + 1)]));
      return [dice.next() * 1e6, 'te"xt\t\u2028', null, dice.int(2) === 0][kind];
    };
    for (let i = 0; i < 300; i++) {
      const whole = value(0);
      const text = JSON.stringify(whole, null, dice.int(3));
      const { root, slips } = readJson(text);
      expect(slips).toEqual([]);
      expect(new YamlNode(root!, 0).plain()).toEqual(JSON.parse(text));
      const at = dice.int(text.length);
      const damaged = text.slice(0, at) + dice.pick(['', ',', '}', '"', 'x']) + text.slice(at + 1);
      expect([damaged, readJson(damaged).slips.length === 0]).toEqual([damaged, isJson(damaged)]);
    }
  });

  it('keeps what stands before the first fault', () => {
    const { root, slips } = readJson('{"a": [1, 2], "b": [3, }');
    expect(new YamlNode(root!, 0).plain()).toEqual({ a: [1, 2], b: [3] });
    expect(slips).toMatchObject([{ type: 'syntax', start: 23, end: 24 }]);
  });

  it('refuses a text that is nested too deeply instead of ending the stack', () => {
    expect(readJson('['.repeat(100_000)).slips).toMatchObject([{ detail: 'it is nested too deeply' }]);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
