/** Minimise cost · x subject to columnLower ≤ x ≤ columnUpper and rowLower ≤ A x; A by rows, sparse. */
export interface LinearProgram {
  readonly columnCount: number;
  readonly rowCount: number;
  readonly cost: Float64Array;
  readonly columnLower: Float64Array;
  readonly columnUpper: Float64Array;
  readonly rowLower: Float64Array;
  readonly rowStart: Int32Array;
  readonly rowColumns: Int32Array;
  readonly rowValues: Float64Array;
}

export interface LpSolution {
  readonly objective: number;
  /** Value of every column. */
  readonly values: Float64Array;
}

/** Solves a linear program to a vertex of its optimum; undefined when it was asked to stop. */
export type LpSolver = (program: LinearProgram, shouldStop?: () => boolean) => LpSolution | undefined;
