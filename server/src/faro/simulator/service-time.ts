import { normalQuantile } from './normal-quantile.ts';
import type { RandomStream } from './random-stream.ts';
import { realAt } from '../../numeric/at.ts';

/** A time that is shift + scale · e^(sigma · Z) milliseconds, Z normal: never below the shift, with a tail. */
export interface LognormalTime {
  readonly kind: 'lognormal';
  readonly shiftMs: number;
  readonly scaleMs: number;
  readonly sigma: number;
}

/** How long a replica works on one request: always the job's processing time, or by chance. */
export type ServiceTime = { readonly kind: 'declared' } | LognormalTime;

/** The standard normal quantile of 99 %. */
const normalQuantile99 = normalQuantile(0.99);

/** The time of which nothing is shorter than `min`, half at most `median` and all but one in a hundred at most `p99`. */
export function lognormalTime(minMs: number, medianMs: number, p99Ms: number): LognormalTime {
  const scaleMs = medianMs - minMs;
  const sigma = scaleMs > 0 ? Math.log((p99Ms - minMs) / scaleMs) / normalQuantile99 : 0;
  return { kind: 'lognormal', shiftMs: minMs, scaleMs, sigma };
}

/** Milliseconds that such a time takes in the mean. */
export function meanMs({ shiftMs, scaleMs, sigma }: LognormalTime): number {
  return shiftMs + scaleMs * Math.exp(sigma ** 2 / 2);
}

/** What Faro measured of ResNet34 on one core, declared there as 180 ms: mean 154 ms, with a tail. */
export const measuredResNet34: LognormalTime = {
  kind: 'lognormal',
  shiftMs: 79.30158214998745,
  scaleMs: 68.58078649769431,
  sigma: 0.42247119243841247,
};

/** What Faro measured of one pass through the router of a job: 4.6 ms. */
export const measuredRouterPass: LognormalTime = {
  kind: 'lognormal',
  shiftMs: 3.485330525882586,
  scaleMs: 0.987812095765591,
  sigma: 0.4807840738997673,
};

/** Draws service times, in seconds. */
export function serviceTimes(service: ServiceTime, processingMs: number, random: RandomStream): () => number {
  if (service.kind === 'lognormal') return lognormalTimes(service, random);
  const seconds = processingMs / 1000;
  return () => seconds;
}

/** Table cells of the quantile function, and how many at each end are too curved for a straight line. */
const [cells, curvedCells] = [4096, 8];

/** One table for all that draw from a distribution: many of them would not fit a processor's cache. */
const tables = new WeakMap<LognormalTime, Float64Array>();

/** Draws times in seconds: by the quantile function, straight between the points of a table and exact in the tails. */
export function lognormalTimes(time: LognormalTime, random: RandomStream): () => number {
  const { shiftMs, scaleMs, sigma } = time;
  const quantile = (probability: number): number =>
    (shiftMs + scaleMs * Math.exp(sigma * normalQuantile(probability))) / 1000;
  const table = tables.get(time) ?? Float64Array.from({ length: cells + 1 }, (_, i) => quantile(i / cells));
  tables.set(time, table);
  return () => {
    const probability = random.uniform();
    const position = probability * cells;
    const cell = Math.trunc(position);
    if (cell < curvedCells || cell >= cells - curvedCells) return quantile(probability + 2 ** -33);
    const from = realAt(table, cell);
    return from + (position - cell) * (realAt(table, cell + 1) - from);
  };
}
