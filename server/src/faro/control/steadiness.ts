/** What keeps a job's replicas from going up and down with the noise of its traffic. */

/** A job may be given fewer replicas so often within an hour; more whenever it needs them. */
export const reductionsPerHour = 8;
/** Replicas that are of no use are kept so long: calm may be over as soon as it began. */
export const patienceSeconds = 300;

/** What is remembered of one job; plain data. */
export interface Steadiness {
  /** When it was given fewer replicas within the last hour, in seconds, oldest first. */
  readonly reductions: readonly number[];
  /** Since when it has had more replicas than are of use; null while it has not. */
  readonly surplusSince: number | null;
  /** The most that were of use since then. */
  readonly needed: number;
}

export const steadyAtFirst: Steadiness = { reductions: [], surplusSince: null, needed: 0 };

/** The replicas that a job may be given at a look, and what is to be remembered. */
export interface SteadyRange {
  readonly min: number;
  readonly max: number;
  readonly steadiness: Steadiness;
}

/**
 * Narrows what a job may be given: not less than it has where it was reduced too often of late or its traffic was not measured,
 * and what it has, unless another job needs it more, until it has been of no use for {@link patienceSeconds}.
 *
 * @param target  replicas that it has.
 * @param useful  as many as are of use by what is expected now.
 * @param isKnown whether its traffic was measured lately: on silence nobody is reduced.
 */
export function steadyRange(
  { reductions, surplusSince, needed }: Steadiness,
  nowSeconds: number,
  target: number,
  { min, useful }: { readonly min: number; readonly useful: number },
  isKnown: boolean,
): SteadyRange {
  const latest = reductions.filter((at) => at <= nowSeconds && at > nowSeconds - 3600);
  const isSurplus = useful < target;
  const since = isSurplus && isKnown ? (surplusSince ?? nowSeconds) : null;
  const most = since === null ? 0 : Math.max(needed, useful);
  const steadiness: Steadiness = { reductions: latest, surplusSince: since, needed: most };
  const mayFall = isKnown && latest.length < reductionsPerHour;
  const isOver = mayFall && since !== null && nowSeconds - since >= patienceSeconds;
  const kept = isOver ? most : target;
  return {
    min: mayFall ? min : Math.max(min, target),
    max: Math.max(min, isSurplus ? kept : useful),
    steadiness,
  };
}

/** What is to be remembered when a job was given other replicas. */
export function movedTo(steadiness: Steadiness, nowSeconds: number, target: number, to: number): Steadiness {
  if (to === target) return steadiness;
  const reductions = to < target ? [...steadiness.reductions, nowSeconds] : steadiness.reductions;
  return { reductions, surplusSince: null, needed: 0 };
}
