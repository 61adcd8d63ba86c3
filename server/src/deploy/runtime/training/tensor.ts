/** A dense float32 array and its shape; the only kind of value that moves between the nodes of a training run. */
export interface Tensor {
  /** Row-major; the empty shape is a scalar. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** What keeps `value` from being a tensor, in words; undefined where it is one. */
export function tensorFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null)
    return `expected {shape, data}, got ${value === null ? 'null' : typeof value}`;
  const { shape, data } = value as Partial<Tensor>;
  if (!(data instanceof Float32Array)) return 'data is no Float32Array';
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isInteger(extent) && extent >= 0)) {
    return 'shape is no list of whole numbers';
  }
  if (elements(shape) !== data.length)
    return `shape [${shape.join(', ')}] needs ${elements(shape)} numbers, data has ${data.length}`;
  return undefined;
}

/** Adds `term` to `sum` element by element, in float32. */
export function accumulate(sum: Float32Array, term: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + term[i]!;
}
