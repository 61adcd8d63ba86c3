import { describe, expect, it } from 'vitest';
import { readWithPackage } from '../../../../server/src/spec/yaml/chunk.ts';
import { readYaml } from '../../../../server/src/spec/yaml/document.ts';
import type { YamlFile } from '../../../../server/src/spec/yaml/document.ts';
import { YamlNode } from '../../../../server/src/spec/yaml/tree.ts';
import { random } from '../random.ts';
import { CLUSTER, FEDERATION, FILE, graphText, ODD, PLACEMENT } from '../texts.ts';

/** A tree as data with absolute ranges, to compare two readings. */
function spelled(node: YamlNode | undefined): unknown {
  if (!node) return undefined;
  const at = `${node.range.start}-${node.range.end}`;
  if (node.type === 'mapping') {
    return [
      at,
      node.flow ? '{' : ':',
      node.entries.map((e) => [e.key, `${e.keyRange.start}-${e.keyRange.end}`, e.colon, spelled(e.value)]),
    ];
  }
  if (node.type === 'sequence') return [at, node.flow ? '[' : '-', node.items.map(spelled)];
  return [at, Object.is(node.scalar, -0) ? '-0' : String(node.scalar), typeof node.scalar];
}

const roots = (file: YamlFile): (YamlNode | undefined)[] =>
  file.documents.map((d) => d.root && new YamlNode(d.root, d.base));
const everything = (file: YamlFile): unknown =>
  file.documents.map((d, i) => [
    d.start,
    d.end,
    d.bomb,
    spelled(roots(file)[i]),
    d.slips.map((f) => ({ ...f, start: f.start + d.base, end: f.end + d.base, first: (f.first ?? 0) + d.base })),
  ]);

/** A key whose colon stands on the next line: the package lets it pass inside a mapping, YAML and Berth do not. */
const COLON_FIRST = /\n[ ]*:/;

/** Every document read as a whole by the package must give the same tree where it is valid, and be faulty where it is not. */
function agreesWithWhole(text: string): void {
  const file = readYaml(text);
  file.documents.forEach((document, i) => {
    const whole = readWithPackage(text.slice(document.start, document.end));
    if (whole.slips.length > 0) {
      expect(
        document.slips.length,
        `fault of ${JSON.stringify(text.slice(document.start, document.end))}: ${JSON.stringify(whole.slips)}`,
      ).toBeGreaterThan(0);
    } else if (whole.root?.type !== 'scalar' && !COLON_FIRST.test(text)) {
      const why = `tree of ${JSON.stringify(text.slice(document.start, document.end))}`;
      expect(document.slips, why).toEqual([]);
      expect(spelled(roots(file)[i]), why).toEqual(spelled(whole.root && new YamlNode(whole.root, document.start)));
    }
  });
}

const texts = { CLUSTER, PLACEMENT, FEDERATION, FILE, ODD, graph: graphText(30) };
const scraps = [
  '\n',
  ' ',
  '  ',
  '    ',
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
  '\t',
  'a',
  'x: 1\n',
  '- y\n',
  '---\n',
  '|',
  '>',
  '&a ',
  '*a',
  '? ',
  '%',
  '!',
  '\r\n',
  '...',
  '\u00e9',
  '🚢',
  '<<: ',
];

function edited(text: string, r: ReturnType<typeof random>): string {
  const at = r.int(text.length + 1);
  const removed = r.next() < 0.5 ? r.int(r.next() < 0.2 ? 60 : 4) : 0;
  const added = r.next() < 0.7 ? r.pick(scraps) : '';
  return text.slice(0, at) + added + text.slice(at + removed);
}

describe('readYaml', () => {
  it.each(Object.entries(texts))('reads %s as the package reads it as a whole', (_, text) => {
    agreesWithWhole(text);
    agreesWithWhole(text.replaceAll('\n', '\r\n'));
    agreesWithWhole(`\ufeff${text}`);
  });

  it.each(Object.entries(texts))(
    'reads every prefix of %s, whole or not, without throwing',
    (_, text) => {
      for (let end = 0; end <= Math.min(text.length, 1500); end += 1 + (end % 5)) agreesWithWhole(text.slice(0, end));
    },
    60_000,
  );

  it('agrees with the whole reading, and with itself, after random edits', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const r = random(seed * 7919);
      let text = r.pick(Object.values(texts));
      let file = readYaml(text);
      for (let step = 0; step < 12; step++) {
        text = edited(text, r);
        file = readYaml(text, file);
        expect(everything(file), `seed ${seed} step ${step}`).toEqual(everything(readYaml(text)));
        agreesWithWhole(text);
      }
    }
  }, 60_000);

  it('leaves the neighbours of a half-typed line as they are', () => {
    const text = CLUSTER.replace('      processingTime: 180ms\n', '      processingTi\n').replace(
      '        percentile: 95\n',
      '        percen\n',
    );
    const root = roots(readYaml(text))[0]!;
    expect(root.at(['spec', 'jobs', 0, 'workload', 'rate'])?.scalar).toBe('25/s');
    expect(root.at(['spec', 'jobs', 1, 'slo', 'latency'])?.scalar).toBe('1.5s');
    expect(root.at(['spec', 'jobs', 1, 'workload', 'rate'])?.scalar).toBe('600/min');
    expect(root.at(['spec', 'jobs', 0])?.get('processingTi')?.colon).toBe(false);
  });

  it('reads only the piece that changed', () => {
    const text = graphText(200);
    const before = readYaml(text);
    const after = readYaml(text.replace('op7\n', 'op7x\n'), before);
    const fresh = [...after.pieces.keys()].filter((piece) => !before.pieces.has(piece));
    expect(fresh).toHaveLength(1);
    expect(fresh[0]).toContain('op7x');
    const [a, b] = [roots(before)[0]!, roots(after)[0]!];
    expect(b.at(['nodes', 8])?.plain()).toBe(a.at(['nodes', 8])?.plain());
  });

  it('stops at an alias bomb, a circle and ten thousand brackets', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...Array.from(
        { length: 8 },
        (_, i) => `${'bcdefghi'[i]}: &${'bcdefghi'[i]} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(', ')}]`,
      ),
    ].join('\n');
    expect(readYaml(bomb).documents[0]).toMatchObject({ bomb: true, root: undefined });
    expect(readYaml('a: &a [*a]').documents[0]!.slips).toMatchObject([{ type: 'alias', detail: 'a' }]);
    expect(readYaml('['.repeat(10_000)).documents[0]!.slips).not.toEqual([]);
    expect(readYaml('- '.repeat(10_000)).documents).toHaveLength(1);
    const stairs = Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a${i}:\n`).join('');
    expect(readYaml(stairs).documents).toHaveLength(1);
    expect(readYaml(`${stairs}${' '.repeat(3000)}b: [`).documents[0]!.slips).not.toEqual([]);
  });
});
