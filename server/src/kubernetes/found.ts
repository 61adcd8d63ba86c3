/** What is found in one file. Of each code the first are kept and the rest counted: a file of a megabyte can have as many as it has words. */
import {
  inDocumentOrder,
  problem,
  type InText,
  type Problem,
  type ProblemCode,
  type ProblemParams,
  type Range,
} from '../spec/problems/catalogue.ts';
import { moreLikeThese } from '../spec/problems/more-like-these.ts';

const MOST_OF_ONE_CODE = 100;

export class Found {
  readonly #kept: Problem<InText>[] = [];
  readonly #counts = new Map<string, { count: number; next?: Range }>();
  #errors = 0;

  add<C extends ProblemCode>(code: C, params: ProblemParams<C>, range: Range): void {
    const counted = this.#counts.get(code) ?? { count: 0 };
    this.#counts.set(code, counted);
    if (++counted.count <= MOST_OF_ONE_CODE) this.take(problem(code, params, range));
    else counted.next ??= range; // an error of this code was counted before
  }

  /** What another reader found. */
  take(one: Problem<InText>): void {
    this.#kept.push(one);
    if (one.severity === 'error') this.#errors++;
  }

  /** Of those that are kept: 0 only where there are none at all. */
  get errors(): number {
    return this.#errors;
  }

  /** In the order of the file, with how many more there are. */
  get problems(): readonly Problem<InText>[] {
    const more = [...this.#counts.values()].flatMap(({ count, next }) =>
      next ? [moreLikeThese(MOST_OF_ONE_CODE, count - MOST_OF_ONE_CODE, next)] : [],
    );
    return inDocumentOrder([...this.#kept, ...more]);
  }
}
