/* eslint-disable @typescript-eslint/no-non-null-assertion -- linear algebra: the loops run over the dimensions that the arrays were made with */

/**
 * Sums of products for least squares with several targets: G = Σ x xᵀ (n × n) and R = Σ x yᵀ (n × m), both by rows.
 * Sums of disjoint rows can be added and taken away, so that each fold of a cross-validation costs one solution and no pass
 * over the data.
 */
export class NormalEquations {
  readonly features: number;
  readonly targets: number;
  readonly gram: Float64Array;
  readonly products: Float64Array;
  /** Rows, as far as they are not forgotten. */
  rows = 0;
  readonly #free: number;

  /** @param free leading features, such as an intercept, whose weights no penalty draws to 0. */
  constructor(features: number, targets: number, free = 1) {
    this.features = features;
    this.targets = targets;
    this.#free = free;
    this.gram = new Float64Array(features * features);
    this.products = new Float64Array(features * targets);
  }

  /** Adds one row. Only the lower triangle of the Gram matrix is kept. */
  add(x: Float64Array, y: Float64Array): void {
    const { features, targets, gram, products } = this;
    for (let i = 0; i < features; i++) {
      const xi = x[i]!;
      if (xi === 0) continue;
      const row = i * features;
      for (let j = 0; j <= i; j++) gram[row + j]! += xi * x[j]!;
      const product = i * targets;
      for (let k = 0; k < targets; k++) products[product + k]! += xi * y[k]!;
    }
    this.rows++;
  }

  /** Adds all rows of another, or takes them away with factor -1. */
  merge(other: NormalEquations, factor = 1): this {
    for (let i = 0; i < this.gram.length; i++) this.gram[i]! += factor * other.gram[i]!;
    for (let i = 0; i < this.products.length; i++) this.products[i]! += factor * other.products[i]!;
    this.rows += factor * other.rows;
    return this;
  }

  /** Lets all rows so far count less. */
  forget(factor: number): void {
    for (let i = 0; i < this.gram.length; i++) this.gram[i]! *= factor;
    for (let i = 0; i < this.products.length; i++) this.products[i]! *= factor;
    this.rows *= factor;
  }

  /** Mean square of the features that are penalised, summed over the rows. */
  get meanDiagonal(): number {
    let trace = 0;
    for (let i = this.#free; i < this.features; i++) trace += this.gram[i * this.features + i]!;
    return trace / Math.max(1, this.features - this.#free);
  }

  /**
   * Ridge regression on the first features only, for each of some numbers of them. One factorisation serves all: the factor
   * of a leading block of a matrix is the leading block of its factor.
   *
   * @param counts  numbers of leading features, each in 1..n.
   * @param penalty what is added to the diagonal of the Gram matrix, where features are penalised.
   * @returns for each count the weights, by feature, by target (count × m).
   */
  solve(counts: readonly number[], penalty: number): Float64Array[] {
    const { features: n, targets: m } = this;
    const factor = this.penalised(penalty);
    choleskyInPlace(factor, n);
    // L z = R once; then Lᵀ w = z for each leading block.
    const forward = this.products.slice();
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < m; k++) {
        let sum = forward[i * m + k]!;
        for (let j = 0; j < i; j++) sum -= factor[i * n + j]! * forward[j * m + k]!;
        forward[i * m + k] = sum / factor[i * n + i]!;
      }
    }
    return counts.map((count) => {
      const weights = forward.slice(0, count * m);
      for (let i = count - 1; i >= 0; i--) {
        for (let k = 0; k < m; k++) {
          let sum = weights[i * m + k]!;
          for (let j = i + 1; j < count; j++) sum -= factor[j * n + i]! * weights[j * m + k]!;
          weights[i * m + k] = sum / factor[i * n + i]!;
        }
      }
      return weights;
    });
  }

  private penalised(penalty: number): Float64Array {
    const { features: n } = this;
    const gram = this.gram.slice();
    // A floor, so that features that never varied get the weight 0 instead of one out of rounding errors.
    for (let i = 0; i < n; i++) gram[i * n + i]! += i < this.#free ? 1e-9 : Math.max(1e-9, penalty);
    return gram;
  }
}

/** The lower factor L of a symmetric positive definite matrix = L Lᵀ (n × n by rows), in its own lower triangle. */
export function choleskyInPlace(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!;
      matrix[row + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / matrix[other + j]!;
    }
  }
}
