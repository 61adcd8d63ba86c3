/**
 * What agent and clients say to each other: HTTP over the control socket, JSON bodies, streams as one JSON value a line.
 *
 *     GET    /agent                           who is there: AgentInfo
 *     POST   /agent/stop                      ends all processes, keeps all state, and ends
 *     POST   /agent/hand-over                 ends, and leaves what goes on without an agent running, for the next one to take over
 *     GET    /notices                         Fault[] that concern no deployment
 *     GET    /deployments                     Live[]
 *     GET    /deployments/KIND/NAME           Live, or Unowned where it cannot be read
 *     GET    /deployments/KIND/NAME/revisions/N   Wanted
 *     GET    /deployments/KIND/NAME/watch     stream of { status } lines, and of {} lines as signs of life; ends when it is deleted
 *     GET    /deployments/KIND/NAME/logs?tail=N&since=MS&subject=NAME&follow=1   stream of LogLine
 *     POST   /deployments/KIND/NAME/cancel    cancels the apply under way: { cancelled }
 *     POST   /apply                           body Plan; stream of { event } lines, the last one { problem } where it failed
 *     GET    /watch                           stream of {} lines: something changed
 *
 * Invariant: `/agent`, `/agent/stop` and `/agent/hand-over` mean the same in every version, so that versions can tell each other apart
 * and take over.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { entryUrl } from '../../../../host/entry.ts';
import { number, object, optional, text, truth, whole } from '../../../shape.ts';
import type { Shape } from '../../../shape.ts';
import { applyEvent, problemShape, status } from '../../../shapes.ts';
import type { DaemonInfo } from '../../../target.ts';
import type { ApplyEvent, Status } from '../../../types.ts';
import type { Problem } from '../../../../spec/problems/problem.ts';

/** Goes up when an older client or agent could not make sense of a newer one. */
export const AGENT_PROTOCOL = 2;

/** A watch on which nothing changes says at least every so many milliseconds that it is alive. */
export const SIGN_OF_LIFE_MS = 1000;

export interface AgentInfo extends DaemonInfo {
  readonly protocol: number;
  /** Tells builds of one protocol apart. */
  readonly build: string;
  /** Version of Berth, for people; the first agents did not say it. */
  readonly version?: string;
  /** Whether it knows how to hand over; the first agents did not. */
  readonly handsOver?: boolean;
  /** True while something runs or is being changed: such an agent is not replaced without being asked. */
  readonly active: boolean;
  /** Connections besides the one that asks. */
  readonly others: number;
}

export const agentInfo: Shape<AgentInfo> = object<AgentInfo>({
  protocol: number,
  build: text,
  version: optional(text),
  handsOver: optional(truth),
  pid: whole,
  active: truth,
  others: number,
});

/** An event, or the problem that ended the apply. */
export interface ApplyLine {
  readonly event?: ApplyEvent;
  readonly problem?: Problem;
}

export const applyLine: Shape<ApplyLine> = object<ApplyLine>({
  event: optional(applyEvent),
  problem: optional(problemShape),
});

/** Without a status a sign of life alone. */
export interface WatchLine {
  readonly status?: Status;
}

export const watchLine: Shape<WatchLine> = object<WatchLine>({ status: optional(status) });

/** What a started agent says on its standard output. */
export interface StartLine {
  readonly ready?: boolean;
  readonly problem?: Problem;
}

export const startLine: Shape<StartLine> = object<StartLine>({
  ready: optional(truth),
  problem: optional(problemShape),
});

/** Which Berth an agent is, for people. */
export function berthName({ version, protocol }: Pick<AgentInfo, 'version' | 'protocol'>): string {
  return `${version ?? 'of an unknown version'} (protocol ${protocol})`;
}

let build: string | undefined;

/** A short hash of the agent's own code. */
export function agentBuild(): string {
  build ??= createHash('sha256')
    .update(readFileSync(fileURLToPath(entryUrl('agent-process'))))
    .digest('hex')
    .slice(0, 12);
  return build;
}
