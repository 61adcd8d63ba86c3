import { describe, expect, it } from 'vitest';
import { definition } from '../../../server/src/language/definition.ts';
import { references } from '../../../server/src/language/references.ts';
import { prepareRename, rename } from '../../../server/src/language/rename.ts';
import { applied } from '../../../server/src/spec/yaml/edit.ts';
import { behind, FILES, GRAPH, NO_ENGINES, open, PLACEMENT, SERVING, TRACE } from './workspace.ts';

/** Expects where the word behind `words` leads: `path text` of the target. */
function check(text: string, words: string, expected: readonly string[], path?: string): void {
  const doc = open(text, path);
  const found = definition(doc, behind(text, words).offset, NO_ENGINES).map((target) => {
    const there = target.path === doc.path ? text : FILES.read(target.path)!.text;
    return `${target.path} ${there.slice(target.range.start, target.range.end)}`.trim();
  });
  expect(found).toEqual(expected);
}

describe('definition', () => {
  it('leads from a path to its file', () => {
    check(SERVING, 'trace: traces', ['/specs/traces/day.csv']);
    check(PLACEMENT, 'graph: gra', ['/specs/graphs/net.graph.yaml']);
  });

  it('leads from a column to the header of the trace', () => {
    check(SERVING, 'column: sea', ['/specs/traces/day.csv search']);
    expect(TRACE.startsWith('minute,search')).toBe(true);
  });

  it('leads from a pin to the node in the graph file and to the device', () => {
    check(PLACEMENT, 'pins:\n    he', ['/specs/graphs/net.graph.yaml head']);
    check(PLACEMENT, 'head: gp', ['/specs/a.berth.yaml gpu']);
  });

  it('leads from an edge to its node', () => {
    check(GRAPH, 'from: block1/c', ['/specs/graphs/net.graph.yaml block1/conv'], '/specs/graphs/net.graph.yaml');
  });

  it('leads nowhere from what names nothing', () => {
    check(PLACEMENT.replace('head: gpu1', 'head: tpu'), 'head: tp', []);
    check(SERVING, 'percentile: 9', []);
  });
});

describe('references', () => {
  it('are the pins of all devices that an entry stands for', () => {
    const doc = open(PLACEMENT);
    const found = references(doc, behind(PLACEMENT, 'name: gp').offset, NO_ENGINES, true);
    expect(found.map(({ range }) => PLACEMENT.slice(range.start, range.end))).toEqual(['gpu', 'gpu1']);
    expect(references(doc, behind(PLACEMENT, 'name: gp').offset, NO_ENGINES, false)).toHaveLength(1);
  });

  it('are in the graph file and in the spec for a pinned node', () => {
    const found = references(open(PLACEMENT), behind(PLACEMENT, 'pins:\n    head').offset, NO_ENGINES, true);
    expect(found.map(({ path }) => path)).toEqual([
      '/specs/graphs/net.graph.yaml',
      '/specs/graphs/net.graph.yaml',
      '/specs/a.berth.yaml',
    ]);
  });
});

describe('rename', () => {
  const renamed = (text: string, words: string, name: string, path?: string): Record<string, string> | string => {
    const doc = open(text, path);
    const result = rename(doc, behind(text, words).offset, name, NO_ENGINES);
    if (!result) return 'nothing';
    if (!result.ok) return result.refusal.code;
    return Object.fromEntries(
      result.files.map((file) => [
        file.path,
        applied(file.path === doc.path ? text : FILES.read(file.path)!.text, file.edits),
      ]),
    );
  };

  it('changes a device and the pins to those it stands for', () => {
    const wanted = PLACEMENT.replace('name: gpu', 'name: card').replace('head: gpu1', 'head: card1');
    expect(renamed(PLACEMENT, 'name: gp', 'card')).toEqual({ '/specs/a.berth.yaml': wanted });
    expect(renamed(PLACEMENT, 'head: gpu', 'card')).toEqual({ '/specs/a.berth.yaml': wanted });
    expect(prepareRename(open(PLACEMENT), behind(PLACEMENT, 'head: gpu').offset, NO_ENGINES)).toMatchObject({
      placeholder: 'gpu',
    });
  });

  it('changes a node in its graph and in the pins of the spec it is renamed from', () => {
    const graph = GRAPH.replaceAll(/\bhead\b/g, 'classifier');
    expect(renamed(PLACEMENT, 'pins:\n    head', 'classifier')).toEqual({
      '/specs/graphs/net.graph.yaml': graph,
      '/specs/a.berth.yaml': PLACEMENT.replace('head: gpu1', 'classifier: gpu1'),
    });
    expect(renamed(GRAPH, 'to: head', 'classifier', '/specs/graphs/net.graph.yaml')).toEqual({
      '/specs/graphs/net.graph.yaml': graph,
    });
  });

  it('keeps quotes, and puts a name into them that needs them', () => {
    expect(renamed(GRAPH, 'to: head', 'a: b', '/specs/graphs/net.graph.yaml')).toEqual({
      '/specs/graphs/net.graph.yaml': GRAPH.replaceAll(/\bhead\b/g, '"a: b"'),
    });
  });

  it('refuses what cannot be a name or is one already', () => {
    expect(renamed(SERVING, 'name: search', 'Search Images')).toBe('BERTH1019');
    expect(renamed(SERVING, 'name: search', 'translate')).toBe('BERTH1010');
    expect(renamed(GRAPH, 'to: head', 'input', '/specs/graphs/net.graph.yaml')).toBe('BERTH3002');
    expect(renamed(SERVING, 'percentile: 9', 'x')).toBe('nothing');
  });
});
