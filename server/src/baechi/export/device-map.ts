/** A device_map that another tool made, judged by the simulator: what a step takes, what it needs, and which modules would be better elsewhere. */
import type { GraphProfile } from '../../graph/graph-profile.ts';
import { isMapping } from '../../graph/field.ts';
import { realAt } from '../../numeric/at.ts';
import type { Schedule } from '../schedule.ts';
import { simulateStep, type TrainingRun } from '../training-run.ts';
import { deviceIn, runningDevices, storedNames, type ModuleMap } from './module-map.ts';
import { refused, type Written } from './placed-module.ts';

/** A device as a map names it: `cuda:1`, `cpu`. */
export interface MapText {
  /** Name of a module or parameter, '' for the whole, to the place of its device in `devices`. */
  readonly map: ModuleMap;
  /** Those that the map uses: accelerators by number, then the CPU. */
  readonly devices: readonly string[];
}

/** Reads a device_map: JSON, names to `0`, `"0"`, `"cuda:0"` or `"cpu"`. Refused where it holds anything else; weights on disk are none of it. */
export function readDeviceMap(text: string): Written<MapText> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
  if (!isMapping(data)) return refused('it is no mapping');
  const entries: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(data)) {
    const device = deviceName(value);
    if (device === undefined)
      return refused(
        `"${name}" is mapped to ${JSON.stringify(value)}, which is neither the number of an accelerator nor "cpu"`,
      );
    entries.push([name, device]);
  }
  if (entries.length === 0) return refused('it is empty');
  const rank = (device: string): number => (device === 'cpu' ? Infinity : Number(device.slice('cuda:'.length)));
  const devices = [...new Set(entries.map(([, device]) => device))].sort((a, b) => rank(a) - rank(b));
  return { ok: true, map: new Map(entries.map(([name, device]) => [name, devices.indexOf(device)])), devices };
}

function deviceName(value: unknown): string | undefined {
  if (value === 'cpu') return 'cpu';
  const number = /^(?:(?:cuda|xpu|npu|hpu|mps):?)?(\d+)$/.exec(String(value))?.[1];
  return number === undefined || (typeof value !== 'number' && typeof value !== 'string')
    ? undefined
    : `cuda:${Number(number)}`;
}

/** Parameters and buffers that no key of a map holds. */
export function uncovered(run: TrainingRun, profile: GraphProfile, map: ModuleMap): readonly string[] {
  return storedNames(run.graph, profile).filter((name) => deviceIn(map, name) === undefined);
}

export interface MapJudgement {
  readonly schedule: Schedule;
  readonly fits: boolean;
}

export interface MapMove {
  readonly module: string;
  readonly from: number;
  readonly to: number;
  /** What a step takes after this move and those before it, µs. */
  readonly makespanUs: number;
  readonly fits: boolean;
}

/** What a step with a map does. Refused where the map cannot be run: a step between modules whose inputs lie apart. */
export function judgeMap(run: TrainingRun, map: ModuleMap): Written<MapJudgement> {
  const names = run.devices.map(({ name }) => name);
  const derived = runningDevices(run.graph, map, names);
  return derived.ok ? { ok: true, ...simulateStep(run, derived.device) } : derived;
}

/** More than a few moves nobody makes by hand: another map is another placement. */
const MOST_MOVES = 8;

/**
 * The moves of single keys that gain most, one after the other, each made before the next is looked for. Weights with two names move together. A map that does
 * not fit is first made to need less beyond the limits.
 */
export function bestMoves(
  run: TrainingRun,
  profile: GraphProfile,
  given: ModuleMap,
  shouldStop?: () => boolean,
): readonly MapMove[] {
  const moves: MapMove[] = [];
  let map = new Map(given);
  let now = judgeMap(run, map);
  while (now.ok && moves.length < MOST_MOVES) {
    let best:
      | {
          readonly map: Map<string, number>;
          readonly judged: Written<MapJudgement> & { ok: true };
          readonly move: MapMove;
        }
      | undefined;
    for (const [module, from] of map) {
      for (let to = 0; to < run.devices.length; to++) {
        if (shouldStop?.()) return moves;
        if (to === from) continue;
        const changed = new Map(map);
        for (const key of keysTiedTo(module, profile, map)) changed.set(key, to);
        const judged = judgeMap(run, changed);
        if (!judged.ok || !isBetter(run, judged, best?.judged ?? now)) continue;
        best = {
          map: changed,
          judged,
          move: { module, from, to, makespanUs: judged.schedule.makespanUs, fits: judged.fits },
        };
      }
    }
    if (!best) break;
    ({ map } = best);
    now = best.judged;
    moves.push(best.move);
  }
  return moves;
}

function isBetter(run: TrainingRun, one: MapJudgement, other: MapJudgement): boolean {
  const [a, b] = [overBytes(run, one.schedule), overBytes(run, other.schedule)];
  return a !== b ? a < b : one.schedule.makespanUs < other.schedule.makespanUs * (1 - 1e-6);
}

/** Bytes beyond the limits, of all devices. */
export function overBytes({ devices }: TrainingRun, { peakBytes }: Schedule): number {
  return devices.reduce((sum, { memory }, d) => sum + Math.max(0, realAt(peakBytes, d) - memory), 0);
}

/** Keys that hold the other names of weights under a key, and the key itself. */
function keysTiedTo(module: string, profile: GraphProfile, map: ModuleMap): Set<string> {
  const keys = new Set([module]);
  for (const names of profile.ties) {
    const holding = names.map((name) =>
      [...map.keys()].filter((key) => key === '' || name === key || name.startsWith(`${key}.`)),
    );
    if (holding.flat().includes(module)) for (const key of holding.flat()) keys.add(key);
  }
  return keys;
}
