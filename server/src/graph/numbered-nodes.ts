import type { Field } from './field.ts';
import type { GraphFindings, Path } from './graph-finding.ts';
import type { NodeRow } from './graph.ts';

/** The nodes of a file that numbers them by `id`, in its order, and the edges' ends that mean them by these numbers. */
export class NumberedNodes {
  readonly rows: NodeRow[] = [];
  /** Where each is called what it is called. */
  readonly paths: Path[] = [];
  readonly #index = new Map<number, number>();
  readonly #problems: GraphFindings;

  /** Reports what is no mapping, has no number, or has one that was given before (BERTH3002), and goes on without it. */
  constructor(list: Field, read: (node: Field, id: number) => NodeRow, problems: GraphFindings) {
    this.#problems = problems;
    for (const node of list.list()) {
      if (!node.requireMapping()) continue;
      const id = node.at('id').index();
      if (id === undefined) continue;
      if (this.#index.has(id)) {
        problems.add({ code: 'BERTH3002', path: [...node.path, 'id'], params: { node: String(id) } });
        continue;
      }
      this.#index.set(id, this.rows.length);
      this.rows.push(read(node, id));
      this.paths.push([...node.path, node.at('name').missing ? 'id' : 'name']);
    }
  }

  /** @returns the indices of an edge's ends, by the keys that name them; reports each that is no node (BERTH3001). */
  ends(edge: Field, fromKey: string, toKey: string): { readonly src: number; readonly dst: number } | undefined {
    const [from, to] = [edge.at(fromKey).index(), edge.at(toKey).index()];
    for (const [key, id] of [
      [fromKey, from],
      [toKey, to],
    ] as const) {
      if (id === undefined || this.#index.has(id)) continue;
      const params = { from: String(from ?? '?'), to: String(to ?? '?'), node: String(id) };
      this.#problems.add({ code: 'BERTH3001', path: [...edge.path, key], params });
    }
    const src = from === undefined ? undefined : this.#index.get(from);
    const dst = to === undefined ? undefined : this.#index.get(to);
    return src === undefined || dst === undefined ? undefined : { src, dst };
  }
}

/** What a node without a name is called. */
export function numberedName(id: unknown): string {
  return `n${String(id)}`;
}
