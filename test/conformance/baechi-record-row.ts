/** What a row of a recording is, and which of its figures are demanded. */
import type { Device } from '../../server/src/baechi/devices.ts';
import type { LpSolver } from '../../server/src/baechi/linear-program.ts';

/** One row of a recording: either its figures are demanded, or it is said why they cannot be. */
export interface Row {
  /** File, and where in it. */
  readonly name: string;
  /** What is recorded of it, by key: the keys must all be known. */
  readonly keys: readonly string[];
  /** @param dualSimplex the solver whose vertices some rows start from. */
  readonly demand: (dualSimplex: LpSolver) => void;
  /** Why a part of it is not demanded. */
  readonly but?: string;
}

export function devicesOf(memory: readonly number[]): Device[] {
  return memory.map((bytes, d) => ({ name: `device${d}`, memory: bytes }));
}

export function keysOf(row: object): readonly string[] {
  return Object.keys(row);
}

/** Keys whose figures are demanded, here or in `baechi-linear-program.test.ts` (`lp…`). */
export const DEMANDED_KEYS: readonly string[] = [
  ...['placement', 'internal_schedule', 'internal_runtime_us', 'internal_peak_bytes', 'virtual_scheduler', 'error'],
  ...['placement_fused', 'virtual_makespan_us', 'peak_bytes', 'ops_per_device', 'single_device_us', 'lp_relaxed', 'lp'],
  ...['runtime', 'schedule', 'used_mem', 'peak_mem', 'fav', 'x', 'lp_relaxed_makespan_us'],
  ...['ops', 'peak', 'cut_edges', 'transfers', 'transfer_bytes'],
];

/** What a run was given, which the test gives it again. */
export const GIVEN_KEYS: readonly string[] = [
  ...['algorithm', 'options', 'graph', 'memory_bytes', 'threshold', 'lp_backend', 'favourites', 'favourite_children'],
  ...['mem', 'limit_bytes', 'algo', 'file'],
];

/** What says how long something took, or where it ran. */
export const OTHER_KEYS: Readonly<Record<string, string>> = {
  implementation: 'which code ran',
  placement_seconds: 'time',
  placement_cpu_seconds: 'time',
  placement_seconds_reps: 'time',
  placement_cpu_seconds_reps: 'time',
  placement_seconds_wall_min: 'time',
  placement_cpu_seconds_min: 'time',
  seconds_to_failure: 'time',
  seconds: 'time',
  lp_seconds: 'time',
  lp_cpu_seconds: 'time',
  metis_seconds: 'time',
  order: 'of the nodes, neither by their starts nor by their placing; of m-TOPO the sweep, which its placement follows',
  lp_x_histogram: 'of a vertex that depends on the solver',
};
