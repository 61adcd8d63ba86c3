import type { RandomStream } from './random-stream.ts';

/**
 * How long a replica works on one request.
 * - `declared`: always the job's processing time.
 * - `lognormal`: shift + scale · e^(sigma · Z) milliseconds, Z normal; the same for all jobs.
 */
export type ServiceTime =
  | { readonly kind: 'declared' }
  | { readonly kind: 'lognormal'; readonly shiftMs: number; readonly scaleMs: number; readonly sigma: number };

/** What Faro measured of ResNet34 on one core, declared there as 180 ms: mean 154 ms, with a tail. */
export const measuredResNet34: ServiceTime = {
  kind: 'lognormal',
  shiftMs: 79.30158214998745,
  scaleMs: 68.58078649769431,
  sigma: 0.42247119243841247,
};

/** Draws service times, in seconds. */
export function serviceTimes(service: ServiceTime, processingMs: number, random: RandomStream): () => number {
  if (service.kind === 'declared') {
    const seconds = processingMs / 1000;
    return () => seconds;
  }
  const { shiftMs, scaleMs, sigma } = service;
  return () => (shiftMs + scaleMs * Math.exp(sigma * random.normal())) / 1000;
}
