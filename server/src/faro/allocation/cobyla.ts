import { LinearStepSolver } from './cobyla-step.ts';
import { addToReal, realAt } from '../../numeric/at.ts';
import { Matrix } from '../../numeric/matrix.ts';
import { addScaled, dot, setSum } from '../../numeric/vector.ts';

/** A function to make small, and what its variables must keep to. */
export interface ConstrainedProblem {
  readonly constraintCount: number;
  /** Gradients of constraints that are all linear, a constraint a row; they are interpolated where absent. */
  readonly constraintGradients?: Matrix;
  /** The value at x; writes the constraints, each of which is kept where it is not negative. */
  evaluate(x: Float64Array, constraints: Float64Array): number;
}

export interface CobylaOptions {
  /** First and last radius of the trust region, in units of the variables. */
  readonly initialRadius: number;
  readonly finalRadius: number;
  /** Evaluations at most. */
  readonly maxEvaluations: number;
}

export interface CobylaResult {
  readonly x: Float64Array;
  readonly value: number;
  /** The largest amount by which a constraint is missed; 0 where all are kept. */
  readonly violation: number;
  readonly evaluations: number;
  /** `rounding`: the simplex became too flat to be computed with. */
  readonly ended: 'converged' | 'maxEvaluations' | 'rounding';
}

/** Powell's constants: how flat and how wide a simplex may be, and how its vertices are replaced. */
const flattest = 0.25;
const widest = 2.1;
const geometryStep = 0.5;
const farVertex = 1.1;

/**
 * Minimises a function under inequality constraints without derivatives: COBYLA (M. J. D. Powell, 1994, "A direct search
 * optimization method that models the objective and constraint functions by linear interpolation").
 *
 * Function and constraints are interpolated linearly on a simplex of n + 1 points; each iteration takes the step that is best
 * for the linear models within a trust region, or improves the shape of the simplex, and the radius is halved when neither
 * helps. Points are compared by value + penalty · violation, with a penalty that only grows until the radius shrinks.
 * The result is a local optimum and depends on the start. Deterministic; O(n² · (n + constraints)) beside each evaluation.
 */
export function cobyla(problem: ConstrainedProblem, start: ArrayLike<number>, options: CobylaOptions): CobylaResult {
  const search = new Search(problem, start, options);
  return search.run();
}

class Search {
  readonly #problem: ConstrainedProblem;
  readonly #options: CobylaOptions;
  readonly #n: number;
  readonly #m: number;
  #radius: number;
  #penalty = 0;
  #evaluations = 0;
  /** The best point so far, from which all else is measured. */
  readonly #pole: Float64Array;
  /** The other n points of the simplex less the pole, one a row; and the inverse of the transposed matrix, one a row. */
  readonly #edges: Matrix;
  readonly #inverse: Matrix;
  /** Constraints, value and violation at each of the n points, then at the pole: (n + 1) × (m + 2). */
  readonly #found: Matrix;
  /** The same at the latest point. */
  readonly #latest: Float64Array;
  readonly #x: Float64Array;
  readonly #gradients: Matrix;
  readonly #needed: Float64Array;
  /** Distance of each point from the face of all others, and from the pole. */
  readonly #heights: Float64Array;
  readonly #lengths: Float64Array;
  readonly #steps: LinearStepSolver;
  /** Scratch space. */
  readonly #shift: Float64Array;
  readonly #total: Float64Array;

  constructor(problem: ConstrainedProblem, start: ArrayLike<number>, options: CobylaOptions) {
    const [n, m] = [start.length, problem.constraintCount];
    this.#problem = problem;
    this.#options = options;
    this.#n = n;
    this.#m = m;
    this.#radius = options.initialRadius;
    this.#pole = Float64Array.from(start);
    this.#x = Float64Array.from(start);
    this.#edges = new Matrix(n, n);
    this.#inverse = new Matrix(n, n);
    this.#found = new Matrix(n + 1, m + 2);
    this.#latest = new Float64Array(m + 2);
    this.#gradients = new Matrix(m + 1, n);
    this.#needed = new Float64Array(m + 1);
    this.#heights = new Float64Array(n);
    this.#lengths = new Float64Array(n);
    this.#shift = new Float64Array(n);
    this.#total = new Float64Array(n);
    this.#steps = new LinearStepSolver(n, m);
  }

  run(): CobylaResult {
    if (!this.#buildSimplex()) return this.#result('maxEvaluations');
    // Whether the next step is one for the shape of the simplex, where that is bad.
    let improvesShape = false;
    for (;;) {
      this.#bestToPole();
      if (this.#inverse.distanceToInverse(this.#edges) > 0.1) return this.#result('rounding');
      this.#interpolate();
      const isWellShaped = this.#measure();
      if (improvesShape && !isWellShaped) {
        const replaced = this.#stepForShape();
        if (!this.#evaluate()) return this.#result('maxEvaluations');
        this.#record(replaced);
        improvesShape = false;
        continue;
      }
      const { step, reachesEdge } = this.#steps.solve(this.#gradients, this.#needed, this.#radius);
      let isLatest = false;
      if (reachesEdge || dot(step, step) >= 0.25 * this.#radius * this.#radius) {
        const outcome = this.#tryStep(step);
        if (outcome === 'anotherPole') continue;
        if (outcome === 'maxEvaluations') return this.#result('maxEvaluations');
        improvesShape = false;
        if (outcome === 'good') continue;
        isLatest = reachesEdge;
      }
      if (!isWellShaped) improvesShape = true;
      else if (this.#radius > this.#options.finalRadius) {
        improvesShape = false;
        this.#shrink();
      } else return this.#result('converged', isLatest);
    }
  }

  /** The start and one point a radius away along each axis; the best of them becomes the pole. */
  #buildSimplex(): boolean {
    const n = this.#n;
    for (let i = 0; i < n; i++) {
      this.#edges.set(i, i, this.#radius);
      this.#inverse.set(i, i, 1 / this.#radius);
    }
    if (!this.#evaluate()) return false;
    this.#record(n);
    for (let j = 0; j < n; j++) {
      addToReal(this.#x, j, this.#radius);
      if (!this.#evaluate()) return false;
      this.#record(j);
      if (this.#valueAt(n) <= realAt(this.#latest, this.#m)) {
        this.#x[j] = realAt(this.#pole, j);
        continue;
      }
      this.#pole[j] = realAt(this.#x, j);
      this.#found.swapRows(j, n);
      for (let k = 0; k <= j; k++) {
        this.#edges.set(k, j, -this.#radius);
        let sum = 0;
        for (let i = k; i <= j; i++) sum -= this.#inverse.at(i, k);
        this.#inverse.set(j, k, sum);
      }
    }
    return true;
  }

  /** False where no evaluation is left. */
  #evaluate(): boolean {
    if (this.#evaluations >= this.#options.maxEvaluations) return false;
    this.#evaluations++;
    const [m, latest] = [this.#m, this.#latest];
    latest[m] = this.#problem.evaluate(this.#x, latest.subarray(0, m));
    let violation = 0;
    for (let k = 0; k < m; k++) violation = Math.max(violation, -realAt(latest, k));
    latest[m + 1] = violation;
    return true;
  }

  /** Makes the point with the least merit the pole. */
  #bestToPole(): void {
    const [n, edges] = [this.#n, this.#edges];
    let best = n;
    let least = this.#merit(n);
    for (let j = 0; j < n; j++) {
      const merit = this.#merit(j);
      if (merit < least) [best, least] = [j, merit];
      else if (merit === least && this.#penalty === 0 && this.#violationAt(j) < this.#violationAt(best)) best = j;
    }
    if (best === n) return;
    this.#found.swapRows(best, n);
    const [shift, total] = [this.#shift, this.#total.fill(0)];
    edges.copyRow(best, shift);
    edges.scaleRow(best, 0);
    addScaled(this.#pole, 1, shift);
    for (let k = 0; k < n; k++) {
      edges.addToRow(k, -1, shift);
      this.#inverse.addRowTo(total, -1, k);
    }
    this.#inverse.setRow(best, total);
  }

  /** Linear models of constraints and objective; the objective's with its sign turned, as the step's solver wants it. */
  #interpolate(): void {
    const [n, m, found, inverse, gradients] = [this.#n, this.#m, this.#found, this.#inverse, this.#gradients];
    const known = this.#problem.constraintGradients;
    gradients.fill(0);
    if (known !== undefined) gradients.values.set(known.values);
    for (let k = 0; k <= m; k++) {
      const atPole = found.at(n, k);
      this.#needed[k] = -atPole;
      if (k < m && known !== undefined) continue;
      for (let j = 0; j < n; j++) {
        const difference = found.at(j, k) - atPole;
        if (difference !== 0) gradients.addRow(k, difference, inverse, j);
      }
    }
    gradients.scaleRow(m, -1);
  }

  /** Heights and lengths of the simplex, and whether it is neither too flat nor too wide. */
  #measure(): boolean {
    const [n, inverse, edges] = [this.#n, this.#inverse, this.#edges];
    let isWellShaped = true;
    for (let j = 0; j < n; j++) {
      const height = 1 / Math.sqrt(inverse.squaredLength(j));
      const length = Math.sqrt(edges.squaredLength(j));
      this.#heights[j] = height;
      this.#lengths[j] = length;
      if (height < flattest * this.#radius || length > widest * this.#radius) isWellShaped = false;
    }
    return isWellShaped;
  }

  /** Moves the worst placed point off the face of the others, to the better side; returns which one. */
  #stepForShape(): number {
    const [n, m] = [this.#n, this.#m];
    let replaced = -1;
    let limit = widest * this.#radius;
    for (let j = 0; j < n; j++) {
      const length = realAt(this.#lengths, j);
      if (length > limit) [replaced, limit] = [j, length];
    }
    if (replaced < 0) {
      for (let j = 0; j < n; j++) {
        const height = realAt(this.#heights, j);
        if (height < limit) [replaced, limit] = [j, height];
      }
    }
    const scale = geometryStep * this.#radius * realAt(this.#heights, replaced);
    const step = new Float64Array(n);
    this.#inverse.addRowTo(step, scale, replaced);
    let [above, below, change] = [0, 0, 0];
    for (let k = 0; k <= m; k++) {
      change = this.#gradients.dotRow(k, step);
      if (k === m) break;
      above = Math.max(above, realAt(this.#needed, k) - change);
      below = Math.max(below, realAt(this.#needed, k) + change);
    }
    if (this.#penalty * (above - below) > 2 * change) for (let i = 0; i < n; i++) step[i] = -realAt(step, i);
    this.#replace(replaced, step);
    this.#stepFromPole(step);
    return replaced;
  }

  /** Evaluates the end of a step and takes it into the simplex where it belongs. */
  #tryStep(step: Float64Array): 'anotherPole' | 'maxEvaluations' | 'good' | 'poor' {
    const [n, m] = [this.#n, this.#m];
    let violation = 0;
    let valueChange = 0;
    for (let k = 0; k <= m; k++) {
      const change = this.#gradients.dotRow(k, step);
      if (k < m) violation = Math.max(violation, realAt(this.#needed, k) - change);
      else valueChange = -change;
    }
    const violationFall = this.#violationAt(n) - violation;
    const sufficient = violationFall > 0 ? valueChange / violationFall : 0;
    if (this.#penalty < 1.5 * sufficient) {
      this.#penalty = 2 * sufficient;
      const merit = this.#merit(n);
      for (let j = 0; j < n; j++) if (this.#merit(j) < merit) return 'anotherPole';
    }
    let predicted = this.#penalty * violationFall - valueChange;
    this.#stepFromPole(step);
    if (!this.#evaluate()) return 'maxEvaluations';
    const [value, violationNow] = [realAt(this.#latest, m), realAt(this.#latest, m + 1)];
    let actual = this.#merit(n) - (value + this.#penalty * violationNow);
    if (this.#penalty === 0 && value === this.#valueAt(n)) {
      predicted = violationFall;
      actual = this.#violationAt(n) - violationNow;
    }
    const replaced = this.#pointToReplace(step, actual);
    if (replaced < 0) return 'poor';
    this.#replace(replaced, step);
    this.#record(replaced);
    return actual > 0 && actual >= 0.1 * predicted ? 'good' : 'poor';
  }

  /** The point whose place the end of a step takes so that the simplex stays full, far ones first; -1 where none does. */
  #pointToReplace(step: Float64Array, actual: number): number {
    const n = this.#n;
    let replaced = -1;
    let most = actual <= 0 ? 1 : 0;
    let far = -1;
    let farthest = farVertex * this.#radius;
    for (let j = 0; j < n; j++) {
      const share = Math.abs(this.#inverse.dotRow(j, step));
      if (share > most) [replaced, most] = [j, share];
      const heightNow = realAt(this.#heights, j);
      const height = share * heightNow;
      if (height < flattest * this.#radius && height < heightNow) continue;
      let distance = realAt(this.#lengths, j);
      if (actual > 0) {
        distance = 0;
        for (let i = 0; i < n; i++) distance += (realAt(step, i) - this.#edges.at(j, i)) ** 2;
        distance = Math.sqrt(distance);
      }
      if (distance > farthest) [far, farthest] = [j, distance];
    }
    return far >= 0 ? far : replaced;
  }

  /** Puts the end of a step in the place of a point, and updates the inverse. */
  #replace(point: number, step: Float64Array): void {
    const inverse = this.#inverse;
    this.#edges.setRow(point, step);
    const scale = inverse.dotRow(point, step);
    inverse.divideRow(point, scale);
    for (let j = 0; j < this.#n; j++) {
      if (j !== point) inverse.addRow(j, -inverse.dotRow(j, step), inverse, point);
    }
  }

  /** Halves the radius; the penalty falls where the constraints' range over the simplex allows it. */
  #shrink(): void {
    const { finalRadius } = this.#options;
    this.#radius *= 0.5;
    if (this.#radius <= 1.5 * finalRadius) this.#radius = finalRadius;
    if (this.#penalty <= 0) return;
    const [n, m] = [this.#n, this.#m];
    let least = 0;
    for (let k = 0; k <= m; k++) {
      let [low, high] = [this.#found.at(n, k), this.#found.at(n, k)];
      for (let j = 0; j < n; j++) {
        low = Math.min(low, this.#found.at(j, k));
        high = Math.max(high, this.#found.at(j, k));
      }
      if (k === m) {
        if (least === 0) this.#penalty = 0;
        else if (high - low < this.#penalty * least) this.#penalty = (high - low) / least;
      } else if (low < 0.5 * high) {
        const range = Math.max(high, 0) - low;
        least = least <= 0 ? range : Math.min(least, range);
      }
    }
  }

  #result(ended: CobylaResult['ended'], isLatest = false): CobylaResult {
    const [n, m] = [this.#n, this.#m];
    const evaluations = this.#evaluations;
    if (isLatest) {
      const [value, violation] = [realAt(this.#latest, m), realAt(this.#latest, m + 1)];
      return { x: this.#x.slice(), value, violation, evaluations, ended };
    }
    return { x: this.#pole.slice(), value: this.#valueAt(n), violation: this.#violationAt(n), evaluations, ended };
  }

  #record(point: number): void {
    this.#found.setRow(point, this.#latest);
  }

  #stepFromPole(step: Float64Array): void {
    setSum(this.#x, this.#pole, 1, step);
  }

  #valueAt(point: number): number {
    return this.#found.at(point, this.#m);
  }

  #violationAt(point: number): number {
    return this.#found.at(point, this.#m + 1);
  }

  #merit(point: number): number {
    return this.#valueAt(point) + this.#penalty * this.#violationAt(point);
  }
}
