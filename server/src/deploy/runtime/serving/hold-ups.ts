/**
 * Notices when this process was held up, by the machine or by something long that it did: what came meanwhile lay unread, and comes all at
 * once then. It looks out as long as requests come.
 */
import type { Clock } from './clock.ts';

const BEAT_MS = 5;
/** Beats go on for so many after the last request. */
const BEATS = 200;

export class HoldUps {
  readonly #clock: Clock;
  #due = 0;
  #beatsLeft = 0;
  #timer: NodeJS.Timeout | undefined;
  #last = { ms: 0, until: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request comes. */
  watch(): void {
    this.#beatsLeft = BEATS;
    if (this.#timer) return;
    this.#due = this.#clock.now() + BEAT_MS;
    this.#timer = setTimeout(() => this.#beat(), BEAT_MS).unref();
  }

  /** How long it was held up just now, in ms: for as long again, what has piled up is still being read. */
  get recentMs(): number {
    this.#look();
    return this.#clock.now() <= this.#last.until ? this.#last.ms : 0;
  }

  #look(): void {
    const now = this.#clock.now();
    const ms = now - this.#due;
    if (this.#timer && ms > BEAT_MS) this.#last = { ms, until: now + ms };
  }

  #beat(): void {
    this.#look();
    this.#beatsLeft -= 1;
    this.#due = this.#clock.now() + BEAT_MS;
    if (this.#beatsLeft > 0) this.#timer!.refresh();
    else this.#timer = undefined;
  }
}
