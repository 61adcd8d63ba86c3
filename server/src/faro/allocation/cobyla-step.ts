/** Where a trust-region step ends. */
export interface LinearStep {
  /** The step, by variable; overwritten by the next call. */
  readonly step: Float64Array;
  /** False where the objective settled before the step reached the edge of the trust region. */
  readonly reachesEdge: boolean;
}

/**
 * Solves the subproblem of COBYLA: the step within a ball that makes the largest violation of linear constraints smallest
 * and then, without giving that up, a linear objective smallest (M. J. D. Powell, "A direct search optimization method that
 * models the objective and constraint functions by linear interpolation", 1994, section 3).
 *
 * Both stages follow a piecewise linear path from the origin. The active constraints are kept as an orthogonal factorisation:
 * the columns of `basis` are orthonormal, the first ones span the active gradients, and `diagonal[k]` is the product of the
 * k-th active gradient with the k-th column. The objective counts as one more constraint, always the last of the active ones,
 * in the second stage.
 *
 * A solver for n variables and m constraints; it keeps its working memory between calls. Cost of a call: O(n² · (n + m)).
 */
export class LinearStepSolver {
  readonly #n: number;
  readonly #m: number;
  /** n × n, column by column. */
  readonly #basis: Float64Array;
  readonly #diagonal: Float64Array;
  readonly #step: Float64Array;
  readonly #trial: Float64Array;
  readonly #direction: Float64Array;
  /** Constraints by position: the active ones first, in the order of the basis. The objective has index m. */
  readonly #order: Int32Array;
  /** By position: multipliers of active constraints, slacks (to the largest violation) of the others; never negative. */
  readonly #slack: Float64Array;
  readonly #trialSlack: Float64Array;
  #active = 0;
  #gradients: Float64Array = new Float64Array(0);

  constructor(variables: number, constraints: number) {
    this.#n = variables;
    this.#m = constraints;
    this.#basis = new Float64Array(variables * variables);
    this.#diagonal = new Float64Array(variables);
    this.#step = new Float64Array(variables);
    this.#trial = new Float64Array(variables);
    this.#direction = new Float64Array(variables);
    this.#order = new Int32Array(constraints + 1);
    this.#slack = new Float64Array(constraints + 1);
    this.#trialSlack = new Float64Array(constraints + 1);
  }

  /**
   * @param gradients (m + 1) × n, row by row: constraint k asks for gradient · step >= needed[k]; the last row is the
   *                  direction in which the objective falls.
   * @param needed    by constraint; positive where it is violated at the origin.
   */
  solve(gradients: Float64Array, needed: Float64Array, radius: number): LinearStep {
    const n = this.#n;
    this.#gradients = gradients;
    this.#active = 0;
    this.#basis.fill(0);
    for (let i = 0; i < n; i++) this.#basis[i * n + i] = 1;
    this.#step.fill(0);
    this.#direction.fill(0);

    let violation = 0;
    let entering = -1;
    for (let k = 0; k < this.#m; k++) {
      if (needed[k]! > violation) [violation, entering] = [needed[k]!, k];
    }
    for (let k = 0; k < this.#m; k++) {
      this.#order[k] = k;
      this.#slack[k] = violation - needed[k]!;
    }
    if (violation > 0) {
      const first = this.#stage(needed, radius, violation, entering, false);
      if (first.ended === 'edge') return { step: this.#step, reachesEdge: true };
      violation = first.violation;
    }
    this.#order[this.#m] = this.#m;
    this.#slack[this.#m] = 0;
    const second = this.#stage(needed, radius, violation, this.#m, true);
    return { step: this.#step, reachesEdge: second.ended === 'edge' };
  }

  /** One stage, until the edge is reached or nothing improves; `onObjective` in the second. */
  #stage(
    needed: Float64Array,
    radius: number,
    violation: number,
    entering: number,
    onObjective: boolean,
  ): { ended: 'edge' | 'settled'; violation: number } {
    const [n, m] = [this.#n, this.#m];
    const count = onObjective ? m + 1 : m;
    const settled = (): { ended: 'settled'; violation: number } => ({ ended: 'settled', violation });
    let best = 0;
    let patience = 0;
    let mostActive = 0;
    for (;;) {
      // Three steps in a row without a better value or a larger active set end the stage.
      const value = onObjective ? -this.#along(m, this.#step) : violation;
      if (patience === 0 || value < best) [best, mostActive, patience] = [value, this.#active, 3];
      else if (this.#active > mostActive) [mostActive, patience] = [this.#active, 3];
      else if (--patience === 0) return settled();

      if (entering >= this.#active) {
        if (!this.#activate(entering, onObjective)) return settled();
        if (!onObjective) {
          const last = this.#active - 1;
          const scale = (this.#along(this.#order[last]!, this.#direction) - 1) / this.#diagonal[last]!;
          this.#addColumn(this.#direction, last, -scale);
        }
      } else {
        this.#moveToEnd(entering);
        this.#active--;
        if (!onObjective) this.#addColumn(this.#direction, this.#active, -this.#column(this.#active, this.#direction));
      }
      if (onObjective) {
        const last = this.#active - 1;
        this.#direction.fill(0);
        this.#addColumn(this.#direction, last, 1 / this.#diagonal[last]!);
      }

      const toEdge = this.#lengthToEdge(radius);
      if (toEdge === undefined) return settled();
      let length = toEdge;
      if (!onObjective) {
        if (isRounding(length, violation)) return settled();
        length = Math.min(length, violation);
      }
      const [step, trial] = [this.#step, this.#trial];
      for (let i = 0; i < n; i++) trial[i] = step[i]! + length * this.#direction[i]!;
      const violationBefore = violation;
      if (!onObjective) {
        violation = 0;
        for (let k = 0; k < this.#active; k++) {
          const row = this.#order[k]!;
          violation = Math.max(violation, this.#residual(row, needed[row]!));
        }
      }
      this.#trialMultipliers(onObjective);
      for (let i = 0; i < n; i++) trial[i] = step[i]! + length * this.#direction[i]!;
      this.#trialSlacks(needed, violation, count);

      // As far as no multiplier or slack would become negative; whose would first enters or leaves next.
      const [slack, trialSlack] = [this.#slack, this.#trialSlack];
      let taken = 1;
      entering = -1;
      for (let k = 0; k < count; k++) {
        if (trialSlack[k]! >= 0) continue;
        const share = slack[k]! / (slack[k]! - trialSlack[k]!);
        if (share < taken) [taken, entering] = [share, k];
      }
      const kept = 1 - taken;
      for (let i = 0; i < n; i++) step[i] = kept * step[i]! + taken * trial[i]!;
      for (let k = 0; k < count; k++) slack[k] = Math.max(0, kept * slack[k]! + taken * trialSlack[k]!);
      if (!onObjective) violation = violationBefore + taken * (violation - violationBefore);
      if (entering < 0) return length === toEdge ? { ended: 'edge', violation } : settled();
    }
  }

  /**
   * Adds the constraint at a position to the active ones, exchanging it for another where its gradient depends on theirs.
   * False where that is not possible.
   */
  #activate(position: number, onObjective: boolean): boolean {
    const [n, basis, diagonal, order, slack] = [this.#n, this.#basis, this.#diagonal, this.#order, this.#slack];
    const row = order[position]!;
    const gradient = this.#trial;
    for (let i = 0; i < n; i++) gradient[i] = this.#gradients[row * n + i]!;
    // Turns the free columns so that only the first of them has a product with the new gradient.
    let total = 0;
    for (let k = n - 1; k >= this.#active; k--) {
      const product = this.#reliableProduct(k, gradient);
      if (total === 0) total = product;
      else {
        const length = Math.sqrt(product * product + total * total);
        const [cos, sin] = [product / length, total / length];
        total = length;
        for (let i = 0; i < n; i++) {
          const a = basis[k * n + i]!;
          const b = basis[(k + 1) * n + i]!;
          basis[k * n + i] = cos * a + sin * b;
          basis[(k + 1) * n + i] = cos * b - sin * a;
        }
      }
    }
    if (total !== 0) {
      diagonal[this.#active] = total;
      slack[position] = slack[this.#active]!;
      slack[this.#active] = 0;
      this.#active++;
    } else if (!this.#exchange(position, row, gradient)) return false;

    const last = this.#active - 1;
    order[position] = order[last]!;
    order[last] = row;
    if (onObjective && row !== this.#m) {
      // The objective stays the last of the active ones.
      this.#swapWithNext(last - 1, row);
      order[last] = order[last - 1]!;
      order[last - 1] = row;
      [slack[last - 1], slack[last]] = [slack[last]!, slack[last - 1]!];
    }
    return true;
  }

  /** Makes room for a gradient that is a combination of active ones, by dropping the one whose multiplier vanishes first. */
  #exchange(position: number, row: number, gradient: Float64Array): boolean {
    const [n, diagonal, order, slack] = [this.#n, this.#diagonal, this.#order, this.#slack];
    const shares = this.#trialSlack;
    let ratio = -1;
    let leaving = -1;
    for (let k = this.#active - 1; k >= 0; k--) {
      const product = this.#reliableProduct(k, gradient);
      shares[k] = 0;
      if (product === 0) continue;
      const share = product / diagonal[k]!;
      shares[k] = share;
      if (share > 0 && order[k]! < this.#m) {
        const until = slack[k]! / share;
        if (ratio < 0 || until < ratio) [ratio, leaving] = [until, k];
      }
      if (k > 0) for (let i = 0; i < n; i++) gradient[i] = gradient[i]! - share * this.#gradients[order[k]! * n + i]!;
    }
    if (ratio < 0) return false;
    for (let k = 0; k < this.#active; k++) slack[k] = Math.max(0, slack[k]! - ratio * shares[k]!);
    this.#moveToEnd(leaving);
    const last = this.#active - 1;
    let product = 0;
    for (let i = 0; i < n; i++) product += this.#basis[last * n + i]! * this.#gradients[row * n + i]!;
    if (product === 0) return false;
    diagonal[last] = product;
    slack[position] = 0;
    slack[last] = ratio;
    return true;
  }

  /** Makes an active constraint the last of the active ones. */
  #moveToEnd(position: number): void {
    const [order, slack] = [this.#order, this.#slack];
    const [row, multiplier] = [order[position]!, slack[position]!];
    for (let k = position; k < this.#active - 1; k++) {
      const next = order[k + 1]!;
      this.#swapWithNext(k, next);
      order[k] = next;
      slack[k] = slack[k + 1]!;
    }
    order[this.#active - 1] = row;
    slack[this.#active - 1] = multiplier;
  }

  /** Turns columns k and k + 1 so that gradient `row`, factored at k + 1, is factored at k. */
  #swapWithNext(k: number, row: number): void {
    const [n, basis, diagonal] = [this.#n, this.#basis, this.#diagonal];
    let product = 0;
    for (let i = 0; i < n; i++) product += basis[k * n + i]! * this.#gradients[row * n + i]!;
    const length = Math.sqrt(product * product + diagonal[k + 1]! * diagonal[k + 1]!);
    const [cos, sin] = [diagonal[k + 1]! / length, product / length];
    diagonal[k + 1] = cos * diagonal[k]!;
    diagonal[k] = length;
    for (let i = 0; i < n; i++) {
      const a = basis[k * n + i]!;
      const b = basis[(k + 1) * n + i]!;
      basis[k * n + i] = cos * b + sin * a;
      basis[(k + 1) * n + i] = cos * a - sin * b;
    }
  }

  /** How far the direction leads from the step to the edge of the ball; undefined at the edge. */
  #lengthToEdge(radius: number): number | undefined {
    let left = radius * radius;
    let along = 0;
    let square = 0;
    for (let i = 0; i < this.#n; i++) {
      const [at, to] = [this.#step[i]!, this.#direction[i]!];
      if (Math.abs(at) >= 1e-6 * radius) left -= at * at;
      along += at * to;
      square += to * to;
    }
    if (left <= 0) return undefined;
    let root = Math.sqrt(square * left);
    if (Math.abs(along) >= 1e-6 * root) root = Math.sqrt(square * left + along * along);
    return left / (root + along);
  }

  /** Multipliers of the active constraints at the trial point, which is used up. */
  #trialMultipliers(onObjective: boolean): void {
    const [n, trial, multipliers] = [this.#n, this.#trial, this.#trialSlack];
    for (let k = this.#active - 1; k >= 0; k--) {
      const multiplier = this.#reliableProduct(k, trial) / this.#diagonal[k]!;
      multipliers[k] = multiplier;
      if (k === 0) break;
      const row = this.#order[k]! * n;
      for (let i = 0; i < n; i++) trial[i] = trial[i]! - multiplier * this.#gradients[row + i]!;
    }
    const last = this.#active - 1;
    if (onObjective && last >= 0) multipliers[last] = Math.max(0, multipliers[last]!);
  }

  /** Slacks of the constraints that are not active at the trial point. */
  #trialSlacks(needed: Float64Array, violation: number, count: number): void {
    const n = this.#n;
    for (let k = this.#active; k < count; k++) {
      const row = this.#order[k]!;
      let sum = violation - needed[row]!;
      let size = violation + Math.abs(needed[row]!);
      for (let i = 0; i < n; i++) {
        const term = this.#gradients[row * n + i]! * this.#trial[i]!;
        sum += term;
        size += Math.abs(term);
      }
      this.#trialSlack[k] = isRounding(size, sum) ? 0 : sum;
    }
  }

  #residual(row: number, needed: number): number {
    let residual = needed;
    for (let i = 0; i < this.#n; i++) residual -= this.#gradients[row * this.#n + i]! * this.#trial[i]!;
    return residual;
  }

  #along(row: number, vector: Float64Array): number {
    let product = 0;
    for (let i = 0; i < this.#n; i++) product += vector[i]! * this.#gradients[row * this.#n + i]!;
    return product;
  }

  #column(k: number, vector: Float64Array): number {
    let product = 0;
    for (let i = 0; i < this.#n; i++) product += vector[i]! * this.#basis[k * this.#n + i]!;
    return product;
  }

  #addColumn(vector: Float64Array, k: number, factor: number): void {
    for (let i = 0; i < this.#n; i++) vector[i] = vector[i]! + factor * this.#basis[k * this.#n + i]!;
  }

  /** Product of column k and a vector; 0 where it may be rounding alone. */
  #reliableProduct(k: number, vector: Float64Array): number {
    const [n, basis] = [this.#n, this.#basis];
    let sum = 0;
    let size = 0;
    for (let i = 0; i < n; i++) {
      const term = basis[k * n + i]! * vector[i]!;
      sum += term;
      size += Math.abs(term);
    }
    return isRounding(size, sum) ? 0 : sum;
  }
}

/** Whether an amount vanishes beside a size even when it is taken tenfold smaller. */
function isRounding(size: number, amount: number): boolean {
  const [tenth, fifth] = [size + 0.1 * Math.abs(amount), size + 0.2 * Math.abs(amount)];
  return size >= tenth || tenth >= fifth;
}
