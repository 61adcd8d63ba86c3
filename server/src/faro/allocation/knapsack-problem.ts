/** One option of each job, with what they come to. */
export interface Picks {
  /** By job, an index into the options. */
  readonly picks: Int32Array;
  readonly value: number;
  readonly cost: number;
}

/** Picks of the largest value that was found, and how far that is proved. */
export interface ProvenPicks extends Picks {
  /** True where no feasible picks have a larger value. */
  readonly optimal: boolean;
  /** No feasible picks have a larger value than this; equals `value` where optimal. */
  readonly bound: number;
  /** Work done, in steps of the inner loop: what a search over many such problems may budget, without a clock. */
  readonly steps: number;
}
