import { describe, expect, test } from 'vitest';
import { cobyla } from '../../../../server/src/faro/allocation/cobyla.ts';
import type { CobylaResult } from '../../../../server/src/faro/allocation/cobyla.ts';
import { Matrix } from '../../../../server/src/numeric/matrix.ts';

type Point = readonly number[];
type Function = (x: Point) => number;

function minimise(
  value: Function,
  constraints: readonly Function[],
  start: Point,
  maxEvaluations = 1000,
): CobylaResult {
  const problem = {
    constraintCount: constraints.length,
    evaluate(x: Float64Array, written: Float64Array): number {
      const point = [...x];
      constraints.forEach((constraint, k) => (written[k] = constraint(point)));
      return value(point);
    },
  };
  return cobyla(problem, start, { initialRadius: 0.5, finalRadius: 1e-4, maxEvaluations });
}

const square = (x: number): number => x * x;

/** Test problems of Powell's report, with what SciPy 1.13.1 (Powell's Fortran) needs and finds from the same start. */
const recorded: {
  name: string;
  value: Function;
  constraints: Function[];
  start: Point;
  x: Point;
  evaluations: number;
}[] = [
  {
    name: 'a quadratic',
    value: ([x, y]) => 10 * square(x! + 1) + square(y!),
    constraints: [],
    start: [1, 1],
    x: [-0.9999334062794549, 0.00023664616272573355],
    evaluations: 61,
  },
  {
    name: 'a product in a disc',
    value: ([x, y]) => x! * y!,
    constraints: [([x, y]) => 1 - square(x!) - square(y!)],
    start: [1, 1],
    x: [0.7070081648838671, -0.7072053978769719],
    evaluations: 46,
  },
  {
    name: 'a product in an ellipsoid',
    value: ([x, y, z]) => x! * y! * z!,
    constraints: [([x, y, z]) => 1 - square(x!) - 2 * square(y!) - 3 * square(z!)],
    start: [1, 1, 1],
    x: [0.5773187067753337, 0.40833887302331334, -0.33327760480200325],
    evaluations: 65,
  },
  {
    name: 'a bent valley',
    value: ([x, y]) => square(square(x!) - y!) + square(1 + x!),
    constraints: [],
    start: [1, 1],
    x: [-0.9996437364120797, 0.9993485805746483],
    evaluations: 155,
  },
  {
    name: 'a steeper valley',
    value: ([x, y]) => 10 * square(square(x!) - y!) + square(1 + x!),
    constraints: [],
    start: [1, 1],
    x: [-0.9910989236182145, 0.9816798989999218],
    evaluations: 699,
  },
  {
    name: 'equation (9.1.15) of Fletcher',
    value: ([x, y]) => -x! - y!,
    constraints: [([x, y]) => y! - square(x!), ([x, y]) => 1 - square(x!) - square(y!)],
    start: [1, 1],
    x: [0.7071083649524802, 0.7071052115598411],
    evaluations: 41,
  },
  {
    name: 'Rosen and Suzuki',
    value: ([a, b, c, d]) => square(a!) + square(b!) + 2 * square(c!) + square(d!) - 5 * a! - 5 * b! - 21 * c! + 7 * d!,
    constraints: [
      ([a, b, c, d]) => 8 - square(a!) - square(b!) - square(c!) - square(d!) - a! + b! - c! + d!,
      ([a, b, c, d]) => 10 - square(a!) - 2 * square(b!) - square(c!) - 2 * square(d!) + a! + d!,
      ([a, b, c, d]) => 5 - 2 * square(a!) - square(b!) - square(c!) - 2 * a! + b! + d!,
    ],
    start: [1, 1, 1, 1],
    x: [-0.00003629933275593096, 0.9999862060380945, 2.0000298771452596, -0.9999669107512659],
    evaluations: 86,
  },
];

describe('COBYLA', () => {
  test.each(recorded)('$name: the path of Powell’s own code', ({ value, constraints, start, x, evaluations }) => {
    const result = minimise(value, constraints, start);
    expect(result.ended).toBe('converged');
    expect(result.evaluations).toBe(evaluations);
    expect(result.value).toBe(value([...result.x]));
    x.forEach((expected, i) => expect(result.x[i]).toBeCloseTo(expected, 6));
  });

  test('three linear pieces over a curved one (Fletcher’s equation 14.4.36), where rounding decides the path', () => {
    const result = minimise(
      ([, , z]) => z!,
      [
        ([x, y, z]) => 5 * x! - y! + z!,
        ([x, y, z]) => z! - square(x!) - square(y!) - 4 * y!,
        ([x, y, z]) => z! - 5 * x! - y!,
      ],
      [1, 1, 1],
    );
    [0, -3, -3].forEach((expected, i) => expect(result.x[i]).toBeCloseTo(expected, 3));
    expect(result.violation).toBeLessThan(1e-6);
  });

  test('known gradients of linear constraints lead where interpolated ones do', () => {
    const evaluate = (x: Float64Array, written: Float64Array): number => {
      written[0] = 2 - x[0]! - x[1]!;
      written[1] = x[1]! - 0.25;
      return square(x[0]! - 3) + square(x[1]! - 1);
    };
    const options = { initialRadius: 1, finalRadius: 1e-6, maxEvaluations: 500 };
    const constraintGradients = Matrix.of(
      [
        [-1, -1],
        [0, 1],
      ],
      2,
    );
    const known = cobyla({ constraintCount: 2, constraintGradients, evaluate }, [0, 0], options);
    const interpolated = cobyla({ constraintCount: 2, evaluate }, [0, 0], options);
    for (const { x } of [known, interpolated]) {
      expect(x[0]).toBeCloseTo(1.75, 4);
      expect(x[1]).toBeCloseTo(0.25, 4);
    }
  });

  test('stops when told to, with the best point so far', () => {
    const value: Function = ([x, y]) => 10 * square(x! + 1) + square(y!);
    for (const limit of [0, 1, 2, 3, 20]) {
      const result = minimise(value, [], [1, 1], limit);
      expect(result.ended).toBe('maxEvaluations');
      expect(result.evaluations).toBe(limit);
      if (limit > 0) expect(result.value).toBeLessThanOrEqual(value([1, 1]));
    }
  });

  test('says by how much constraints that cannot all be kept are missed', () => {
    const result = minimise(([x]) => x!, [([x]) => x! - 1, ([x]) => -1 - x!], [5]);
    expect(result.violation).toBeCloseTo(1, 3);
  });
});
