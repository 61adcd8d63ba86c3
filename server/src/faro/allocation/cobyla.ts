import { LinearStepSolver } from './cobyla-step.ts';

/** A function to make small, and what its variables must keep to. */
export interface ConstrainedProblem {
  readonly constraintCount: number;
  /** Gradients of constraints that are all linear, a constraint a row; they are interpolated where absent. */
  readonly constraintGradients?: Float64Array;
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
  readonly #edges: Float64Array;
  readonly #inverse: Float64Array;
  /** Constraints, value and violation at each of the n points, then at the pole: (n + 1) × (m + 2). */
  readonly #found: Float64Array;
  /** The same at the latest point. */
  readonly #latest: Float64Array;
  readonly #x: Float64Array;
  readonly #gradients: Float64Array;
  readonly #needed: Float64Array;
  /** Distance of each point from the face of all others, and from the pole. */
  readonly #heights: Float64Array;
  readonly #lengths: Float64Array;
  readonly #steps: LinearStepSolver;

  constructor(problem: ConstrainedProblem, start: ArrayLike<number>, options: CobylaOptions) {
    const [n, m] = [start.length, problem.constraintCount];
    this.#problem = problem;
    this.#options = options;
    this.#n = n;
    this.#m = m;
    this.#radius = options.initialRadius;
    this.#pole = Float64Array.from(start);
    this.#x = Float64Array.from(start);
    this.#edges = new Float64Array(n * n);
    this.#inverse = new Float64Array(n * n);
    this.#found = new Float64Array((n + 1) * (m + 2));
    this.#latest = new Float64Array(m + 2);
    this.#gradients = new Float64Array((m + 1) * n);
    this.#needed = new Float64Array(m + 1);
    this.#heights = new Float64Array(n);
    this.#lengths = new Float64Array(n);
    this.#steps = new LinearStepSolver(n, m);
  }

  run(): CobylaResult {
    if (!this.#buildSimplex()) return this.#result('maxEvaluations');
    // Whether the next step is one for the shape of the simplex, where that is bad.
    let improvesShape = false;
    for (;;) {
      this.#bestToPole();
      if (this.#inverseError() > 0.1) return this.#result('rounding');
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
      if (reachesEdge || squaredLength(step) >= 0.25 * this.#radius * this.#radius) {
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
      this.#edges[i * n + i] = this.#radius;
      this.#inverse[i * n + i] = 1 / this.#radius;
    }
    if (!this.#evaluate()) return false;
    this.#record(n);
    for (let j = 0; j < n; j++) {
      this.#x[j] = this.#x[j]! + this.#radius;
      if (!this.#evaluate()) return false;
      this.#record(j);
      if (this.#valueAt(n) <= this.#latest[this.#m]!) {
        this.#x[j] = this.#pole[j]!;
        continue;
      }
      this.#pole[j] = this.#x[j]!;
      this.#swapFound(j, n);
      for (let k = 0; k <= j; k++) {
        this.#edges[k * n + j] = -this.#radius;
        let sum = 0;
        for (let i = k; i <= j; i++) sum -= this.#inverse[i * n + k]!;
        this.#inverse[j * n + k] = sum;
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
    for (let k = 0; k < m; k++) violation = Math.max(violation, -latest[k]!);
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
    this.#swapFound(best, n);
    for (let i = 0; i < n; i++) {
      const shift = edges[best * n + i]!;
      edges[best * n + i] = 0;
      this.#pole[i] = this.#pole[i]! + shift;
      for (let k = 0; k < n; k++) edges[k * n + i] = edges[k * n + i]! - shift;
      let sum = 0;
      for (let k = 0; k < n; k++) sum -= this.#inverse[k * n + i]!;
      this.#inverse[best * n + i] = sum;
    }
  }

  /** How far `inverse` is from being one. */
  #inverseError(): number {
    const [n, inverse, edges] = [this.#n, this.#inverse, this.#edges];
    let error = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = i === j ? -1 : 0;
        for (let k = 0; k < n; k++) sum += inverse[i * n + k]! * edges[j * n + k]!;
        error = Math.max(error, Math.abs(sum));
      }
    }
    return error;
  }

  /** Linear models of constraints and objective; the objective's with its sign turned, as the step's solver wants it. */
  #interpolate(): void {
    const [n, m, found, inverse, gradients] = [this.#n, this.#m, this.#found, this.#inverse, this.#gradients];
    const width = m + 2;
    const known = this.#problem.constraintGradients;
    gradients.fill(0);
    if (known !== undefined) gradients.set(known);
    for (let k = 0; k <= m; k++) {
      const atPole = found[n * width + k]!;
      this.#needed[k] = -atPole;
      if (k < m && known !== undefined) continue;
      const row = k * n;
      for (let j = 0; j < n; j++) {
        const difference = found[j * width + k]! - atPole;
        if (difference === 0) continue;
        const from = j * n;
        for (let i = 0; i < n; i++) gradients[row + i] = gradients[row + i]! + difference * inverse[from + i]!;
      }
    }
    for (let i = 0; i < n; i++) gradients[m * n + i] = -gradients[m * n + i]!;
  }

  /** Heights and lengths of the simplex, and whether it is neither too flat nor too wide. */
  #measure(): boolean {
    const [n, inverse, edges] = [this.#n, this.#inverse, this.#edges];
    let isWellShaped = true;
    for (let j = 0; j < n; j++) {
      let height = 0;
      let length = 0;
      for (let i = j * n; i < (j + 1) * n; i++) {
        height += inverse[i]! * inverse[i]!;
        length += edges[i]! * edges[i]!;
      }
      this.#heights[j] = 1 / Math.sqrt(height);
      this.#lengths[j] = Math.sqrt(length);
      if (this.#heights[j]! < flattest * this.#radius || this.#lengths[j]! > widest * this.#radius) {
        isWellShaped = false;
      }
    }
    return isWellShaped;
  }

  /** Moves the worst placed point off the face of the others, to the better side; returns which one. */
  #stepForShape(): number {
    const [n, m] = [this.#n, this.#m];
    let replaced = -1;
    let limit = widest * this.#radius;
    for (let j = 0; j < n; j++) if (this.#lengths[j]! > limit) [replaced, limit] = [j, this.#lengths[j]!];
    if (replaced < 0) {
      for (let j = 0; j < n; j++) if (this.#heights[j]! < limit) [replaced, limit] = [j, this.#heights[j]!];
    }
    const scale = geometryStep * this.#radius * this.#heights[replaced]!;
    const step = new Float64Array(n);
    for (let i = 0; i < n; i++) step[i] = scale * this.#inverse[replaced * n + i]!;
    let [above, below, change] = [0, 0, 0];
    for (let k = 0; k <= m; k++) {
      change = this.#alongGradient(k, step);
      if (k === m) break;
      above = Math.max(above, this.#needed[k]! - change);
      below = Math.max(below, this.#needed[k]! + change);
    }
    if (this.#penalty * (above - below) > 2 * change) for (let i = 0; i < n; i++) step[i] = -step[i]!;
    this.#replace(replaced, step);
    for (let i = 0; i < n; i++) this.#x[i] = this.#pole[i]! + step[i]!;
    return replaced;
  }

  /** Evaluates the end of a step and takes it into the simplex where it belongs. */
  #tryStep(step: Float64Array): 'anotherPole' | 'maxEvaluations' | 'good' | 'poor' {
    const [n, m] = [this.#n, this.#m];
    let violation = 0;
    let valueChange = 0;
    for (let k = 0; k <= m; k++) {
      const left = this.#needed[k]! - this.#alongGradient(k, step);
      if (k < m) violation = Math.max(violation, left);
      else valueChange = -this.#alongGradient(k, step);
    }
    const violationFall = this.#violationAt(n) - violation;
    const sufficient = violationFall > 0 ? valueChange / violationFall : 0;
    if (this.#penalty < 1.5 * sufficient) {
      this.#penalty = 2 * sufficient;
      const merit = this.#merit(n);
      for (let j = 0; j < n; j++) if (this.#merit(j) < merit) return 'anotherPole';
    }
    let predicted = this.#penalty * violationFall - valueChange;
    for (let i = 0; i < n; i++) this.#x[i] = this.#pole[i]! + step[i]!;
    if (!this.#evaluate()) return 'maxEvaluations';
    const [value, violationNow] = [this.#latest[m]!, this.#latest[m + 1]!];
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
      const share = Math.abs(this.#alongInverse(j, step));
      if (share > most) [replaced, most] = [j, share];
      const height = share * this.#heights[j]!;
      if (height < flattest * this.#radius && height < this.#heights[j]!) continue;
      let distance = this.#lengths[j]!;
      if (actual > 0) {
        distance = 0;
        for (let i = 0; i < n; i++) distance += (step[i]! - this.#edges[j * n + i]!) ** 2;
        distance = Math.sqrt(distance);
      }
      if (distance > farthest) [far, farthest] = [j, distance];
    }
    return far >= 0 ? far : replaced;
  }

  /** Puts the end of a step in the place of a point, and updates the inverse. */
  #replace(point: number, step: Float64Array): void {
    const [n, edges, inverse] = [this.#n, this.#edges, this.#inverse];
    const row = point * n;
    let scale = 0;
    for (let i = 0; i < n; i++) {
      edges[row + i] = step[i]!;
      scale += inverse[row + i]! * step[i]!;
    }
    for (let i = 0; i < n; i++) inverse[row + i] = inverse[row + i]! / scale;
    for (let j = 0; j < n; j++) {
      if (j === point) continue;
      const share = this.#alongInverse(j, step);
      for (let i = 0; i < n; i++) inverse[j * n + i] = inverse[j * n + i]! - share * inverse[row + i]!;
    }
  }

  /** Halves the radius; the penalty falls where the constraints' range over the simplex allows it. */
  #shrink(): void {
    const { finalRadius } = this.#options;
    this.#radius *= 0.5;
    if (this.#radius <= 1.5 * finalRadius) this.#radius = finalRadius;
    if (this.#penalty <= 0) return;
    const [n, m] = [this.#n, this.#m];
    const width = m + 2;
    let least = 0;
    for (let k = 0; k <= m; k++) {
      let [low, high] = [this.#found[n * width + k]!, this.#found[n * width + k]!];
      for (let j = 0; j < n; j++) {
        low = Math.min(low, this.#found[j * width + k]!);
        high = Math.max(high, this.#found[j * width + k]!);
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
      return { x: this.#x.slice(), value: this.#latest[m]!, violation: this.#latest[m + 1]!, evaluations, ended };
    }
    return { x: this.#pole.slice(), value: this.#valueAt(n), violation: this.#violationAt(n), evaluations, ended };
  }

  #record(point: number): void {
    this.#found.set(this.#latest, point * (this.#m + 2));
  }

  #swapFound(a: number, b: number): void {
    const [found, width] = [this.#found, this.#m + 2];
    for (let k = 0; k < width; k++) {
      [found[a * width + k], found[b * width + k]] = [found[b * width + k]!, found[a * width + k]!];
    }
  }

  #valueAt(point: number): number {
    return this.#found[point * (this.#m + 2) + this.#m]!;
  }

  #violationAt(point: number): number {
    return this.#found[point * (this.#m + 2) + this.#m + 1]!;
  }

  #merit(point: number): number {
    return this.#valueAt(point) + this.#penalty * this.#violationAt(point);
  }

  #alongGradient(row: number, step: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.#n; i++) sum += this.#gradients[row * this.#n + i]! * step[i]!;
    return sum;
  }

  #alongInverse(row: number, step: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.#n; i++) sum += this.#inverse[row * this.#n + i]! * step[i]!;
    return sum;
  }
}

function squaredLength(step: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < step.length; i++) sum += step[i]! * step[i]!;
  return sum;
}
