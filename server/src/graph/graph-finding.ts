import type { ProblemCode } from '../spec/problems/catalogue.ts';
import type { Found, Path } from '../spec/problems/finding.ts';

export type { Path } from '../spec/problems/finding.ts';

/** The codes of the catalogue that concern graph files and the pins to their nodes. */
type GraphCode = Extract<
  ProblemCode,
  `BERTH300${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}` | 'BERTH3012' | 'BERTH3013' | 'BERTH3015' | 'BERTH3016'
>;

/** What is wrong with a graph file; the path is from the root of the file to the value at fault, e.g. `['nodes', 3, 'compute']`. */
export type GraphFinding = Found<GraphCode>;

/** Collects problems up to a number that a person can still act on: a broken file of 10,000 nodes has as many mistakes. */
export class GraphFindings {
  static readonly limit = 100;
  readonly list: GraphFinding[] = [];

  add(problem: GraphFinding): void {
    if (this.list.length < GraphFindings.limit) this.list.push(problem);
  }

  get any(): boolean {
    return this.list.length > 0;
  }
}

/** A path as a person reads it: `nodes[3].compute`. */
export function pathText(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return text.replace(/^\./, '') || 'file';
}
