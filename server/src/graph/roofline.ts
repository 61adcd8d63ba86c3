/**
 * Times of operations that nobody measured, by the roofline model (Williams, Waterman, Patterson: Roofline, CACM 52(4), 2009): as long as
 * computing takes or as moving the bytes takes, whichever is more, after a start.
 */

/** What a device does in a second at its best. */
export interface DeviceModel {
  /** Of 32-bit numbers. */
  readonly flopsPerSecond: number;
  /** Between the device's memory and its cores. */
  readonly bytesPerSecond: number;
  /** What starting one operation takes. */
  readonly startUs: number;
}

/** About a card of the middle class. Whoever compares placements needs ratios, which differ less between devices than times do. */
export const ASSUMED_DEVICE: DeviceModel = { flopsPerSecond: 10e12, bytesPerSecond: 500e9, startUs: 5 };

/** As messages name it. */
export const ASSUMED_DEVICE_TEXT = 'a device of 10 TFLOP/s and 500 GB/s';

/** What an operation takes. Nothing at all is done by what only gives a tensor another shape. */
export interface Work {
  readonly flops: number;
  /** Read and written. */
  readonly bytes: number;
}

/** Microseconds, not rounded. */
export function rooflineUs({ flops, bytes }: Work, device: DeviceModel = ASSUMED_DEVICE): number {
  if (flops === 0 && bytes === 0) return 0;
  return device.startUs + 1e6 * Math.max(flops / device.flopsPerSecond, bytes / device.bytesPerSecond);
}
