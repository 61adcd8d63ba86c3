/** The body of a request, received whole before a replica is asked: a sender that is slow, or falls silent, holds nobody but itself. */
import type { IncomingMessage } from 'node:http';
import type { Spool, SpoolRoom } from './spool.ts';

/** A body may have so many bytes. */
export const BODY_LIMIT = 2 ** 28;
/** A sender that sends nothing of its body for so long has given up. */
const BODY_SILENCE_MS = 30_000;

/** Why a body never came whole. Without a code its sender has left. */
export interface Incomplete {
  readonly code?: 408 | 413 | 503;
  readonly why: string;
}

export interface BodyLimits {
  readonly bytes: number;
  readonly silenceMs: number;
}

export const BODY_LIMITS: BodyLimits = { bytes: BODY_LIMIT, silenceMs: BODY_SILENCE_MS };

/** Whether the head of a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Whether it announces more than is taken. */
export function isTooLarge({ headers }: IncomingMessage, limits: BodyLimits): boolean {
  return Number(headers['content-length'] ?? 0) > limits.bytes;
}

/** Receives it. @param done called exactly once. */
export function receiveBody(
  request: IncomingMessage,
  room: SpoolRoom,
  limits: BodyLimits,
  done: (result: Spool | Incomplete) => void,
): void {
  if (isTooLarge(request, limits)) return done(tooLarge(limits));
  let isOver = false;
  const spool = room.spool(() => end({ code: 503, why: 'there is no room for the body of the request' }));
  const silence = setTimeout(
    () => end({ code: 408, why: 'the body of the request did not come' }),
    limits.silenceMs,
  ).unref();
  function end(incomplete?: Incomplete): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(silence);
    request.off('data', take);
    if (incomplete) spool.release();
    else spool.mayBeLost = false;
    done(incomplete ?? spool);
  }
  let waits: Promise<unknown> | undefined;
  function take(chunk: Buffer): void {
    silence.refresh();
    if (spool.length + chunk.length > limits.bytes) return end(tooLarge(limits));
    const wait = (waits = spool.append(chunk));
    if (!wait) return;
    request.pause();
    void wait.then(() => {
      if (!isOver) silence.refresh();
      request.resume();
    });
  }
  request.on('data', take);
  request.once('end', () => {
    if (waits) void waits.then(() => end());
    else end();
  });
  request.once('close', () => {
    if (!request.complete) end({ why: 'its sender left' });
  });
}

function tooLarge({ bytes }: BodyLimits): Incomplete {
  return { code: 413, why: `the body of a request may have ${bytes} bytes` };
}
