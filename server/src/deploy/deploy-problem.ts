/** A problem of the catalogue on its way from the target to a person: thrown by targets, shown by the editor and the command line. */
import { explain } from '../spec/problems/catalogue.ts';
import type { ProblemCode, ProblemParams } from '../spec/problems/catalogue.ts';
import type { Fault } from './types.ts';

/** A problem as plain JSON: crosses the agent's socket, and is what `berth --format json` prints. */
export interface ProblemText {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export class DeployProblem extends Error {
  override readonly name = 'DeployProblem';
  readonly code: string;
  readonly hint: string;

  constructor(text: ProblemText, options?: ErrorOptions) {
    super(text.message, options);
    this.code = text.code;
    this.hint = text.hint;
  }

  toJSON(): ProblemText {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

export function deployProblem<C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  cause?: unknown,
): DeployProblem {
  return new DeployProblem(explain(code, params), cause === undefined ? undefined : { cause });
}

/** A fault of a deployment, without its time, which the agent adds. */
export function deployFault<C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  subject?: string,
): Omit<Fault, 'at'> {
  const { message, hint } = explain(code, params);
  return subject === undefined ? { code, message, hint } : { code, message, hint, subject };
}

/**
 * Says what the system's refusal means to a person: a full disk, a missing permission. Anything else is a fault of ours and says so.
 *
 * @param path what was being written or read, where the error itself does not tell.
 */
export function problemOf(error: unknown, path = ''): DeployProblem {
  if (error instanceof DeployProblem) return error;
  const system = error as NodeJS.ErrnoException;
  // The temporary name that a file is written under says nothing to a person.
  const where = (path || system.path || 'a file').replace(/\.\d+-[0-9a-f]{8}\.part$/, '');
  switch (system.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return deployProblem('BERTH5003', { path: where }, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return deployProblem('BERTH5015', { path: where }, error);
    default:
      return deployProblem('BERTH5024', { detail: error instanceof Error ? error.message : String(error) }, error);
  }
}
