import type { Vector } from './admm.ts';
import { consensus, dualUpdate, localUpdate, partialSum, toWire } from './admm.ts';
import type { AggregationPlan, MessageKind, SiteMessage } from './aggregation-plan.ts';
import { neighbourhood } from './aggregation-plan.ts';
import { itemAt } from '../numeric/at.ts';

/** What does not change during an aggregation. */
export interface SiteContext {
  readonly plan: AggregationPlan;
  /** This site's number. */
  readonly site: number;
  /** A collision-resistant hash as text, such as SHA-256 in hexadecimal. */
  readonly hash: (bytes: Uint8Array) => string;
}

export type AbortReason =
  /** These sites have another z: a message was altered, or one site told different sites different things. */
  | { readonly kind: 'digest-mismatch'; readonly iteration: number; readonly sites: readonly number[] }
  /** A number grew beyond the wire's range. */
  | { readonly kind: 'overflow'; readonly iteration: number };

/**
 * One site in the midst of one aggregation. Plain data (typed arrays, no functions), so that it can be written to disk
 * with a structured clone before anything is sent. It holds the secret dual: keep it private and delete it at the end.
 */
export interface SiteState {
  readonly round: number;
  readonly attempt: number;
  /** The current iteration, from 1. */
  readonly iteration: number;
  /** What it waits for: shares of its group, partial sums of the other groups, digests of all. */
  readonly phase: 'group' | 'partials' | 'digests' | 'done' | 'aborted';
  readonly abort?: AbortReason;
  readonly w: Vector;
  readonly lambda: Vector;
  readonly x: Vector;
  /** z of the iteration before until the phase `digests`, then that of the current one; at `done` the result. */
  readonly z: Vector;
  readonly digest?: string;
  /** Contents received for the current and the next iteration, by {@link keyOf}. */
  readonly inbox: Readonly<Record<string, Vector | string>>;
  /** Hash of every message that was accepted in this attempt, by {@link keyOf}. */
  readonly seen: Readonly<Record<string, string>>;
  /** What was sent in this iteration and the one before, to be sent again, unchanged, when a peer asks. */
  readonly outbox: readonly SiteMessage[];
}

export interface Step {
  readonly state: SiteState;
  /** Messages to send now; each is in `state.outbox` too. */
  readonly outgoing: readonly SiteMessage[];
}

/** Why a message was refused; the state is as before. */
export type Refusal =
  | 'wrong-round'
  | 'wrong-attempt'
  | 'wrong-recipient'
  | 'unknown-sender'
  | 'wrong-iteration'
  | 'not-in-pattern'
  | 'wrong-length'
  | 'wrong-precision'
  | 'non-finite'
  | 'out-of-range'
  | 'malformed'
  /** Another content than in an earlier message of the same kind, iteration and sender. */
  | 'conflict'
  /** The aggregation is over for this site. */
  | 'finished';

export type Delivery =
  | ({ readonly outcome: 'accepted' } & Step)
  /** The same message came before: harmless, nothing changed. */
  | ({ readonly outcome: 'duplicate' } & Step)
  | ({ readonly outcome: 'refused'; readonly code: Refusal } & Step);

export interface SiteStart {
  readonly round: number;
  readonly attempt: number;
  /** Locally trained weights. */
  readonly w: Vector;
  /** Fresh and secret for this attempt; see initial-duals.ts. */
  readonly lambda0: Vector;
}

const keyOf = (iteration: number, kind: MessageKind, from: number): string => `${iteration}/${kind}/${from}`;
const isFiniteVector = (vector: Vector): boolean => vector.every((value) => Number.isFinite(value));
const bytesOf = (vector: Vector): Uint8Array => new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);

/**
 * Begins an aggregation at one site. The plan has passed `checkPlan` and what the site is prepared to reveal.
 *
 * @returns the first state with the shares for the group, or what is wrong with the site's own vectors.
 */
export function startSite(
  context: SiteContext,
  { round, attempt, w, lambda0 }: SiteStart,
): ({ readonly ok: true } & Step) | { readonly ok: false; readonly code: 'wrong-length' | 'non-finite' } {
  const { length } = context.plan;
  if (w.length !== length || lambda0.length !== length) return { ok: false, code: 'wrong-length' };
  if (!isFiniteVector(w) || !isFiniteVector(lambda0)) return { ok: false, code: 'non-finite' };
  const nothing = { iteration: 0, phase: 'group', x: w, z: new Float64Array(length) } as const;
  const before: SiteState = { round, attempt, w, lambda: lambda0, ...nothing, inbox: {}, seen: {}, outbox: [] };
  return { ok: true, ...advance(context, beginIteration(context, before)) };
}

/**
 * Takes in one message and does all that has become possible: the machine goes
 * group → partials → digests → (dual update) → group of the next iteration … → done.
 *
 * Messages may come in any order, up to one iteration early (no honest peer can be further ahead, since it needs this
 * site's digest), and more than once; the result does not depend on it. Only messages that the pattern provides for are
 * taken. The sender is believed to be who it says: the transport has authenticated it.
 * The message's vector must not be changed afterwards.
 */
export function deliver(context: SiteContext, state: SiteState, message: SiteMessage): Delivery {
  const unchanged = { state, outgoing: [] };
  const code = refusalOf(context, state, message);
  if (code !== undefined) return { outcome: 'refused', code, ...unchanged };

  const key = keyOf(message.iteration, message.kind, message.from);
  const content = message.kind === 'digest' ? message.digest : message.vector;
  const fingerprint = typeof content === 'string' ? content : context.hash(bytesOf(content));
  const earlier = state.seen[key];
  if (earlier === fingerprint) return { outcome: 'duplicate', ...unchanged };
  if (earlier !== undefined) return { outcome: 'refused', code: 'conflict', ...unchanged };
  if (state.phase === 'done' || state.phase === 'aborted') {
    return { outcome: 'refused', code: 'finished', ...unchanged };
  }
  const next: SiteState = {
    ...state,
    inbox: { ...state.inbox, [key]: content },
    seen: { ...state.seen, [key]: fingerprint },
  };
  return { outcome: 'accepted', ...advance(context, { state: next, outgoing: [] }) };
}

/** The messages that the site still needs in its current phase: who keeps the others waiting. */
export function awaited(context: SiteContext, state: SiteState): { kind: MessageKind; from: number }[] {
  const has = (kind: MessageKind, from: number): boolean => keyOf(state.iteration, kind, from) in state.inbox;
  const expected = (kind: MessageKind, senders: readonly number[]): { kind: MessageKind; from: number }[] =>
    senders.filter((from) => !has(kind, from)).map((from) => ({ kind, from }));
  const { mates, senders } = neighbourhood(context.plan.pattern, context.site, state.iteration);
  if (state.phase === 'group') return expected('y', mates);
  if (state.phase === 'partials') {
    return expected(
      'partial',
      senders.filter((site) => site !== undefined),
    );
  }
  return state.phase === 'digests' ? expected('digest', otherSites(context)) : [];
}

function otherSites({ plan, site }: SiteContext): number[] {
  return Array.from({ length: plan.pattern.n }, (_, other) => other).filter((other) => other !== site);
}

function refusalOf(context: SiteContext, state: SiteState, message: SiteMessage): Refusal | undefined {
  const { plan, site } = context;
  const { iteration, from } = message;
  if (message.round !== state.round) return 'wrong-round';
  if (message.attempt !== state.attempt) return 'wrong-attempt';
  if (message.to !== site) return 'wrong-recipient';
  if (!Number.isInteger(from) || from < 0 || from >= plan.pattern.n || from === site) return 'unknown-sender';
  const latest = Math.min(state.iteration + 1, plan.rho.length);
  if (!Number.isInteger(iteration) || iteration < 1 || iteration > latest) return 'wrong-iteration';
  if (message.kind === 'digest') {
    return typeof message.digest === 'string' && message.digest !== '' ? undefined : 'malformed';
  }
  const { mates, senders } = neighbourhood(plan.pattern, site, iteration);
  if (message.kind !== 'y' && message.kind !== 'partial') return 'malformed';
  if (!(message.kind === 'y' ? mates : senders).includes(from)) return 'not-in-pattern';
  const { vector } = message;
  if (!(vector instanceof (plan.precision === 'float32' ? Float32Array : Float64Array))) return 'wrong-precision';
  if (vector.length !== plan.length) return 'wrong-length';
  if (!isFiniteVector(vector)) return 'non-finite';
  const { limit } = plan;
  if (limit !== undefined && vector.some((value) => Math.abs(value) > limit)) return 'out-of-range';
  return undefined;
}

/** The local update of the next iteration: x stays, y goes to the group. */
function beginIteration(context: SiteContext, before: SiteState): Step {
  const { plan, site } = context;
  const iteration = before.iteration + 1;
  const rho = itemAt(plan.rho, iteration - 1);
  const { x, y } = localUpdate(before.w, before.lambda, before.z, rho);
  const share = toWire(y, plan.precision);
  const { mates } = neighbourhood(plan.pattern, site, iteration);
  const stillNeeded = Object.entries(before.inbox).filter(([key]) => Number.parseInt(key, 10) >= iteration);
  const { digest: _, ...rest } = before;
  const state: SiteState = {
    ...rest,
    iteration,
    phase: 'group',
    x,
    inbox: { ...Object.fromEntries(stillNeeded), [keyOf(iteration, 'y', site)]: share },
    outbox: before.outbox.filter((message) => message.iteration >= iteration - 1),
  };
  if (!isFiniteVector(share)) return abort(state, { kind: 'overflow', iteration });
  return send(context, state, mates, { kind: 'y', vector: share });
}

/** Goes on as far as what has arrived allows. */
function advance(context: SiteContext, start: Step): Step {
  let { state } = start;
  const outgoing = [...start.outgoing];
  for (;;) {
    const step = nextStep(context, state);
    if (step === undefined) return { state, outgoing };
    state = step.state;
    outgoing.push(...step.outgoing);
  }
}

function nextStep(context: SiteContext, state: SiteState): Step | undefined {
  if (state.phase === 'digests') return compareDigests(context, state);
  if (state.phase === 'done' || state.phase === 'aborted' || awaited(context, state).length > 0) return undefined;
  return state.phase === 'group' ? sumGroup(context, state) : formConsensus(context, state);
}

function sumGroup(context: SiteContext, state: SiteState): Step {
  const { plan, site } = context;
  const { iteration } = state;
  const { mates, receivers } = neighbourhood(plan.pattern, site, iteration);
  const group = [...mates, site].sort((a, b) => a - b);
  const yOf = (member: number): Vector => state.inbox[keyOf(iteration, 'y', member)] as Vector;
  const partial = toWire(partialSum(group, yOf, plan.weights), plan.precision);
  const inbox = { ...state.inbox, [keyOf(iteration, 'partial', site)]: partial };
  if (!isFiniteVector(partial)) return abort(state, { kind: 'overflow', iteration });
  return send(context, { ...state, phase: 'partials', inbox }, receivers, { kind: 'partial', vector: partial });
}

function formConsensus(context: SiteContext, state: SiteState): Step {
  const { plan, site } = context;
  const { iteration } = state;
  const { senders } = neighbourhood(plan.pattern, site, iteration);
  const partials = senders.map((from) => state.inbox[keyOf(iteration, 'partial', from ?? site)] as Vector);
  const z = toWire(consensus(partials), plan.precision);
  if (!isFiniteVector(z)) return abort(state, { kind: 'overflow', iteration });
  const digest = context.hash(bytesOf(z));
  return send(context, { ...state, phase: 'digests', z, digest }, otherSites(context), { kind: 'digest', digest });
}

/** Stops at the first z that differs; when all agree, updates the dual and begins the next iteration or ends. */
function compareDigests(context: SiteContext, state: SiteState): Step | undefined {
  const { iteration } = state;
  const differing = otherSites(context).filter((from) => {
    const digest = state.inbox[keyOf(iteration, 'digest', from)];
    return digest !== undefined && digest !== state.digest;
  });
  if (differing.length > 0) return abort(state, { kind: 'digest-mismatch', iteration, sites: differing });
  if (awaited(context, state).length > 0) return undefined;
  const { rho } = context.plan;
  if (iteration === rho.length) return { state: { ...state, phase: 'done', inbox: {} }, outgoing: [] };
  const lambda = dualUpdate(state.lambda, state.x, state.z, itemAt(rho, iteration - 1));
  return beginIteration(context, { ...state, lambda });
}

function abort(state: SiteState, reason: AbortReason): Step {
  return { state: { ...state, phase: 'aborted', abort: reason, inbox: {} }, outgoing: [] };
}

function send(
  context: SiteContext,
  state: SiteState,
  receivers: readonly number[],
  content: { kind: 'y' | 'partial'; vector: Vector } | { kind: 'digest'; digest: string },
): Step {
  const { round, attempt, iteration } = state;
  const outgoing = receivers.map((to) => ({ ...content, round, attempt, iteration, from: context.site, to }));
  return { state: { ...state, outbox: [...state.outbox, ...outgoing] }, outgoing };
}
