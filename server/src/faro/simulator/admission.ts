/** What a router lets in, and how it hands requests to replicas. */
export interface Admission {
  /** Share of the requests that are let in, by chance. */
  readonly acceptRate: number;
  /** A newcomer is turned away when more than this many wait; one more waits in the router's hand. */
  readonly queueLimit: number;
  /** Requests that a replica may hold, the one it works on included. */
  readonly concurrency: number;
  /** A request that has waited longer than this (seconds) is taken to be late; Infinity for none. */
  readonly lateAfterSeconds: number;
  /** At most this share of the requests that arrived in the same minute is shed, when their turn comes, for being late. */
  readonly shedShare: number;
  /** Requests that a minute is taken to bring at least, for its share: it may then be shed before they have come. */
  readonly expectedPerMinute: number;
  /** Whether, once the queue has been full and until it is empty, late requests come after all others and make room for them. */
  readonly lateLast: boolean;
}

/** The router of Faro's experiments. */
export const referenceAdmission: Admission = {
  acceptRate: 1,
  queueLimit: 50,
  concurrency: 4,
  lateAfterSeconds: Infinity,
  shedShare: 1,
  expectedPerMinute: 0,
  lateLast: false,
};
