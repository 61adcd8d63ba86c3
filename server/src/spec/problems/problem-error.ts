/** The one throwable that carries a problem to whoever can show it: the command line, the editor, the other end of the agent's socket. */
import { explain, type ProblemCode, type ProblemParams } from './catalogue.ts';
import type { InFile, Problem } from './problem.ts';

export interface ProblemErrorOptions extends ErrorOptions {
  /** With what a command ends that this error ends. */
  readonly exitCode?: number;
  /** What is wrong with the file that is to blame, each at its place. */
  readonly problems?: readonly Problem<InFile>[];
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly exitCode: number;
  readonly problems: readonly Problem<InFile>[];

  constructor(problem: Problem, { exitCode = 1, problems = [], ...options }: ProblemErrorOptions = {}) {
    super(problem.message, options);
    this.problem = problem;
    this.exitCode = exitCode;
    this.problems = problems;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** A problem of the catalogue, to be thrown. */
export function problemError<C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  options?: ProblemErrorOptions,
): ProblemError {
  return new ProblemError(explain(code, params), options);
}
