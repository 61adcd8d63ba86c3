/** Time as the serving parts see it; tests bring their own. */
export interface Clock {
  /** Milliseconds from an arbitrary start, never going back. */
  now(): number;
}

export const monotonicClock: Clock = { now: () => performance.now() };
