/** One way to serve a group. */
export interface Choice {
  /** A whole number: sums of values are then exact, and ties are ties. */
  readonly value: number;
  /** Settles ties of value: the smaller total wins. A whole number. */
  readonly cost: number;
  /** What it takes of each capacity, in the order of the capacities; not negative. */
  readonly demand: readonly number[];
}

/** One choice of each group, by index, with their total value. */
export interface Picks {
  readonly kind: 'picks';
  readonly picks: readonly number[];
  readonly value: number;
  /** True where no feasible picks have a larger value. */
  readonly optimal: boolean;
  /** No feasible picks have a larger value than this; equals `value` where optimal. */
  readonly bound: number;
  /** Work done, in steps of the inner loop: what a search over many such problems may budget, without a clock. */
  readonly steps: number;
}

/** No combination fits the capacities. */
export interface NoPicks {
  readonly kind: 'infeasible';
}
