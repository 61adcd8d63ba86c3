/** The registry of placers: the schema, completion, the preview's table and the command read it. */
import type { Algorithm } from '../spec/types.ts';
import type { Placer, PlacerName } from './placer.ts';
import { exact } from './placers/exact.ts';
import { expert } from './placers/expert.ts';
import { mEtf } from './placers/m-etf.ts';
import { mSct } from './placers/m-sct.ts';
import { mTopo } from './placers/m-topo.ts';
import { pinned } from './placers/pinned.ts';
import { search } from './placers/search.ts';
import { single } from './placers/single.ts';
import type { TrainingRun } from './training-run.ts';

/**
 * Simplest first: of equally fast placements `auto` keeps the first. The search begins from what those before it found, and what needs
 * linear programs, which take longest, comes after it.
 */
export const PLACERS: readonly Placer[] = [single, mTopo, mEtf, search, mSct, exact, expert, pinned];

/** What `algorithm: auto` is said to do. */
export const AUTO = {
  name: 'auto',
  documentation: 'Tries all of them, improves what they find, and keeps the fastest that fits.',
} as const;

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

/** Those of some placers that can place the graph of a run. */
export function placing(placers: readonly Placer[], run: TrainingRun): Placer[] {
  return placers.filter((placer) => run.graph.nodeCount <= (placer.mostNodes ?? Infinity));
}
