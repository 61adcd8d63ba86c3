/** The registry of placers: the schema, completion, the preview's table and the command read it. */
import type { Algorithm } from '../spec/types.ts';
import type { Placer, PlacerName } from './placer.ts';
import { exact } from './placers/exact.ts';
import { expert } from './placers/expert.ts';
import { mEtf } from './placers/m-etf.ts';
import { mSct } from './placers/m-sct.ts';
import { mTopo } from './placers/m-topo.ts';
import { pinned } from './placers/pinned.ts';
import { single } from './placers/single.ts';

/** Simplest first: of equally fast placements `auto` keeps the first. */
export const PLACERS: readonly Placer[] = [single, mTopo, mEtf, mSct, exact, expert, pinned];

/** What `algorithm: auto` is said to do. */
export const AUTO = { name: 'auto', documentation: 'Tries all of them and keeps the fastest that fits.' } as const;

export const AUTO_PLACERS: readonly Placer[] = PLACERS.filter(({ isAutomatic }) => isAutomatic);

export function placerOf(name: PlacerName): Placer {
  const placer = PLACERS.find((one) => one.name === name);
  if (!placer) throw new Error(`no placer is registered as "${name}"`);
  return placer;
}

/** The placers that an algorithm stands for. */
export function placersOf(algorithm: Algorithm): readonly Placer[] {
  return algorithm === AUTO.name ? AUTO_PLACERS : [placerOf(algorithm)];
}

/** Those of some placers that place a graph of so many nodes. */
export function placing(placers: readonly Placer[], nodes: number): Placer[] {
  return placers.filter(({ mostNodes = Infinity }) => nodes <= mostNodes);
}
