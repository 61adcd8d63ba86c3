import type { LpSolver } from './linear-program.ts';
import { favouriteChildren } from './favourite-children.ts';
import { placeMEtf } from './m-etf.ts';
import { placeMSct } from './m-sct.ts';
import { placeMTopo } from './m-topo.ts';
import { placePinned } from './pinned.ts';
import type { PlacementResult, PlacerOptions } from './placement.ts';
import { placeSingleDevice } from './single-device.ts';
import { simulateStep, type TrainingRun } from './training-run.ts';

/** The algorithms that place a graph by themselves, simplest first. */
export const PLACERS = ['single', 'm-TOPO', 'm-ETF', 'm-SCT', 'pinned'] as const;
export type Placer = (typeof PLACERS)[number];

export interface AlgorithmOptions extends PlacerOptions {
  /** Solver of the linear program of m-SCT. */
  readonly solve: LpSolver;
  /** m-SCT: largest x of a favourite edge, 0.1 by default. */
  readonly threshold?: number;
}

/** Places a graph by one algorithm. Pins hold in all of them. */
export function placeBy(placer: Placer, run: TrainingRun, options: AlgorithmOptions): PlacementResult {
  const { graph, devices, tensorUs } = run;
  const { pins } = options;
  switch (placer) {
    case 'single': {
      const { peakBytes } = simulateStep(run, new Int32Array(graph.nodeCount)).schedule;
      return placeSingleDevice(graph, devices, tensorUs, peakBytes[0]!, pins);
    }
    case 'm-TOPO':
      return placeMTopo(graph, devices, tensorUs, pins ? { pins } : {});
    case 'm-ETF':
      return placeMEtf(graph, devices, tensorUs, options);
    case 'm-SCT': {
      const children = favouriteChildren(graph, tensorUs, options.solve, options);
      return children ? placeMSct(graph, devices, tensorUs, children.favourites, options) : { kind: 'cancelled' };
    }
    case 'pinned':
      return placePinned(graph, devices, tensorUs, options);
  }
}
