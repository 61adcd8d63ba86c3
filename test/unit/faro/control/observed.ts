import type { JobObservation, Observation } from '../../../../server/src/faro/control/observation.ts';

/** A job at a look, quiet unless said otherwise. */
export function seen(name: string, overrides: Partial<JobObservation> = {}): JobObservation {
  return {
    name,
    arrivalsPerMinute: [60],
    arrivalsUnderWay: 0,
    meanLatencyMs: 200,
    running: overrides.target ?? 1,
    target: 1,
    isScaling: false,
    waiting: 0,
    idleSeconds: 0,
    servedSeconds: [],
    ...overrides,
  };
}

export function lookAt(nowSeconds: number, ...jobs: readonly JobObservation[]): Observation {
  return { nowSeconds, minuteOfDay: Math.floor(nowSeconds / 60), jobs };
}
