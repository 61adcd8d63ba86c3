import { describe, expect, it } from 'vitest';
import {
  colocation,
  namesNothing,
  unitsOf,
  type GroupRules,
} from '../../../../server/src/baechi/grouping/colocation.ts';
import { buildGraph, type Graph } from '../../../../server/src/graph/graph.ts';
import { unitedNames } from '../../../../server/src/graph/united-names.ts';

/** Nodes as `name` or `name:group`, in layers by their slashes; edges as `from>to`. */
function graphOf(nodes: string, edges = ''): Graph {
  const rows = nodes.split(' ').map((text) => {
    const [name = '', group] = text.split(':');
    const sizes = { computeUs: 1, permBytes: 0, tempBytes: 0, outBytes: 1 };
    return { name, ...sizes, ...(group === undefined ? {} : { group }) };
  });
  const at = (name: string): number => rows.findIndex((row) => row.name === name);
  const links = edges === '' ? [] : edges.split(' ').map((text) => text.split('>') as [string, string]);
  return buildGraph('groups', rows, links.map(([from, to]) => ({ src: at(from), dst: at(to), tensor: 'out', bytes: 1 }))); // prettier-ignore
}

/** Units as `name: members`. */
function units(graph: Graph, rules: GroupRules): string[] {
  const { names, members } = colocation(graph, rules);
  return names.map((name, unit) => `${name}: ${Array.from(members.row(unit), (i) => graph.names[i]).join(' ')}`);
}

describe('names that stand together', () => {
  it('are one class, also by a third name, and the class is called by its shortest', () => {
    expect(unitedNames([['b', 'long'], ['x'], ['long', 'c'], [], ['c']])).toEqual(['b', 'x', 'b', undefined, 'b']);
  });

  it('of equal length are called by the first in the alphabet', () => {
    expect(unitedNames([['zz', 'ab'], ['ab', 'aa'], ['zz']])).toEqual(['aa', 'aa', 'aa']);
  });

  it('make no circle', () => {
    expect(
      unitedNames([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
        ['a', 'a'],
      ]),
    ).toEqual(['a', 'a', 'a', 'a']);
  });

  it('unite along a chain of a hundred thousand', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => [`n${i}`, `n${i + 1}`]);
    expect(new Set(unitedNames(chain))).toEqual(new Set(['n0']));
  });
});

describe('groups', () => {
  const graph = graphOf('a:g b c:g d:h e', 'a>b b>c c>d c>e');

  it('are not looked at with "none"', () => {
    expect(unitsOf(graph, { keep: 'none' })).toEqual(Int32Array.of(0, 1, 2, 3, 4));
    expect(colocation(graph, { keep: 'none' }).binds).toBe(false);
  });

  it('hold the nodes of one name', () => {
    expect(units(graph, { keep: 'graph' })).toEqual(['g: a c', 'b: b', 'h: d', 'e: e']);
    expect(colocation(graph, { keep: 'graph' }).binds).toBe(true);
  });

  it('take in, with co-placement, whoever feeds only them', () => {
    expect(units(graph, { keep: 'coplace' })).toEqual(['b: a b c', 'h: d', 'e: e']);
    const chain = graphOf('x y z', 'x>y y>z');
    expect(units(chain, { keep: 'coplace' })).toEqual(['x: x y z']);
  });

  it('do not mix a group with a node of its name', () => {
    expect(units(graphOf('a b:a c:a'), { keep: 'graph' })).toEqual(['a: a', 'a: b c']);
  });

  it('do not change when taken twice', () => {
    const once = colocation(graph, { keep: 'coplace' });
    const again = { ...graph, groups: Array.from(once.unitOf, (unit) => once.names[unit]) };
    expect(unitsOf(again, { keep: 'coplace' })).toEqual(once.unitOf);
  });
});

describe('layers kept whole', () => {
  const graph = graphOf('net/block0/conv/w net/block0/norm net/block1/conv/w net/head net/block10');

  it('are those that a pattern names, with all that lies in them', () => {
    expect(units(graph, { keep: 'none', keepWhole: ['net/block*'] })).toEqual([
      'net/block0/norm: net/block0/conv/w net/block0/norm',
      'net/block1/conv/w: net/block1/conv/w',
      'net/head: net/head',
      'net/block10: net/block10',
    ]);
  });

  it('are the outermost that any pattern names, and a name that only begins alike is another', () => {
    expect(unitsOf(graph, { keep: 'none', keepWhole: ['net/*/conv', 'net/block0'] })).toEqual(
      Int32Array.of(0, 0, 1, 2, 3),
    );
    expect(unitsOf(graph, { keep: 'none', keepWhole: ['net/bloc', 'net/block(0)'] })).toEqual(Int32Array.of(0, 1, 2, 3, 4)); // prettier-ignore
  });

  it('may be named by the class of their modules', () => {
    const classes = new Map([['Block', ['net/block0', 'net/block1']]]);
    const named = { ...graph, classes };
    expect(unitsOf(named, { keep: 'none', keepWhole: ['Block'] })).toEqual(Int32Array.of(0, 0, 1, 2, 3));
    expect(unitsOf(graph, { keep: 'none', keepWhole: ['Block'] })).toEqual(Int32Array.of(0, 1, 2, 3, 4));
    expect(namesNothing(named, ['Block', 'Blok', 'net/*', 'net/bloc', 'net'])).toEqual(['Blok', 'net/bloc']);
  });

  it('unite with groups', () => {
    const grouped = { ...graph, groups: ['g', undefined, 'g', undefined, undefined] };
    expect(unitsOf(grouped, { keep: 'graph', keepWhole: ['net/block0'] })).toEqual(Int32Array.of(0, 0, 0, 1, 2));
  });
});
