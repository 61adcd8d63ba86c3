import type { Algorithm } from '../spec/types.ts';
import type { LpSolver } from './linear-program.ts';
import type { Placement, PlacementResult, PlacerOptions } from './placement.ts';
import type { SearchOptions } from './search/search.ts';
import type { TrainingRun } from './training-run.ts';

/** The name of a placer, as specs write it. */
export type PlacerName = Exclude<Algorithm, 'auto'>;

export interface AlgorithmOptions extends PlacerOptions {
  /** Solver of linear programs, for placers that need one. */
  readonly solve: LpSolver;
  /** m-SCT: largest x of a favourite edge, 0.1 by default. */
  readonly threshold?: number;
  /** How the search searches. Its `shouldStop` ends it with what it has, where that of the placer gives up. */
  readonly search?: Pick<
    SearchOptions,
    'budget' | 'seed' | 'clock' | 'starts' | 'together' | 'shouldStop' | 'onProgress'
  >;
}

/** A way to place a graph: what a person is told of it, what it needs, and how it is run. */
export interface Placer {
  readonly name: PlacerName;
  /** One sentence for people: the schema, completion and the reference show it. */
  readonly documentation: string;
  /** Whether it solves linear programs: the solver is loaded only then. */
  readonly needsLp: boolean;
  /** Whether `auto` tries it. */
  readonly isAutomatic: boolean;
  /** Whether it places nothing by itself, so that every node must be pinned. */
  readonly needsAllPins: boolean;
  /** It places no larger graph: `auto` passes over it there. */
  readonly mostNodes?: number;
  /** Places the graph of a run. Pins hold in all placers. */
  place(run: TrainingRun, options: AlgorithmOptions): PlacementResult;
  /**
   * The same in steps, of a placer whose placements become better and better: each step may bring the way to a placement that is
   * better than those before.
   */
  improvements?(run: TrainingRun, options: AlgorithmOptions): Generator<(() => Placement) | undefined, PlacementResult>;
}
