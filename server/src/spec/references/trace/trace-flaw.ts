/** What is wrong or odd in a trace, at a line of it. */

export interface TraceFlaw {
  /** One-based line of the file. */
  readonly line: number;
  readonly detail: string;
}

/** Minutes that a trace may have: ten weeks. A longer one is no trace of a cluster's day but a mistaken file. */
export const MOST_MINUTES = 100_000;
