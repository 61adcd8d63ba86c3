/** What an API server's refusal means to a person, in the server's own words. */
import { problemError, type ProblemError } from '../../../../spec/problems/problem-error.ts';
import { checkShape, listOf, number, object, optional, text } from '../../../shape.ts';

/** metav1.Status, as far as it is read. */
export interface StatusObject {
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly code?: number | undefined;
  readonly details?: { readonly causes?: readonly Cause[] | undefined } | undefined;
}

interface Cause {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

const status = object<StatusObject>({
  message: optional(text),
  reason: optional(text),
  code: optional(number),
  details: optional(
    object<{ causes?: readonly Cause[] | undefined }>({
      causes: optional(listOf(object<Cause>({ reason: optional(text), message: optional(text) }))),
    }),
  ),
});

/** A Status where the value is one, else nothing. */
export function statusOf(value: unknown): StatusObject {
  const checked = checkShape(status, value);
  return checked.ok ? checked.value : {};
}

/** The problem that a refusal is. @param code HTTP status. */
export function refusal(server: string, code: number, value: unknown): ProblemError {
  const { message, reason, details } = statusOf(value);
  const says = message?.trim() || `it answers ${code}`;
  const causes = details?.causes ?? [];
  switch (code) {
    case 401:
      return problemError('BERTH5621', { server, says });
    case 403:
      return problemError('BERTH5622', { says });
    case 404:
      return problemError('BERTH5625', { says });
    case 410:
      return problemError('BERTH5631', { says });
    case 409: {
      const conflicts = causes.filter((cause) => cause.reason === 'FieldManagerConflict');
      if (conflicts.length === 0) return problemError('BERTH5624', { says });
      const managers = conflicts.flatMap((cause) => /conflict with "([^"]+)"/.exec(cause.message ?? '')?.[1] ?? []);
      return problemError('BERTH5623', { says, managers: [...new Set(managers)] });
    }
    case 400:
    case 405:
    case 413:
    case 415:
    case 422:
      return problemError('BERTH5626', { says: reason === undefined || message ? says : reason });
    default:
      return problemError('BERTH5629', { server, status: code, says });
  }
}
