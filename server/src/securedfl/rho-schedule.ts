export interface RhoRule {
  /** Penalty of the first iteration, > 0, without unit. */
  readonly rho: number;
  /** rho is multiplied by `rate` after every `period` iterations. */
  readonly decay?: { readonly rate: number; readonly period: number };
}

/** The penalties rho_1..rho_T: rho · rate^floor((i-1)/period). */
export function rhoSchedule({ rho, decay }: RhoRule, iterations: number): number[] {
  const schedule: number[] = [];
  for (let i = 1, current = rho; i <= iterations; i++) {
    schedule.push(current);
    if (decay !== undefined && i % decay.period === 0) current *= decay.rate;
  }
  return schedule;
}

/**
 * The products A_1..A_T of 2/(2+rho_j): how much of a site's initial dual is still in its message of iteration i.
 * That message tells every recipient 2(1-A_i)·w + A_i·lambda^0 and nothing else.
 */
export function dualShares(rho: readonly number[]): number[] {
  let product = 1;
  return rho.map((r) => (product *= 2 / (2 + r)));
}
