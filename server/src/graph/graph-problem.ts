import type { ProblemCode, ProblemParams } from '../spec/problems/catalogue.ts';

/** The codes of the catalogue that concern graph files and the pins to their nodes. */
type GraphProblemCode = Extract<
  ProblemCode,
  `BERTH300${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}` | 'BERTH3012' | 'BERTH3013' | 'BERTH3015'
>;

interface ProblemAt<C extends ProblemCode> {
  readonly code: C;
  /** Keys and indices from the root of the file to the value at fault, e.g. `['nodes', 3, 'compute']`. */
  readonly path: Path;
  readonly params: ProblemParams<C>;
}

export type Path = readonly (string | number)[];

/** What is wrong with a graph file: a code of the catalogue, the place in the data, and the facts that the message names. */
export type GraphProblem = { [C in GraphProblemCode]: ProblemAt<C> }[GraphProblemCode];

/** Collects problems up to a number that a person can still act on: a broken file of 10,000 nodes has as many mistakes. */
export class GraphProblems {
  static readonly limit = 100;
  readonly list: GraphProblem[] = [];

  add(problem: GraphProblem): void {
    if (this.list.length < GraphProblems.limit) this.list.push(problem);
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
