import sax from 'sax';
import { itemAt } from '../../numeric/at.ts';
import type { Range } from '../../spec/problems/problem.ts';
import { graphOfAttributes, type AttributedEdge, type AttributedNode } from '../attributed-graph.ts';
import { GraphFindings, type GraphFinding, type Path } from '../graph-finding.ts';
import type { NotationFormat, NotationReading } from '../graph-format.ts';

/**
 * Reads GraphML: `node` and `edge` elements with `data`, whose `key` says by its `attr.name` what they mean, and gives the value where an
 * element has none. Graphs within nodes are layers, and the nodes that hold them are none of the graph.
 *
 * @param name of the graph, for instance its file's name.
 */
export function readGraphml(text: string, name = ''): NotationReading {
  const reader = new GraphmlReader();
  const broken = reader.read(text);
  if (broken) {
    const { detail, at } = broken;
    const problems: GraphFinding[] = [{ code: 'BERTH3054', path: [], params: { format: 'GraphML', detail } }];
    return { result: { ok: false, problems }, rangeAt: () => ({ start: at, end: at + 1 }) };
  }
  const { nodes, edges, nodeRanges, edgeRanges, problems } = reader.graph();
  const rangeAt = ([list, i]: Path): Range =>
    (list === 'nodes' ? nodeRanges : edgeRanges)[Number(i)] ?? { start: 0, end: Math.min(1, text.length) };
  if (problems.any) return { result: { ok: false, problems: problems.list }, rangeAt };
  return { result: graphOfAttributes({ name, nodes, edges }), rangeAt };
}

/** Graphs within nodes; no real file comes near. */
const DEEPEST = 200;

interface Key {
  readonly name: string;
  /** `node`, `edge`, `all`: what it is given for. */
  readonly of: string;
  fallback: string | undefined;
}

interface Element {
  readonly id: string;
  readonly attributes: Map<string, string>;
  readonly range: Range;
}

interface ReadNode extends Element {
  readonly layer: string;
  holdsGraph: boolean;
}

interface ReadEdge extends Element {
  readonly source: string;
  readonly target: string;
}

interface Converted {
  readonly nodes: readonly AttributedNode[];
  readonly edges: readonly AttributedEdge[];
  readonly nodeRanges: readonly Range[];
  readonly edgeRanges: readonly Range[];
  readonly problems: GraphFindings;
}

class GraphmlReader {
  readonly #keys = new Map<string, Key>();
  readonly #nodes: ReadNode[] = [];
  readonly #edges: ReadEdge[] = [];
  /** The nodes within which the parser is, outermost first. */
  readonly #within: ReadNode[] = [];
  #edge: ReadEdge | undefined;
  #key: Key | undefined;
  /** Of the `data` or `default` that is being read. */
  #value: { text: string; readonly set: (text: string) => void } | undefined;

  /** @returns where it is no GraphML, and why. */
  read(text: string): { detail: string; at: number } | undefined {
    const parser = sax.parser(true, { position: true });
    let broken: { detail: string; at: number } | undefined;
    let hasRoot = false;
    const fail = (detail: string, at = parser.position): void => {
      broken ??= { detail, at: Math.max(0, Math.min(at, text.length) - 1) };
    };
    parser.onerror = (error) => {
      fail(error.message.split('\n')[0]?.replace(/\.$/, '') ?? 'it is no XML');
      // It goes on after an error that was looked at; what is broken already is not read further.
      parser.error = null as unknown as Error;
    };
    parser.onopentag = (tag) => {
      if (broken) return;
      const local = localName(tag.name);
      const attributes = tag.attributes as Readonly<Record<string, string>>;
      const start = parser.startTagPosition - 1;
      if (!hasRoot && local !== 'graphml') fail(`its outermost element is "${tag.name}", and not "graphml"`, start + 1);
      hasRoot = true;
      const isUndirected =
        (local === 'graph' && attributes.edgedefault === 'undirected') ||
        (local === 'edge' && attributes.directed === 'false');
      if (isUndirected) fail('its edges have no direction (edgedefault="undirected")', start + 1);
      if (local === 'hyperedge') fail('it has edges between more than two nodes ("hyperedge")', start + 1);
      if (this.#within.length > DEEPEST) fail(`its graphs lie more than ${DEEPEST} deep`, start + 1);
      if (broken) return;
      this.#open(local, attributes, { start, end: parser.position });
    };
    parser.ontext = (part) => this.#text(part);
    parser.oncdata = (part) => this.#text(part);
    parser.onclosetag = (name) => this.#close(localName(name));
    parser.write(text).close();
    if (!hasRoot) fail('it has no element "graphml"', 1);
    return broken;
  }

  graph(): Converted {
    const problems = new GraphFindings();
    const leaves = this.#nodes.filter(({ holdsGraph }) => !holdsGraph);
    const index = new Map<string, number>();
    leaves.forEach(({ id }, i) => {
      if (index.has(id)) problems.add({ code: 'BERTH3002', path: ['nodes', i], params: { node: id } });
      index.set(id, i);
    });
    const edges = this.#edges.flatMap(({ source, target, attributes }, i) => {
      for (const node of [source, target]) {
        if (index.has(node)) continue;
        problems.add({ code: 'BERTH3001', path: ['edges', i], params: { from: source, to: target, node } });
      }
      const [src, dst] = [index.get(source), index.get(target)];
      return src === undefined || dst === undefined ? [] : [{ src, dst, attributes: this.#named(attributes, 'edge') }];
    });
    const nodes = leaves.map(({ id, attributes, layer }) => ({
      name: id,
      attributes: this.#named(attributes, 'node'),
      ...(layer === '' ? {} : { layer }),
    }));
    const nodeRanges = leaves.map(({ range }) => range);
    return { nodes, edges, nodeRanges, edgeRanges: this.#edges.map(({ range }) => range), problems };
  }

  /** Values by what their keys are called, with those that keys give by themselves. */
  #named(values: ReadonlyMap<string, string>, of: string): ReadonlyMap<string, string> {
    const named = new Map<string, string>();
    for (const [id, key] of this.#keys) {
      const value = values.get(id) ?? (key.of === of || key.of === 'all' ? key.fallback : undefined);
      if (value !== undefined) named.set(key.name, value);
    }
    return named;
  }

  #open(local: string, attributes: Readonly<Record<string, string>>, range: Range): void {
    const { id = '', key = '' } = attributes;
    switch (local) {
      case 'key':
        this.#key = { name: attributes['attr.name'] ?? id, of: attributes.for ?? 'all', fallback: undefined };
        this.#keys.set(id, this.#key);
        break;
      case 'default': {
        const own = this.#key;
        if (own) this.#value = { text: '', set: (text) => void (own.fallback = text) };
        break;
      }
      case 'graph':
        if (this.#within.length > 0) itemAt(this.#within, this.#within.length - 1).holdsGraph = true;
        break;
      case 'node': {
        const layer = this.#within.map((outer) => outer.id).join('/');
        const node = { id, attributes: new Map<string, string>(), range, layer, holdsGraph: false };
        this.#nodes.push(node);
        this.#within.push(node);
        break;
      }
      case 'edge': {
        const { source = '', target = '' } = attributes;
        this.#edge = { id, attributes: new Map(), range, source, target };
        this.#edges.push(this.#edge);
        break;
      }
      case 'data': {
        const of = this.#edge ?? this.#within[this.#within.length - 1];
        if (of) this.#value = { text: '', set: (text) => void of.attributes.set(key, text) };
        break;
      }
    }
  }

  #text(part: string): void {
    if (this.#value) this.#value.text += part;
  }

  #close(local: string): void {
    if (local === 'node') this.#within.pop();
    else if (local === 'edge') this.#edge = undefined;
    else if (local === 'key') this.#key = undefined;
    else if (local === 'data' || local === 'default') {
      this.#value?.set(this.#value.text.trim());
      this.#value = undefined;
    }
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** What graph libraries (networkx, igraph, yEd) write. */
export const GRAPHML: NotationFormat = {
  name: 'graphml',
  type: 'notation',
  title: 'a directed graph as GraphML (.graphml)',
  endings: ['.graphml'],
  largestBytes: 32 * 2 ** 20,
  recognises: (head) => /<(?:[\w.-]+:)?graphml[\s>]/.test(head),
  read: readGraphml,
};
