import type { ProblemCode } from '../spec/problems/catalogue.ts';
import type { Found, Path } from '../spec/problems/finding.ts';

export type { Path } from '../spec/problems/finding.ts';

/** The codes of the catalogue that concern graph files and the pins to their nodes. */
type GraphCode = Extract<
  ProblemCode,
  | `BERTH300${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`
  | `BERTH305${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`
  | 'BERTH3012'
  | 'BERTH3013'
  | 'BERTH3015'
  | 'BERTH3016'
  | `BERTH303${2 | 3}`
  | 'BERTH3040'
  | 'BERTH1040'
>;

/** What is wrong with a graph file; the path is from the root of the file to the value at fault, e.g. `['nodes', 3, 'compute']`. */
export type GraphFinding = Found<GraphCode>;

/** Collects problems up to a number that a person can still act on: a broken file of 10,000 nodes has as many mistakes. */
export class GraphFindings {
  static readonly limit = 100;
  readonly #first: GraphFinding[] = [];
  #more = 0;
  /** Where the first one lies that is only counted. */
  #next: Path = [];

  add(problem: GraphFinding): void {
    if (this.#first.length < GraphFindings.limit) this.#first.push(problem);
    else if (this.#more++ === 0) this.#next = problem.path;
  }

  /** How many were found, those that are only counted included. */
  get count(): number {
    return this.#first.length + this.#more;
  }

  get any(): boolean {
    return this.#first.length > 0;
  }

  /** The first ones, and how many there are beside them. */
  get list(): readonly GraphFinding[] {
    if (this.#more === 0) return this.#first;
    const params = { shown: this.#first.length, more: this.#more };
    return [...this.#first, { code: 'BERTH1040', path: this.#next, params }];
  }
}

/** A path as a person reads it: `nodes[3].compute`. */
export function pathText(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return text.replace(/^\./, '') || 'file';
}
