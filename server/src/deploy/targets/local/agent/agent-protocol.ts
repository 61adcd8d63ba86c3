/**
 * What agent and clients say to each other: HTTP over the control socket, JSON bodies, streams as one JSON value a line.
 *
 *     GET    /agent                           who is there: AgentInfo
 *     POST   /agent/stop                      ends all processes, keeps all state, and ends
 *     GET    /notices                         Fault[] that concern no deployment
 *     GET    /deployments                     Live[]
 *     GET    /deployments/KIND/NAME           Live
 *     GET    /deployments/KIND/NAME/revisions/N   Desired
 *     GET    /deployments/KIND/NAME/watch     stream of { status } lines, ends when it is deleted
 *     GET    /deployments/KIND/NAME/logs?tail=N   string[]
 *     POST   /deployments/KIND/NAME/cancel    cancels the apply under way
 *     POST   /apply                           body Plan; stream of { event } lines, the last one { problem } where it failed
 *     GET    /watch                           stream of {} lines: something changed
 *
 * Invariant: `/agent` and `/agent/stop` mean the same in every version, so that versions can tell each other apart and take over.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { entryUrl } from '../../../../host/entry.ts';
import type { ProblemText } from '../../../deploy-problem.ts';
import type { ApplyEvent, Status } from '../../../types.ts';

/** Goes up when an older client or agent could not make sense of a newer one. */
export const AGENT_PROTOCOL = 1;

export interface AgentInfo {
  readonly protocol: number;
  /** Tells builds of one protocol apart. */
  readonly build: string;
  readonly pid: number;
  /** True while something runs or is being changed: such an agent is not replaced without being asked. */
  readonly active: boolean;
  /** Connections besides the one that asks. */
  readonly others: number;
}

export type ApplyLine = { readonly event: ApplyEvent } | { readonly problem: ProblemText };

export interface WatchLine {
  readonly status: Status;
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
