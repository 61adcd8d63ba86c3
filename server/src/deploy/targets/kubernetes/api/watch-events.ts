/** What a watch sends: one JSON object a line, for as long as it lasts. */
import type { Readable } from 'node:stream';
import { problemError } from '../../../../spec/problems/problem-error.ts';
import { jsonOf } from '../../../json-text.ts';
import { checkShape, mapOf, object, oneOf } from '../../../shape.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** The object, of a bookmark only its version, of an error the Status. */
  readonly object: Readonly<Record<string, unknown>>;
}

const event = object<WatchEvent>({
  type: oneOf('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'),
  object: mapOf<unknown>(() => undefined),
});

/** Bytes: etcd keeps no object of more than some megabytes. */
export const LONGEST_LINE = 16e6;

/** @throws ProblemError BERTH5627 where the line is no event of a watch. */
export function readWatchEvent(line: string, server: string): WatchEvent {
  let value: unknown;
  try {
    value = jsonOf(line);
  } catch {
    throw problemError('BERTH5627', { server, detail: 'a line of its watch is no JSON' });
  }
  const checked = checkShape(event, value);
  if (!checked.ok) throw problemError('BERTH5627', { server, detail: `an event of its watch ${checked.detail}` });
  return checked.value;
}

/**
 * The whole lines of a stream. What follows the last line end was cut off on the way, and is none.
 *
 * @param onBytes called whenever something comes, be it only a part of a line.
 * @throws ProblemError BERTH5628 where a line does not end.
 */
export async function* linesOf(
  stream: Readable,
  server: string,
  onBytes: () => void = () => {},
  longest = LONGEST_LINE,
): AsyncGenerator<string, void> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    onBytes();
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      const line = Buffer.concat([...pieces, piece.subarray(from, end)]).toString();
      pieces = [];
      length = 0;
      from = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (from === piece.length) continue;
    pieces.push(piece.subarray(from));
    length += piece.length - from;
    if (length > longest) throw problemError('BERTH5628', { server, most: longest });
  }
}
