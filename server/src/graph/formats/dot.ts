import {
  parse,
  type ClusterStatementASTNode,
  type EdgeASTNode,
  type EdgeTargetASTNode,
  type GraphASTNode,
  type NodeASTNode,
  type SubgraphASTNode,
} from '@ts-graphviz/ast';
import { itemAt } from '../../numeric/at.ts';
import type { Range } from '../../spec/problems/problem.ts';
import { graphOfAttributes, type AttributedEdge, type AttributedNode } from '../attributed-graph.ts';
import type { GraphFinding, Path } from '../graph-finding.ts';
import type { NotationFormat, NotationReading } from '../graph-format.ts';

const LARGEST_BYTES = 8 * 2 ** 20;
/** Of edges that statements between groups of nodes stand for. */
const MOST_EDGES = 2_000_000;
/** Statements within statements; the parser needs its stack for each. */
const DEEPEST = 200;

/**
 * Reads the DOT language of Graphviz. Nodes are as they are called first, also where only an edge names them; subgraphs called
 * `cluster…` are layers; `node [ … ]` and `edge [ … ]` set what the statements behind them do not say themselves.
 *
 * @param name of a graph that has no identifier.
 */
export function readDot(text: string, name = ''): NotationReading {
  const parsed = parsedDot(text);
  if ('finding' in parsed) return { result: { ok: false, problems: [parsed.finding] }, rangeAt: () => parsed.range };
  const { graph } = parsed;
  if (!graph.directed) {
    const detail = 'its edges have no direction; write "digraph" and "->" instead of "graph" and "--"';
    const problems: GraphFinding[] = [{ code: 'BERTH3007', path: [], params: { detail } }];
    return { result: { ok: false, problems }, rangeAt: () => rangeOf(graph) };
  }
  const reader = new DotReader();
  reader.statements(graph.children, { node: new Map(), edge: new Map(), layer: '' });
  const { nodes, edges, nodeRanges, edgeRanges } = reader;
  if (reader.isTooLarge) {
    const detail = `statements between groups of nodes stand for more than ${MOST_EDGES} edges`;
    const problems: GraphFinding[] = [{ code: 'BERTH3007', path: [], params: { detail } }];
    return { result: { ok: false, problems }, rangeAt: () => itemAt(edgeRanges, edgeRanges.length - 1) };
  }
  const rangeAt = ([list, i]: Path): Range =>
    (list === 'nodes' ? nodeRanges : edgeRanges)[Number(i)] ?? { start: 0, end: Math.min(1, text.length) };
  return { result: graphOfAttributes({ name: graph.id?.value ?? name, nodes, edges }), rangeAt };
}

type Parsed = { readonly graph: GraphASTNode } | { readonly finding: GraphFinding; readonly range: Range };

function parsedDot(text: string): Parsed {
  const deep = tooDeepAt(text);
  if (deep !== undefined) return refused(`its subgraphs lie more than ${DEEPEST} deep`, deep);
  try {
    const dot = parse(text, { maxInputSize: 0, maxASTNodes: 5_000_000, maxEdgeChainDepth: 1000 });
    const graph = dot.children.find((child) => child.type === 'Graph');
    return graph ? { graph } : refused('it holds no graph', 0);
  } catch (error) {
    const cause =
      error instanceof Error ? (error.cause as { location?: { start?: { offset?: number } } } | undefined) : undefined;
    const offset = cause?.location?.start?.offset;
    if (offset === undefined) return refused(error instanceof Error ? error.message : String(error), 0);
    const found = text[offset] === undefined ? 'it ends' : `"${text[offset]}" stands`;
    return refused(`${found} where something else is needed`, offset);
  }
}

function refused(detail: string, at: number): Parsed {
  const range = { start: at, end: at + 1 };
  return { finding: { code: 'BERTH3054', path: [], params: { format: 'DOT', detail } }, range };
}

/** Where the braces lie too deep for the parser's stack; those within quotes count too, which no real file notices. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i);
    if (letter === 0x7b && ++depth > DEEPEST) return i;
    if (letter === 0x7d && depth > 0) depth--;
  }
  return undefined;
}

interface Scope {
  readonly node: ReadonlyMap<string, string>;
  readonly edge: ReadonlyMap<string, string>;
  readonly layer: string;
}

class DotReader {
  readonly nodes: AttributedNode[] = [];
  readonly edges: AttributedEdge[] = [];
  readonly nodeRanges: Range[] = [];
  readonly edgeRanges: Range[] = [];
  isTooLarge = false;
  readonly #index = new Map<string, number>();

  /** @returns the nodes that are named in the statements. */
  statements(statements: readonly ClusterStatementASTNode[], outer: Scope): number[] {
    let scope = outer;
    const named: number[] = [];
    for (const statement of statements) {
      switch (statement.type) {
        case 'AttributeList':
          if (statement.kind === 'Node') scope = { ...scope, node: withAttributes(scope.node, statement) };
          if (statement.kind === 'Edge') scope = { ...scope, edge: withAttributes(scope.edge, statement) };
          break;
        case 'Node':
          named.push(this.#node(statement.id, scope, statement));
          break;
        case 'Edge':
          named.push(...this.#edge(statement, scope));
          break;
        case 'Subgraph':
          for (const node of this.#subgraph(statement, scope)) named.push(node);
          break;
        case 'Attribute':
        case 'Comment':
          break;
      }
    }
    return named;
  }

  #subgraph(subgraph: SubgraphASTNode, scope: Scope): number[] {
    const cluster = /^cluster[_ ]?(.+)$/s.exec(subgraph.id?.value ?? '')?.[1];
    const layer = cluster === undefined ? scope.layer : [scope.layer, cluster].filter(Boolean).join('/');
    return this.statements(subgraph.children, { ...scope, layer });
  }

  #node(
    id: { readonly value: string; readonly location?: NonNullable<Located['location']> },
    scope: Scope,
    own?: NodeASTNode,
  ): number {
    const { value: name } = id;
    const known = this.#index.get(name);
    if (known !== undefined) {
      const before = itemAt(this.nodes, known);
      if (own) this.nodes[known] = { ...before, attributes: withAttributes(before.attributes, own) };
      return known;
    }
    const attributes = own ? withAttributes(scope.node, own) : scope.node;
    this.nodes.push({ name, attributes, ...(scope.layer === '' ? {} : { layer: scope.layer }) });
    this.nodeRanges.push(rangeOf(id));
    this.#index.set(name, this.nodes.length - 1);
    return this.nodes.length - 1;
  }

  /** `a -> { b c } -> d` is an edge from each to each of its neighbour. */
  #edge(statement: EdgeASTNode, scope: Scope): number[] {
    const attributes = withAttributes(scope.edge, statement);
    const targets = statement.targets.map((target) => this.#target(target, scope));
    for (let i = 1; i < targets.length && !this.isTooLarge; i++) {
      const [from, to] = [itemAt(targets, i - 1), itemAt(targets, i)];
      const range = rangeOf(itemAt(statement.targets, i));
      if (this.edges.length + from.length * to.length > MOST_EDGES) {
        this.isTooLarge = true;
        this.edgeRanges.push(range);
        break;
      }
      for (const src of from) {
        for (const dst of to) {
          this.edges.push({ src, dst, attributes });
          this.edgeRanges.push(range);
        }
      }
    }
    return targets.flat();
  }

  #target(target: EdgeTargetASTNode, scope: Scope): number[] {
    if (target.type === 'NodeRef') return [this.#node(target.id, scope)];
    return target.children.map((child) => this.#node(child.id, scope));
  }
}

/** Without the attributes that draw: only what means something here is kept. */
function withAttributes(
  before: ReadonlyMap<string, string>,
  { children }: { readonly children: readonly { readonly type: string }[] },
): ReadonlyMap<string, string> {
  const own = (children as NodeASTNode['children']).flatMap((child) =>
    child.type === 'Attribute' ? [[child.key.value as string, child.value.value] as const] : [],
  );
  return own.length === 0 ? before : new Map([...before, ...own]);
}

type Located = Pick<GraphASTNode, 'location'>;

function rangeOf({ location }: Located): Range {
  return { start: location?.start.offset ?? 0, end: location?.end.offset ?? 0 };
}

/** What Graphviz draws, and many programs write. */
export const DOT: NotationFormat = {
  name: 'dot',
  type: 'notation',
  title: 'a "digraph" in the DOT language (.dot, .gv)',
  endings: ['.dot', '.gv'],
  largestBytes: LARGEST_BYTES,
  recognises: (head) =>
    /^(?:\s|#.*|\/\/.*|\/\*[^]*?\*\/)*(?:strict\s+)?(?:di)?graph(?:\s+(?:"[^"]*"|[\w.-]+))?\s*\{/i.test(head),
  read: readDot,
};
