import { describe, expect, it } from 'vitest';
import { readWithPackage } from '../../../../server/src/spec/yaml/chunk.ts';
import { readPlain } from '../../../../server/src/spec/yaml/plain.ts';
import { random } from '../random.ts';
import { CLUSTER, FEDERATION, graphText, PLACEMENT } from '../texts.ts';

const JSON_GRAPH = JSON.stringify(
  { nodes: [{ name: 'a"\\\n\u00e9/b', x: [1, -2.5e-7, true, null, {}, []] }, {}], '': 'k' },
  null,
  2,
);

const typical = {
  json: JSON_GRAPH,
  dense: JSON.stringify(JSON.parse(JSON_GRAPH)),
  CLUSTER,
  PLACEMENT,
  FEDERATION,
  graph: graphText(20),
};

describe('readPlain', () => {
  it.each(Object.entries(typical))('reads %s as the full reader does', (_, text) => {
    for (const variant of [text, text.replaceAll('\n', '\r\n'), text.trimEnd()]) {
      expect(readPlain(variant)).toEqual(readWithPackage(variant));
      expect(readPlain(variant)).toBeDefined();
    }
  });

  it.each([
    'a: 1\n  b',
    'a: "x\n',
    'a: [1\n',
    '- \n',
    'a',
    '',
    '# x\n',
    'a: &x 1',
    'a: *x',
    'a: |\n x',
    'a: 0x1F',
    'a: .inf',
    'a:\tb',
    'a: b: c',
    'a: b #c\n d',
    '? a',
    '--- a',
    'a: "\\x"',
    "a: 'it''s'",
    'a: {b}',
    'a: 1.',
    'a: {b: 1,}',
    'a: b#\n  - c',
    'a: 12345678901234567',
  ])('leaves %j to the full reader', (text) => {
    expect(readPlain(text)).toBeUndefined();
  });

  it('gives the same tree or gives up, on random texts', () => {
    const pieces = [
      'a',
      'b: ',
      'key: ',
      'x:',
      '\n',
      '\n  ',
      '\n    ',
      '\n- ',
      '\n  - ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ', ',
      ',',
      '"q"',
      "'s'",
      '"',
      ' ',
      ' # c',
      '#',
      '1',
      '-1',
      '-0',
      '3e-4',
      '2.5',
      '720ms',
      'true',
      'null',
      '~',
      ':',
      '/',
      '\r\n',
      '1/s',
      '{"a":',
      '"b": ',
      '"c":\n',
      '[\n',
      '\\n',
      'a b',
      '-',
      '+',
      'e5',
      '...',
      '---',
      '%',
      '@',
      'é',
    ];
    let read = 0;
    for (let seed = 1; seed <= 15_000; seed++) {
      const r = random(seed * 31);
      const text = Array.from({ length: 2 + r.int(14) }, () => r.pick(pieces)).join('');
      const plain = readPlain(text);
      if (!plain) continue;
      read++;
      expect(plain, JSON.stringify(text)).toEqual(readWithPackage(text));
    }
    expect(read).toBeGreaterThan(200);
  }, 60_000);

  it('gives the same tree or gives up, on damaged documents', () => {
    const scraps = [
      '\n',
      ' ',
      '  ',
      '- ',
      ':',
      ': ',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      ',',
      '#',
      ' #',
      'a',
      'x: 1\n',
      '\r\n',
      '~',
      '0',
    ];
    for (let seed = 1; seed <= 500; seed++) {
      const r = random(seed * 101);
      let text = r.pick(Object.values(typical)).slice(0, 900);
      for (let step = 0; step < 4; step++) {
        const at = r.int(text.length);
        text = text.slice(0, at) + (r.next() < 0.6 ? r.pick(scraps) : '') + text.slice(at + r.int(5));
        const plain = readPlain(text);
        if (plain) expect(plain, JSON.stringify(text)).toEqual(readWithPackage(text));
      }
    }
  }, 60_000);
});
