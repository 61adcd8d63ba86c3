/** What a router bears of those on either side of it. `docs/reliability.md` says these to users. */
import type { Serve } from '../../../spec/types.ts';
import { PROVEN_AFTER_MS, REUSE_LIMIT_MS } from './replica-connections.ts';
import type { ReuseLimits } from './replica-connections.ts';
import { STALL_LIMIT_MS } from './answer-sink.ts';
import { BODY_LIMITS } from './request-body.ts';
import type { BodyLimits } from './request-body.ts';
import { SPOOL_LIMITS } from './spool.ts';
import type { SpoolLimits } from './spool.ts';
import { TUNNEL_SILENCE_MS } from './tunnel.ts';

export interface RouterLimits extends ReuseLimits {
  /** A replica that takes no connection for so long does not listen. */
  readonly connectMs: number;
  /** One that sends nothing for so long is stuck. */
  readonly silenceMs: number;
  /** The answer nobody waits for any more is read for so long. */
  readonly abandonedMs: number;
  /** Who is slow to take an answer has so long for a quarter of a MiB. */
  readonly stallMs: number;
  /** A WebSocket on which nothing is said is closed after. */
  readonly tunnelSilenceMs: number;
  /** A replica that failed says so soon whether it is well. */
  readonly probeMs: number;
  /** Who comes while there is no replica waits so long for one. */
  readonly wakeMs: number;
  /** What does not want the answer that it gets is read for so long, so that it sees it. */
  readonly lingerMs: number;
  readonly body: BodyLimits;
  readonly spool: SpoolLimits;
}

export const ROUTER_LIMITS: RouterLimits = {
  connectMs: 5000,
  silenceMs: 120_000,
  abandonedMs: 30_000,
  stallMs: STALL_LIMIT_MS,
  tunnelSilenceMs: TUNNEL_SILENCE_MS,
  probeMs: 10_000,
  wakeMs: Infinity,
  lingerMs: 5000,
  reuseMs: REUSE_LIMIT_MS,
  provenMs: PROVEN_AFTER_MS,
  body: BODY_LIMITS,
  spool: SPOOL_LIMITS,
};

/** The longest time that a timer can be set to. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * What a spec says about its router. Two bodies of the largest size have room at least.
 *
 * @param coldStart of a job that may be scaled to zero, in ms: twice as long, and no less than a replica may take, do requests wait for its first replica.
 */
export function limitsOf({ timeout, bodyLimit }: Partial<Serve> = {}, coldStart?: number): Partial<RouterLimits> {
  return {
    ...(coldStart !== undefined && {
      wakeMs: Math.min(Math.max(timeout ?? ROUTER_LIMITS.silenceMs, 2 * coldStart), LONGEST_MS),
    }),
    ...(timeout !== undefined && { silenceMs: Math.min(timeout, LONGEST_MS) }),
    ...(bodyLimit !== undefined && {
      body: { ...BODY_LIMITS, bytes: bodyLimit },
      spool: { ...SPOOL_LIMITS, disk: Math.max(SPOOL_LIMITS.disk, 2 * bodyLimit) },
    }),
  };
}
