/** How soon unlike devices can do all the work there is, when nothing else holds them up. */
import { addToReal, itemAt, realAt } from '../numeric/at.ts';

/** Steps of the climb; the bound holds after any number of them. */
const STEPS = 60;

/** Devices that take the same times. */
export interface DeviceClass {
  readonly devices: number;
  /** Time of every piece of work on one of them, µs. */
  readonly us: Float64Array;
}

/**
 * Lower bound of the time in which devices can do pieces of work, if pieces could be cut: the dual of that linear program. With a weight w of
 * every device, Σ w = 1, every schedule takes at least Σᵢ min_d w(d) · t(i, d), since each device is busy for T at most. Weights in proportion
 * to the speeds are the best where times differ by a speed alone, and are where the climb begins: multiplied up where a device is busier
 * than the others, by steps that shrink.
 */
export function sharedLoadUs(classes: readonly DeviceClass[]): number {
  const count = itemAt(classes, 0).us.length;
  const sums = classes.map(({ us }) => us.reduce((sum, one) => sum + one, 0));
  let weights = normed(
    sums.map((sum) => 1 / sum),
    classes,
  );
  let best = 0;
  for (let step = 0; step < STEPS; step++) {
    const busy = new Float64Array(classes.length);
    let bound = 0;
    for (let i = 0; i < count; i++) {
      let cheapest = 0;
      let least = Infinity;
      for (let c = 0; c < classes.length; c++) {
        const price = itemAt(weights, c) * realAt(itemAt(classes, c).us, i);
        if (price >= least) continue;
        least = price;
        cheapest = c;
      }
      bound += least;
      addToReal(busy, cheapest, realAt(itemAt(classes, cheapest).us, i) / itemAt(classes, cheapest).devices);
    }
    best = Math.max(best, bound);
    const most = Math.max(...busy);
    if (most <= 0) break;
    const width = 0.5 / (1 + step / 4);
    weights = normed(
      weights.map((weight, c) => weight * Math.exp((realAt(busy, c) / most) * width)),
      classes,
    );
  }
  return best;
}

/** Scaled so that the weights of all devices add up to 1. */
function normed(weights: readonly number[], classes: readonly DeviceClass[]): number[] {
  const sum = weights.reduce((total, weight, c) => total + weight * itemAt(classes, c).devices, 0);
  return weights.map((weight) => weight / sum);
}
