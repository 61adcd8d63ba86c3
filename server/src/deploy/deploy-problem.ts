/** What targets say went wrong: faults of a deployment, and what the system refused, as problems of the catalogue. */
import { explain } from '../spec/problems/catalogue.ts';
import type { ProblemCode, ProblemParams } from '../spec/problems/catalogue.ts';
import { problemError, ProblemError } from '../spec/problems/problem-error.ts';
import type { Fault } from './types.ts';

/** A fault of a deployment, without its time, which the agent adds. */
export function deployFault<C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  subject?: string,
): Omit<Fault, 'at'> {
  const problem = explain(code, params);
  return subject === undefined ? problem : { ...problem, subject };
}

/**
 * Says what the system's refusal means to a person: a full disk, a missing permission. Anything else is a fault of ours and says so.
 *
 * @param path what was being written or read, where the error itself does not tell.
 */
export function problemOf(error: unknown, path = ''): ProblemError {
  if (error instanceof ProblemError) return error;
  const system = error as NodeJS.ErrnoException;
  // The temporary name that a file is written under says nothing to a person.
  const where = (path || system.path || 'a file').replace(/\.\d+-[0-9a-f]{8}\.part$/, '');
  switch (system.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return problemError('BERTH5003', { path: where }, { cause: error });
    case 'EMFILE':
    case 'ENFILE':
      return problemError('BERTH5054', { what: 'files and connections may be open at once' }, { cause: error });
    case 'EAGAIN':
    case 'ENOMEM':
      return problemError('BERTH5054', { what: 'processes or memory are left' }, { cause: error });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return problemError('BERTH5015', { path: where }, { cause: error });
    default:
      return problemError(
        'BERTH5024',
        { detail: error instanceof Error ? error.message : String(error) },
        { cause: error },
      );
  }
}
