/** Graphs whose nodes and edges carry attributes by name, as DOT and GraphML write them: which attributes mean what. */
import { itemAt } from '../numeric/at.ts';
import { checkedGraph, type ReadEdge } from './checked-graph.ts';
import { Field } from './field.ts';
import { GraphFindings, type GraphFinding } from './graph-finding.ts';
import type { GraphFileResult } from './graph-format.ts';
import type { NodeRow } from './graph.ts';
import { wholeUs } from './link-model.ts';

/** As they are written. A plain number means microseconds or bytes; with a unit it is a quantity as in specs. */
export type Attributes = ReadonlyMap<string, string>;

export interface AttributedGraph {
  readonly name: string;
  readonly nodes: readonly AttributedNode[];
  readonly edges: readonly AttributedEdge[];
}

export interface AttributedNode {
  readonly name: string;
  readonly attributes: Attributes;
  /** Of the groups that the node is written in, by slashes; an attribute `layer` goes before it. */
  readonly layer?: string;
}

export interface AttributedEdge {
  readonly src: number;
  readonly dst: number;
  readonly attributes: Attributes;
}

/** Attributes and the names that other programs use for them; the first that is there counts. */
const NAMES = {
  compute: ['compute', 'compute_us', 'duration', 'time'],
  backward: ['backward', 'backward_us'],
  persistent: ['memory', 'persistent', 'perm_bytes', 'weights'],
  temporary: ['temporary', 'temp_bytes'],
  output: ['output', 'out_bytes'],
  group: ['group', 'colorClass'],
  layer: ['layer'],
  size: ['size', 'bytes'],
  tensor: ['tensor'],
} as const;

/**
 * Reads the attributes into a graph. A node without a time counts the least one, and a note says so; an edge without a size
 * carries its producer's whole output.
 *
 * Paths of findings lead to `['nodes', i]` and `['edges', i]`, with the attribute behind.
 */
export function graphOfAttributes({ name, nodes: written, edges: joined }: AttributedGraph): GraphFileResult {
  const problems = new GraphFindings();
  const without: string[] = [];
  const nodes = written.map((node, i): NodeRow => {
    const read = new AttributeReader(node.attributes, ['nodes', i], problems);
    const compute = read.amount('compute', 'duration');
    const backward = read.amount('backward', 'duration');
    const group = read.text('group');
    const layer = read.text('layer') ?? node.layer;
    if (compute === undefined) without.push(node.name);
    return {
      name: node.name,
      computeUs: wholeUs(compute ?? 1),
      ...(backward === undefined ? {} : { backwardUs: wholeUs(backward) }),
      permBytes: read.amount('persistent', 'size') ?? 0,
      tempBytes: read.amount('temporary', 'size') ?? 0,
      outBytes: read.amount('output', 'size') ?? 0,
      ...(group === undefined ? {} : { group }),
      ...(layer === undefined ? {} : { layer }),
    };
  });
  const edges = joined.map(({ src, dst, attributes }, i): ReadEdge => {
    const path = ['edges', i];
    const read = new AttributeReader(attributes, path, problems);
    const bytes = read.amount('size', 'size') ?? itemAt(nodes, src).outBytes;
    const tensor = read.text('tensor') ?? `output (${bytes} B)`;
    return { src, dst, bytes, tensor, srcPath: [...path, 'from'], sizePath: [...path, 'size'] };
  });
  const paths = nodes.map((_, i) => ['nodes', i]);
  const graph = checkedGraph(name, nodes, paths, edges, problems);
  if (!graph) return { ok: false, problems: problems.list };
  return { ok: true, graph, notes: missingTimes(without, nodes.length, written) };
}

function missingTimes(without: readonly string[], nodes: number, written: readonly AttributedNode[]): GraphFinding[] {
  const [first] = without;
  if (first === undefined) return [];
  const path = ['nodes', written.findIndex(({ name }) => name === first)];
  return [{ code: 'BERTH3052', path, params: { missing: without.length, nodes, first } }];
}

class AttributeReader {
  readonly #attributes: Attributes;
  readonly #path: readonly (string | number)[];
  readonly #problems: GraphFindings;

  constructor(attributes: Attributes, path: readonly (string | number)[], problems: GraphFindings) {
    this.#attributes = attributes;
    this.#path = path;
    this.#problems = problems;
  }

  text(what: keyof typeof NAMES): string | undefined {
    const value = this.#find(what)?.value;
    return value === '' ? undefined : value;
  }

  /** Microseconds or bytes; undefined where there is none, or none that could be read, which is then a finding. */
  amount(what: keyof typeof NAMES, kind: 'duration' | 'size'): number | undefined {
    const found = this.#find(what);
    if (found === undefined || found.value === '') return undefined;
    const { name, value } = found;
    const isPlain = value.trim() !== '' && !Number.isNaN(Number(value));
    const field = new Field(isPlain ? Number(value) : value, [...this.#path, name], this.#problems);
    if (isPlain) return field.number();
    return kind === 'duration' ? field.duration() : field.size();
  }

  #find(what: keyof typeof NAMES): { name: string; value: string } | undefined {
    for (const name of NAMES[what]) {
      const value = this.#attributes.get(name);
      if (value !== undefined) return { name, value };
    }
    return undefined;
  }
}
