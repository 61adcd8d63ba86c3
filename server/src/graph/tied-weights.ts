import { addToReal, itemAt, realAt } from '../numeric/at.ts';
import { IntSets } from '../numeric/int-sets.ts';
import type { NodeRow } from './graph.ts';

/** A smaller weight is rather copied than its readers kept together: constants, scales, shapes. */
const TIED_FROM_BYTES = 4096;

/**
 * Weights that lie beside nodes, and whose they are: bytes of the first node that reads them; all that read one are a group, since it
 * is there once. Of small ones each reader has a copy.
 */
export class TiedWeights {
  readonly #bytes: Float64Array;
  readonly #first = new Map<string, number>();
  readonly #sets: IntSets;
  /** Name of a weight that ties a set, by its least node. */
  readonly #ties: { readonly node: number; readonly weight: string }[] = [];

  /** @param n nodes. */
  constructor(n: number) {
    this.#bytes = new Float64Array(n);
    this.#sets = new IntSets(n);
  }

  /** A node reads a weight, once however often it names it. */
  read(node: number, weight: string, bytes: number): void {
    const first = this.#first.get(weight);
    if (first !== undefined && bytes >= TIED_FROM_BYTES) {
      this.#sets.join(first, node);
      this.#ties.push({ node, weight });
      return;
    }
    this.#first.set(weight, node);
    addToReal(this.#bytes, node, bytes);
  }

  /** The nodes with the bytes of their weights, and their groups. */
  withWeights(nodes: readonly NodeRow[]): NodeRow[] {
    const groups = new Map<number, string>();
    for (const { node, weight } of this.#ties) {
      const set = this.#sets.find(node);
      if (!groups.has(set)) groups.set(set, weight);
    }
    return nodes.map((node, i) => {
      const group = groups.get(this.#sets.find(i));
      const permBytes = node.permBytes + realAt(this.#bytes, i);
      return { ...itemAt(nodes, i), permBytes, ...(group === undefined ? {} : { group }) };
    });
  }
}
