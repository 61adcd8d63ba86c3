import type { Algorithm } from '../spec/types.ts';
import type { LpSolver } from './linear-program.ts';
import type { PlacementResult, PlacerOptions } from './placement.ts';
import type { TrainingRun } from './training-run.ts';

/** The name of a placer, as specs write it. */
export type PlacerName = Exclude<Algorithm, 'auto'>;

export interface AlgorithmOptions extends PlacerOptions {
  /** Solver of linear programs, for placers that need one. */
  readonly solve: LpSolver;
  /** m-SCT: largest x of a favourite edge, 0.1 by default. */
  readonly threshold?: number;
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
}
