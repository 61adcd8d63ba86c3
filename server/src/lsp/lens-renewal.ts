/** Has the client ask for its code lenses again while what they say keeps changing. */

/** At most this often, in milliseconds. */
const EVERY_MS = 1000;

/** A client that did not ask by then is notified again: nothing may have been in sight. */
const PATIENCE_MS = 5000;

const LOOK_MS = 250;

/**
 * VS Code asks only after a pause that grows with the time its last answer took, and each word that lenses have changed begins the
 * pause anew. So that it comes to ask at all, the next word waits until it has.
 */
export class LensRenewal {
  readonly #tell: () => void;
  #timer: NodeJS.Timeout | undefined;
  #notifiedAt = 0;
  #asked = true;
  #old = false;

  /** @param tell tells the client that its lenses are old. */
  constructor(tell: () => void) {
    this.#tell = tell;
  }

  /** What lenses say has changed. */
  renew(): void {
    this.#old = true;
    this.#look();
  }

  /** The client has asked for lenses, and has what they say now. */
  asked(): void {
    this.#asked = true;
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#timer !== undefined || !this.#old) return;
    const wait = performance.now() - this.#notifiedAt;
    if (this.#notifiedAt === 0 || wait >= PATIENCE_MS || (this.#asked && wait >= EVERY_MS)) {
      this.#old = false;
      this.#asked = false;
      this.#notifiedAt = performance.now();
      this.#tell();
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, LOOK_MS);
  }
}
