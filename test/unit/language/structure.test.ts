import { describe, expect, it } from 'vitest';
import { documentLinks } from '../../../server/src/language/document-links.ts';
import { foldings } from '../../../server/src/language/folding.ts';
import { selectionRanges } from '../../../server/src/language/selection-ranges.ts';
import { semanticTokens } from '../../../server/src/language/semantic-tokens.ts';
import { symbols, type OutlineSymbol } from '../../../server/src/language/symbols.ts';
import { behind, GRAPH, open, PLACEMENT, SERVING, WHOLE } from './workspace.ts';

describe('the outline', () => {
  const lines = (list: readonly OutlineSymbol[], depth = 0): string[] =>
    list.flatMap(({ sort, name, detail, children }) => [
      `${'  '.repeat(depth)}${sort} ${name} ${detail}`.trimEnd(),
      ...lines(children, depth + 1),
    ]);

  it('has documents, and in them jobs, devices and pins by name', () => {
    expect(lines(symbols(open(`${SERVING}---\n${PLACEMENT}`)))).toEqual([
      'document vision InferenceCluster',
      '  value target local',
      '  value capacity replicas: 8',
      '  value objective FairSum',
      '  group jobs 2',
      '    job search-images 720ms',
      '    job translate 1.5s',
      'document net TrainingPlacement',
      '  value target local',
      '  value graph graphs/net.graph.yaml',
      '  group devices 2',
      '    device gpu 2 × 256Mi',
      '    device cpu 1Gi',
      '  value link bandwidth: 5.7GB/s, latency: 134us',
      '  value algorithm m-ETF',
      '  group pins 2',
      '    pin head gpu1',
      '    pin input cpu',
    ]);
  });

  it('lists nodes and edges of a graph', () => {
    expect(lines(symbols(open(GRAPH, '/g/net.graph.yaml')))).toContain('    edge block1/conv → block1/relu');
  });

  it('selects inside of what it spans, everywhere', () => {
    const inside = ({ range, selection, children }: OutlineSymbol): void => {
      expect(range.start <= selection.start && selection.end <= range.end).toBe(true);
      for (const child of children) {
        expect(range.start <= child.range.start && child.range.end <= range.end).toBe(true);
        inside(child);
      }
    };
    symbols(open(WHOLE)).forEach(inside);
  });
});

describe('folding', () => {
  it('folds documents, blocks of several lines and runs of comments', () => {
    const text = `# one\n# two\n${SERVING}---\n${PLACEMENT}`;
    const folded = foldings(open(text)).map(
      ({ range, kind }) =>
        `${kind} ${text.slice(range.start, range.end).split('\n')[0]!} +${text.slice(range.start, range.end).split('\n').length - 1}`,
    );
    expect(folded).toEqual([
      'comment # one +1',
      'region apiVersion: berth.dev/v1alpha1 +18',
      'region spec: +15',
      'region jobs: +11',
      'region name: search-images +4',
      'region name: translate +5',
      'region slo: +1',
      'region workload: +1',
      'region apiVersion: berth.dev/v1alpha1 +14',
      'region spec: +11',
      'region devices: +3',
      'region name: cpu +1',
      'region pins: +2',
    ]);
  });
});

describe('a growing selection', () => {
  it('takes the word, its entry, the brackets, and so on', () => {
    const { text, offset } = behind(SERVING, 'latency: 72');
    const taken = selectionRanges(open(text), offset).map(({ start, end }) => text.slice(start, end));
    expect(taken.slice(0, 4)).toEqual([
      '720ms',
      'latency: 720ms',
      '{ latency: 720ms, percentile: 99 }',
      'slo: { latency: 720ms, percentile: 99 }',
    ]);
    expect(taken.at(-1)).toBe(text);
    for (const [i, part] of taken.entries()) expect(taken[i + 1] ?? text).toContain(part);
  });
});

describe('semantic tokens', () => {
  it('tell known keys, choices, quantities and names apart, and leave unknown keys alone', () => {
    const text = SERVING.replace('  objective', '  foo: bar\n  objective');
    const tokens = semanticTokens(open(text)).map(({ range, type }) => `${text.slice(range.start, range.end)} ${type}`);
    expect(tokens).toEqual(
      expect.arrayContaining([
        'kind property',
        'InferenceCluster enumMember',
        'vision class',
        '8 number',
        'FairSum enumMember',
        '720ms number',
        'traces/day.csv string',
        'search variable',
      ]),
    );
    expect(tokens.join()).not.toMatch(/foo|bar/);
  });

  it('keep to a range', () => {
    const { text, offset } = behind(SERVING, 'objective: ');
    const tokens = semanticTokens(open(text), { start: offset, end: offset + 3 });
    expect(tokens.map(({ range }) => text.slice(range.start, range.end))).toEqual(['FairSum']);
  });
});

describe('document links', () => {
  it('lead from paths to files', () => {
    const links = documentLinks(open(WHOLE)).map(({ path }) => path);
    expect(links).toEqual(['/specs/traces/day.csv', '/specs/graphs/net.graph.yaml']);
  });
});
