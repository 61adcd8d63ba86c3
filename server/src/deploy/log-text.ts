import type { LogLine } from './target.ts';

/** A line of a log as it is shown: its time, who wrote it, and what. */
export function logText({ at, subject, text }: LogLine): string {
  return `${new Date(at).toISOString()} ${subject === null ? '' : `${subject} | `}${text}`;
}
