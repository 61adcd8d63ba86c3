/**
 * A binary graph format as small as one can be, for tests of what all formats are read by: `TINY`, then the number of nodes, and of each
 * its name, its microseconds and the nodes that it needs. Every number is one byte, every name is preceded by its length.
 */
import { checkedGraph, type ReadEdge } from '../../../server/src/graph/checked-graph.ts';
import { GraphFindings, type Path } from '../../../server/src/graph/graph-finding.ts';
import type { BinaryFormat, BinaryReading } from '../../../server/src/graph/graph-format.ts';
import type { NodeRow } from '../../../server/src/graph/graph.ts';

export interface TinyNode {
  readonly name: string;
  readonly us: number;
  readonly needs: readonly number[];
}

const MAGIC = Uint8Array.from('TINY', (letter) => letter.charCodeAt(0));

export function tinyFile(nodes: readonly TinyNode[]): Uint8Array {
  const name = (text: string): number[] => [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
  const node = ({ name: text, us, needs }: TinyNode): number[] => [...name(text), us, needs.length, ...needs];
  return Uint8Array.from([...MAGIC, nodes.length, ...nodes.flatMap(node)]);
}

export const TINY: BinaryFormat = {
  name: 'tiny',
  type: 'binary',
  title: 'a tiny graph (binary)',
  endings: ['.tiny'],
  largestBytes: 1024,
  recognises: (head) => MAGIC.every((byte, i) => head[i] === byte),
  read: (chunks, name) => new TinyReader(chunks).read(name),
};

class TruncatedError extends Error {}

class TinyReader {
  #at = 0;
  readonly #bytes: Iterator<number, undefined>;

  constructor(chunks: Iterable<Uint8Array>) {
    this.#bytes = bytesOf(chunks);
  }

  read(name: string): BinaryReading {
    const findings = new GraphFindings();
    const nodes: NodeRow[] = [];
    const paths: Path[] = [];
    const edges: ReadEdge[] = [];
    const starts = new Map<string, number>();
    const bytesAt = (path: Path): { start: number; end: number } => {
      const start = starts.get(path.join('.')) ?? starts.get(path.slice(0, 2).join('.')) ?? 0;
      return { start, end: start + 1 };
    };
    try {
      for (const _ of MAGIC) this.#byte();
      const count = this.#byte();
      for (let i = 0; i < count; i++) {
        starts.set(`nodes.${i}`, this.#at);
        paths.push(['nodes', i]);
        const text = String.fromCharCode(...Array.from({ length: this.#byte() }, () => this.#byte()));
        nodes.push({ name: text, computeUs: this.#byte(), permBytes: 0, tempBytes: 0, outBytes: 1 });
        for (let k = this.#byte(); k > 0; k--) {
          const path = ['edges', edges.length, 'src'];
          starts.set(path.join('.'), this.#at);
          const src = this.#byte();
          edges.push({ src, dst: i, bytes: 1, tensor: 'output', srcPath: path, sizePath: path });
        }
      }
    } catch (error) {
      if (!(error instanceof TruncatedError)) throw error;
      const at = this.#at;
      const detail = 'it ends in the middle of a node';
      const problems = [{ code: 'BERTH3007', path: [], params: { detail } }] as const;
      return { result: { ok: false, problems }, bytesAt: () => ({ start: at, end: at }) };
    }
    const graph = checkedGraph(name, nodes, paths, edges, findings);
    return { result: graph ? { ok: true, graph } : { ok: false, problems: findings.list }, bytesAt };
  }

  #byte(): number {
    const next = this.#bytes.next();
    if (next.done) throw new TruncatedError();
    this.#at++;
    return next.value;
  }
}

function* bytesOf(chunks: Iterable<Uint8Array>): Generator<number, undefined> {
  for (const chunk of chunks) yield* chunk;
  return undefined;
}
