import { describe, expect, it } from 'vitest';
import { applied, removeEntry, setValue, yamlText } from '../../../../server/src/spec/yaml/edit.ts';
import { readYaml } from '../../../../server/src/spec/yaml/document.ts';
import { YamlNode } from '../../../../server/src/spec/yaml/tree.ts';
import type { Path } from '../../../../server/src/spec/yaml/tree.ts';
import { random } from '../random.ts';
import { CLUSTER } from '../texts.ts';

const rootOf = (text: string): YamlNode => {
  const [document] = readYaml(text).documents;
  expect(document!.slips).toEqual([]);
  return new YamlNode(document!.root!, document!.base);
};
const set = (text: string, path: Path, value: unknown): string =>
  applied(text, setValue({ text, root: rootOf(text), kind: 'InferenceCluster' }, path, value)!);

describe('setValue', () => {
  it.each([
    ['a: 1 # one\n', ['a'], 2, 'a: 2 # one\n'],
    ['a: "x"\n', ['a'], 'y z', 'a: "y z"\n'],
    ["a: 'x'\n", ['a'], "it's", "a: 'it''s'\n"],
    ['a:\n', ['a'], 2, 'a: 2\n'],
    ['a: # soon\n', ['a'], 2, 'a: 2 # soon\n'],
    ['a: 1 # one\nb: 2\n', ['c'], 3, 'a: 1 # one\nb: 2\nc: 3\n'],
    ['a: 1', ['c'], 3, 'a: 1\nc: 3'],
    ['a: 1\r\n', ['c'], 3, 'a: 1\r\nc: 3\r\n'],
    ['a: { b: 1 } # x\n', ['a', 'c'], 'd', 'a: { b: 1, c: d } # x\n'],
    ['a: {}\n', ['a', 'c'], 'd', 'a: { c: d }\n'],
    ['a: 1\n', ['b', 'c', 'd'], 5, 'a: 1\nb: { c: { d: 5 } }\n'],
    ['a:\n  - x: 1\n    y: 2\n', ['a', 0, 'z'], 3, 'a:\n  - x: 1\n    y: 2\n    z: 3\n'],
    ['a:\n  - 1\n', ['a', 1], 2, 'a:\n  - 1\n  - 2\n'],
    ['a: [1]\n', ['a', 1], { x: [1, 'b'] }, 'a: [1, { x: [1, b] }]\n'],
    ['a: &x 1\nb: *x\n', ['b'], 2, 'a: &x 1\nb: 2\n'],
    [
      'metadata: { name: a }\nspec: {}\n',
      ['kind'],
      'Federation',
      'kind: Federation\nmetadata: { name: a }\nspec: {}\n',
    ],
  ] as [string, Path, unknown, string][])('in %j sets %j to %j', (text, path, value, expected) => {
    expect(set(text, path, value)).toBe(expected);
  });

  it('puts keys in the order of the schema, and keeps comments', () => {
    const text = set(CLUSTER, ['spec', 'jobs', 1, 'priority'], 3);
    expect(text).toContain('        max: 8\n      priority: 3\n      workload:');
    expect(text.replace('      priority: 3\n', '')).toBe(CLUSTER);
  });

  it('sets what is read again, wherever it is put', () => {
    const values: unknown[] = [
      '12',
      'true',
      'a: b',
      '# c',
      '',
      ' x',
      '- y',
      '1e3',
      'null',
      '~',
      'é',
      '\n',
      "it's",
      '"q"',
      'x #y',
      '720ms',
      'm-ETF',
      '@a',
      '5.7GB/s',
      0.5,
      -1,
      1e21,
      true,
      null,
      ['a', '1'],
      { 'conv/1': 'gpu0', 'a b': '0x1F' },
    ];
    const paths: Path[] = [
      ['metadata', 'name'],
      ['spec', 'objective'],
      ['spec', 'capacity', 'replicas'],
      ['spec', 'jobs', 0, 'slo', 'latency'],
      ['spec', 'jobs', 1, 'slo', 'latency'],
      ['spec', 'jobs', 1, 'serve', 'command', 1],
      ['spec', 'jobs', 1, 'resources', 'cpu'],
      ['spec', 'autoscaler', 'x'],
      ['y'],
    ];
    const r = random(11);
    let text = CLUSTER;
    for (let i = 0; i < 300; i++) {
      const [path, value] = [r.pick(paths), r.pick(values)];
      const before = rootOf(text).at(path.slice(0, -1));
      if (before && before.type !== 'scalar') {
        const next = set(text, path, value);
        expect(rootOf(next).at(path)?.plain(), `${JSON.stringify(path)} ${JSON.stringify(value)} in ${text}`).toEqual(
          value,
        );
        expect(next).toContain('# A second one, in block style.');
        if (r.next() < 0.7) text = next;
        else text = CLUSTER;
      } else text = CLUSTER;
    }
  });
});

describe('removeEntry', () => {
  it.each([
    ['a: 1 # x\nb: 2\n', ['a'], 'b: 2\n'],
    ['a: 1\nb:\n  c: 1\n  d: 2\n', ['b', 'd'], 'a: 1\nb:\n  c: 1\n'],
    ['a: 1\nb:\n  c: 1\n', ['b', 'c'], 'a: 1\nb:\n  {}\n'],
    ['a: { b: 1, c: 2 }\n', ['a', 'b'], 'a: { c: 2 }\n'],
    ['a: { b: 1, c: 2 }\n', ['a', 'c'], 'a: { b: 1 }\n'],
    ['- x: 1\n  y: 2\n', [0, 'x'], '- y: 2\n'],
    ['a:\n  b: |\n    text\n\n  c: 1\n', ['a', 'b'], 'a:\n\n  c: 1\n'],
  ] as [string, Path, string][])('from %j removes %j', (text, path, expected) => {
    const edit = removeEntry({ text, root: rootOf(text) }, path)!;
    expect(applied(text, [edit])).toBe(expected);
    rootOf(applied(text, [edit]));
  });
});

it('writes values of one line', () => {
  expect(yamlText(['node', 'a b', 'x,y', '-'])).toBe('[node, a b, "x,y", "-"]');
});
