import { describe, expect, it } from 'vitest';
import { readGraphFile } from '../../../../server/src/graph/source.ts';
import { saidOf } from '../said-of-graph.ts';

const graphml = (inner: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">${inner}</graphml>\n`;

const KEYS = `
<key id="d0" for="node" attr.name="compute" attr.type="string"><default>2us</default></key>
<key id="d1" for="node" attr.name="memory" attr.type="long"/>
<key id="d2" for="edge" attr.name="size" attr.type="string"/>
<key id="d3" for="all" attr.name="group" attr.type="string"/>`;

describe('GraphML', () => {
  it('reads values by what their keys are called, defaults, and graphs within nodes as layers', () => {
    const text = graphml(`${KEYS}
<graph edgedefault="directed">
  <node id="enc"><data key="d0">9ms</data><graph edgedefault="directed">
    <node id="enc/a"><data key="d0"> 1.5ms </data><data key="d1">64</data></node>
    <node id="enc/b"><data key="d3"><![CDATA[g<1]]></data></node>
  </graph></node>
  <node id="c &amp; d"/>
  <edge source="enc/a" target="enc/b"><data key="d2">4Ki</data></edge>
  <edge source="enc/b" target="c &amp; d"/>
</graph>`);
    const read = readGraphFile({ path: '/x/net.graphml', text });
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const { graph } = read;
    expect(graph.name).toBe('net');
    expect(graph.names).toEqual(['enc/a', 'enc/b', 'c & d']);
    expect([...graph.computeUs]).toEqual([1500, 2, 2]);
    expect(graph.permBytes[0]).toBe(64);
    expect(graph.groups).toEqual([undefined, 'g<1', undefined]);
    expect(graph.layers).toEqual(['enc', 'enc', '']);
    expect([...graph.tensorBytes]).toEqual([4096, 0]);
    expect(read.notes).toEqual([]);
  });

  const edge = (from: string, to: string): string => `<edge source="${from}" target="${to}"/>`;
  const graph = (inner: string): string => graphml(`${KEYS}\n<graph edgedefault="directed">\n${inner}</graph>`);
  it.each([
    [graph('<node id="a"/>\n<node id="a"/>'), 'BERTH3002 line 9: Two nodes are called "a".'],
    [graph(`<node id="a"/>\n${edge('a', 'b')}`), 'BERTH3001 line 9: The edge "a" → "b" names the node "b"'],
    [graph(`<node id="a"/>\n${edge('a', 'a')}`), 'BERTH3006 line 9: An edge leads from "a" to itself.'],
    [
      graph(`<node id="a"/><node id="b"/>${edge('a', 'b')}\n${edge('b', 'a')}`),
      'BERTH3003 line 9: The graph has a cycle',
    ],
    [graph('\n<node id="a"><data key="d1">-4</data></node>'), 'BERTH3004 line 9: "nodes[0].memory" must be'],
    [graph(''), 'BERTH3005 line 1: The graph has no nodes.'],
    [graph('<node id="a"/>').slice(0, -30), 'BERTH3054 line 8: This is no whole file of GraphML: '],
    [graph('<node id="a">\n</edge></node>'), 'BERTH3054 line 9: This is no whole file of GraphML: '],
    [
      graphml('<graph\nedgedefault="undirected"/>'),
      'BERTH3054 line 2: This is no whole file of GraphML: its edges have no direction',
    ],
    ['<svg>\n</svg>', 'BERTH3054 line 1: This is no whole file of GraphML: its outermost element is "svg"'],
    [
      graph('<node id="a"><graph>'.repeat(300)),
      'BERTH3054 line 8: This is no whole file of GraphML: its graphs lie more than 200 deep.',
    ],
  ])('says of %j %j', (text, said) => {
    expect(saidOf({ path: '/x/net.graphml', text }).map((one) => one.slice(0, said.length))).toEqual([said]);
  });

  it('unfolds no entities', () => {
    const text = `<!DOCTYPE graphml [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${graph('<node id="&b;"/>')}`;
    expect(saidOf({ path: '/x/net.graphml', text })).toEqual([expect.stringContaining('BERTH3054')]);
  });
});
