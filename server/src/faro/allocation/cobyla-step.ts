import { intAt, realAt } from '../../numeric/at.ts';
import { isRounding, Matrix } from '../../numeric/matrix.ts';
import { blend, setSum } from '../../numeric/vector.ts';

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
 * the rows of `basis` are orthonormal, the first ones span the active gradients, and `diagonal[k]` is the product of the
 * k-th active gradient with the k-th row. The objective counts as one more constraint, always the last of the active ones,
 * in the second stage.
 *
 * A solver for n variables and m constraints; it keeps its working memory between calls. Cost of a call: O(n² · (n + m)).
 */
export class LinearStepSolver {
  readonly #n: number;
  readonly #m: number;
  /** n × n. */
  readonly #basis: Matrix;
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
  #gradients: Matrix;

  constructor(variables: number, constraints: number) {
    this.#n = variables;
    this.#m = constraints;
    this.#basis = new Matrix(variables, variables);
    this.#gradients = new Matrix(constraints + 1, variables);
    this.#diagonal = new Float64Array(variables);
    this.#step = new Float64Array(variables);
    this.#trial = new Float64Array(variables);
    this.#direction = new Float64Array(variables);
    this.#order = new Int32Array(constraints + 1);
    this.#slack = new Float64Array(constraints + 1);
    this.#trialSlack = new Float64Array(constraints + 1);
  }

  /**
   * @param gradients (m + 1) × n: constraint k asks for gradient · step >= needed[k]; the last row is the
   *                  direction in which the objective falls.
   * @param needed    by constraint; positive where it is violated at the origin.
   */
  solve(gradients: Matrix, needed: Float64Array, radius: number): LinearStep {
    this.#gradients = gradients;
    this.#active = 0;
    this.#basis.fill(0);
    for (let i = 0; i < this.#n; i++) this.#basis.set(i, i, 1);
    this.#step.fill(0);
    this.#direction.fill(0);

    let violation = 0;
    let entering = -1;
    for (let k = 0; k < this.#m; k++) {
      const missing = realAt(needed, k);
      if (missing > violation) [violation, entering] = [missing, k];
    }
    for (let k = 0; k < this.#m; k++) {
      this.#order[k] = k;
      this.#slack[k] = violation - realAt(needed, k);
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
    const m = this.#m;
    const count = onObjective ? m + 1 : m;
    const settled = (): { ended: 'settled'; violation: number } => ({ ended: 'settled', violation });
    let best = 0;
    let patience = 0;
    let mostActive = 0;
    for (;;) {
      // Three steps in a row without a better value or a larger active set end the stage.
      const value = onObjective ? -this.#gradients.dotRow(m, this.#step) : violation;
      if (patience === 0 || value < best) [best, mostActive, patience] = [value, this.#active, 3];
      else if (this.#active > mostActive) [mostActive, patience] = [this.#active, 3];
      else if (--patience === 0) return settled();

      if (entering >= this.#active) {
        if (!this.#activate(entering, onObjective)) return settled();
        if (!onObjective) {
          const last = this.#active - 1;
          const along = this.#gradients.dotRow(intAt(this.#order, last), this.#direction);
          this.#basis.addRowTo(this.#direction, -((along - 1) / realAt(this.#diagonal, last)), last);
        }
      } else {
        this.#moveToEnd(entering);
        this.#active--;
        if (!onObjective) {
          const along = this.#basis.dotRow(this.#active, this.#direction);
          this.#basis.addRowTo(this.#direction, -along, this.#active);
        }
      }
      if (onObjective) {
        const last = this.#active - 1;
        this.#direction.fill(0);
        this.#basis.addRowTo(this.#direction, 1 / realAt(this.#diagonal, last), last);
      }

      const toEdge = this.#lengthToEdge(radius);
      if (toEdge === undefined) return settled();
      let length = toEdge;
      if (!onObjective) {
        if (isRounding(length, violation)) return settled();
        length = Math.min(length, violation);
      }
      const [step, trial] = [this.#step, this.#trial];
      setSum(trial, step, length, this.#direction);
      const violationBefore = violation;
      if (!onObjective) {
        violation = 0;
        for (let k = 0; k < this.#active; k++) {
          const row = intAt(this.#order, k);
          violation = Math.max(violation, this.#residual(row, realAt(needed, row)));
        }
      }
      this.#trialMultipliers(onObjective);
      setSum(trial, step, length, this.#direction);
      this.#trialSlacks(needed, violation, count);

      // As far as no multiplier or slack would become negative; whose would first enters or leaves next.
      const [slack, trialSlack] = [this.#slack, this.#trialSlack];
      let taken = 1;
      entering = -1;
      for (let k = 0; k < count; k++) {
        const [now, then] = [realAt(slack, k), realAt(trialSlack, k)];
        if (then >= 0) continue;
        const share = now / (now - then);
        if (share < taken) [taken, entering] = [share, k];
      }
      const kept = 1 - taken;
      blend(step, kept, taken, trial);
      for (let k = 0; k < count; k++) {
        slack[k] = Math.max(0, kept * realAt(slack, k) + taken * realAt(trialSlack, k));
      }
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
    const row = intAt(order, position);
    const gradient = this.#trial;
    this.#gradients.copyRow(row, gradient);
    // Turns the free rows so that only the first of them has a product with the new gradient.
    let total = 0;
    for (let k = n - 1; k >= this.#active; k--) {
      const product = this.#basis.dotRowUnlessRounding(k, gradient);
      if (total === 0) total = product;
      else {
        const length = Math.sqrt(product * product + total * total);
        const [cos, sin] = [product / length, total / length];
        total = length;
        basis.rotateRows(k, k + 1, cos, sin);
      }
    }
    if (total !== 0) {
      diagonal[this.#active] = total;
      slack[position] = realAt(slack, this.#active);
      slack[this.#active] = 0;
      this.#active++;
    } else if (!this.#exchange(position, row, gradient)) return false;

    const last = this.#active - 1;
    order[position] = intAt(order, last);
    order[last] = row;
    if (onObjective && row !== this.#m) {
      // The objective stays the last of the active ones.
      this.#swapWithNext(last - 1, row);
      order[last] = intAt(order, last - 1);
      order[last - 1] = row;
      [slack[last - 1], slack[last]] = [realAt(slack, last), realAt(slack, last - 1)];
    }
    return true;
  }

  /** Makes room for a gradient that is a combination of active ones, by dropping the one whose multiplier vanishes first. */
  #exchange(position: number, row: number, gradient: Float64Array): boolean {
    const [diagonal, order, slack] = [this.#diagonal, this.#order, this.#slack];
    const shares = this.#trialSlack;
    let ratio = -1;
    let leaving = -1;
    for (let k = this.#active - 1; k >= 0; k--) {
      const product = this.#basis.dotRowUnlessRounding(k, gradient);
      shares[k] = 0;
      if (product === 0) continue;
      const [share, active] = [product / realAt(diagonal, k), intAt(order, k)];
      shares[k] = share;
      if (share > 0 && active < this.#m) {
        const until = realAt(slack, k) / share;
        if (ratio < 0 || until < ratio) [ratio, leaving] = [until, k];
      }
      if (k > 0) this.#gradients.addRowTo(gradient, -share, active);
    }
    if (ratio < 0) return false;
    for (let k = 0; k < this.#active; k++) slack[k] = Math.max(0, realAt(slack, k) - ratio * realAt(shares, k));
    this.#moveToEnd(leaving);
    const last = this.#active - 1;
    const product = this.#basis.dotRows(last, this.#gradients, row);
    if (product === 0) return false;
    diagonal[last] = product;
    slack[position] = 0;
    slack[last] = ratio;
    return true;
  }

  /** Makes an active constraint the last of the active ones. */
  #moveToEnd(position: number): void {
    const [order, slack] = [this.#order, this.#slack];
    const [row, multiplier] = [intAt(order, position), realAt(slack, position)];
    for (let k = position; k < this.#active - 1; k++) {
      const next = intAt(order, k + 1);
      this.#swapWithNext(k, next);
      order[k] = next;
      slack[k] = realAt(slack, k + 1);
    }
    order[this.#active - 1] = row;
    slack[this.#active - 1] = multiplier;
  }

  /** Turns rows k and k + 1 so that gradient `row`, factored at k + 1, is factored at k. */
  #swapWithNext(k: number, row: number): void {
    const [basis, diagonal] = [this.#basis, this.#diagonal];
    const product = basis.dotRows(k, this.#gradients, row);
    const next = realAt(diagonal, k + 1);
    const length = Math.sqrt(product * product + next * next);
    const [cos, sin] = [next / length, product / length];
    diagonal[k + 1] = cos * realAt(diagonal, k);
    diagonal[k] = length;
    basis.swapRows(k, k + 1);
    basis.rotateRows(k, k + 1, cos, sin);
  }

  /** How far the direction leads from the step to the edge of the ball; undefined at the edge. */
  #lengthToEdge(radius: number): number | undefined {
    let left = radius * radius;
    let along = 0;
    let square = 0;
    for (let i = 0; i < this.#n; i++) {
      const [at, to] = [realAt(this.#step, i), realAt(this.#direction, i)];
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
    const [trial, multipliers] = [this.#trial, this.#trialSlack];
    for (let k = this.#active - 1; k >= 0; k--) {
      const multiplier = this.#basis.dotRowUnlessRounding(k, trial) / realAt(this.#diagonal, k);
      multipliers[k] = multiplier;
      if (k === 0) break;
      this.#gradients.addRowTo(trial, -multiplier, intAt(this.#order, k));
    }
    const last = this.#active - 1;
    if (onObjective && last >= 0) multipliers[last] = Math.max(0, realAt(multipliers, last));
  }

  /** Slacks of the constraints that are not active at the trial point. */
  #trialSlacks(needed: Float64Array, violation: number, count: number): void {
    for (let k = this.#active; k < count; k++) {
      const row = intAt(this.#order, k);
      const missing = realAt(needed, row);
      const [slack, size] = [violation - missing, violation + Math.abs(missing)];
      this.#trialSlack[k] = this.#gradients.dotRowUnlessRounding(row, this.#trial, slack, size);
    }
  }

  #residual(row: number, needed: number): number {
    let residual = needed;
    for (let i = 0; i < this.#n; i++) residual -= this.#gradients.at(row, i) * realAt(this.#trial, i);
    return residual;
  }
}
