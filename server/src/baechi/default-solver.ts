import { loadHighsSolver } from './highs-solver.ts';
import type { LpSolver } from './linear-program.ts';

let solver: Promise<LpSolver> | undefined;

/** HiGHS, fetched and compiled at its first use and shared from then on: most threads never need it. */
export function defaultSolver(): Promise<LpSolver> {
  solver ??= import('highs').then((module) => loadHighsSolver(module.default));
  return solver;
}
