/** How long a search may take. The first that is reached ends it. */
export interface SearchBudget {
  /** Moves that are tried. With a seed they alone decide what is found, on every machine. */
  readonly moves?: number;
  /** Milliseconds of the clock that the search is given. */
  readonly ms?: number;
}

/**
 * Without a budget a search ends after so much work: nodes that were taken in simulations, and as many more for each move as it takes
 * besides. At most about two seconds of one core, less on small graphs, and the same placement on each machine.
 */
const MOST_WORK = 16e6;
const WORK_OF_A_NODE = 40_000;
const WORK_OF_A_MOVE = 12;

/** Asks for the time and for the caller's wish once in so many moves. */
const MOVES_BETWEEN_LOOKS = 64;

/** Counts what a search has done, as a share of what it may do. */
export class Meter {
  moves = 0;
  readonly budget: SearchBudget;
  readonly #mostWork: number;
  readonly #clock: (() => number) | undefined;
  readonly #shouldStop: () => boolean;
  readonly #looked: () => void;
  readonly #began: number;
  #work = 0;
  #spent = 0;

  /**
   * @param nodeCount of the graph that is searched.
   * @param clock milliseconds, from anywhere on.
   * @param looked called once in a while.
   */
  constructor(
    budget: SearchBudget,
    nodeCount: number,
    clock: (() => number) | undefined,
    shouldStop: () => boolean = () => false,
    looked: () => void = () => undefined,
  ) {
    if (budget.ms !== undefined && !clock) throw new Error('a search that may take so long needs a clock');
    this.budget = budget;
    this.#mostWork = Math.min(MOST_WORK, WORK_OF_A_NODE * nodeCount);
    this.#clock = clock;
    this.#shouldStop = shouldStop;
    this.#looked = looked;
    this.#began = clock?.() ?? 0;
  }

  /** Share of the budget that is spent: 1 where the search must end. */
  get spent(): number {
    return this.#spent;
  }

  /** A move was tried. @param taken nodes that its simulation took. */
  count(taken: number): void {
    this.moves++;
    this.#work += taken + WORK_OF_A_MOVE;
    if (this.moves % MOVES_BETWEEN_LOOKS === 0) this.look();
  }

  /** Work besides moves: a whole simulation. */
  add(taken: number): void {
    this.#work += taken;
    this.look();
  }

  look(): void {
    const { moves, ms } = this.budget;
    let spent = 0;
    if (moves !== undefined) spent = moves > 0 ? this.moves / moves : 1;
    if (ms !== undefined && this.#clock) spent = Math.max(spent, (this.#clock() - this.#began) / ms);
    if (moves === undefined && ms === undefined) spent = this.#work / this.#mostWork;
    this.#spent = this.#shouldStop() ? 1 : Math.min(1, Math.max(this.#spent, spent));
    this.#looked();
  }

  /** Ends the search. */
  finish(): void {
    this.#spent = 1;
  }
}
