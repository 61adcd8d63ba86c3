/** One attempt at one site: the engine's state machine between the connections and the disk. */
import { randomFillSync } from 'node:crypto';
import type { AggregationPlan, SiteMessage } from '../../../securedfl/aggregation-plan.ts';
import { initialDuals } from '../../../securedfl/initial-duals.ts';
import { awaited, deliver, startSite, type SiteContext, type SiteState } from '../../../securedfl/site-protocol.ts';
import { sha256 } from './frame.ts';

export type AggregationEnd =
  | { readonly kind: 'averaged'; readonly z: Float32Array; readonly digest: string }
  | { readonly kind: 'aborted'; readonly why: string };

export interface AggregationOptions {
  readonly plan: AggregationPlan;
  readonly site: number;
  readonly round: number;
  readonly attempt: number;
  readonly w: Float32Array;
  readonly send: (message: SiteMessage) => void;
  readonly onEnd: (end: AggregationEnd) => void;
}

export class SiteAggregation {
  readonly round: number;
  readonly attempt: number;
  readonly #context: SiteContext;
  readonly #options: AggregationOptions;
  #state: SiteState | undefined;
  #ended = false;

  constructor(options: AggregationOptions) {
    const { plan, site, round, attempt } = options;
    this.#options = options;
    this.round = round;
    this.attempt = attempt;
    this.#context = { plan, site, hash: (bytes) => sha256(bytes).toString('hex') };
  }

  /** Draws the secret duals of this attempt and sends the first shares. */
  start(): void {
    const { plan, round, attempt, w } = this.#options;
    const lambda0 = initialDuals(plan.length, (bytes) => void randomFillSync(bytes));
    const started = startSite(this.#context, { round, attempt, w, lambda0 });
    if (!started.ok) {
      this.#end({
        kind: 'aborted',
        why: started.code === 'non-finite' ? 'its weights are not all finite' : 'its weights have the wrong length',
      });
      return;
    }
    this.#advance(started.state, started.outgoing);
  }

  /** @returns why the message was refused; undefined where it was taken, or harmless. */
  receive(message: SiteMessage): string | undefined {
    if (this.#state === undefined || this.#ended) return undefined;
    const delivery = deliver(this.#context, this.#state, message);
    if (delivery.outcome === 'refused') return delivery.code === 'finished' ? undefined : delivery.code;
    this.#advance(delivery.state, delivery.outgoing);
    return undefined;
  }

  /** Site numbers whose messages are missing. */
  waitingFor(): number[] {
    if (this.#state === undefined) return [];
    return [...new Set(awaited(this.#context, this.#state).map(({ from }) => from))].sort((a, b) => a - b);
  }

  /** Gives the attempt up: nothing of it is used again. */
  abort(why: string): void {
    this.#end({ kind: 'aborted', why });
  }

  #advance(state: SiteState, outgoing: readonly SiteMessage[]): void {
    const before = this.#state;
    this.#state = state;
    if (before !== undefined && before.lambda !== state.lambda) before.lambda.fill(0);
    for (const message of outgoing) this.#options.send(message);
    if (state.phase === 'done') this.#end({ kind: 'averaged', z: Float32Array.from(state.z), digest: state.digest! });
    if (state.phase !== 'aborted') return;
    const reason = state.abort!;
    const what =
      reason.kind === 'overflow'
        ? 'a number grew beyond what float32 can hold'
        : `sites ${reason.sites.join(', ')} had another average in iteration ${reason.iteration}`;
    this.#end({ kind: 'aborted', why: what });
  }

  #end(end: AggregationEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    // The duals are all that hid the weights in what was sent.
    this.#state?.lambda.fill(0);
    this.#options.onEnd(end);
  }
}
