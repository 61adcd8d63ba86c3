import { expect, test } from 'vitest';
import { NormalEquations } from '../../../../server/src/faro/forecast/normal-equations.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';

const random = randomStream(3, 'rows');
const rows = Array.from({ length: 40 }, () => Float64Array.of(1, random.normal(), random.normal()));
const target = ([, a, b]: Float64Array): Float64Array => Float64Array.of(3 + 2 * a! - b!, 5 * b!);

function filled(part: readonly Float64Array[]): NormalEquations {
  const equations = new NormalEquations(3, 2);
  for (const row of part) equations.add(row, target(row));
  return equations;
}

test('least squares find the weights that the targets were made with', () => {
  const [weights] = filled(rows).solve([3], 0);
  expect([...weights!].map((weight) => Math.round(weight * 1e6) / 1e6 + 0)).toEqual([3, 0, 2, 0, -1, 5]);
});

test('a regression on fewer features is the one that knows no others', () => {
  const narrow = new NormalEquations(2, 2);
  for (const row of rows) narrow.add(row.subarray(0, 2), target(row));
  const [weights] = filled(rows).solve([2, 3], 0);
  for (const [i, weight] of narrow.solve([2], 0)[0]!.entries()) expect(weights![i]).toBeCloseTo(weight, 6);
});

test('rows are taken away as they were added', () => {
  const without = filled(rows).merge(filled(rows.slice(30)), -1);
  const [weights] = without.solve([3], 4);
  for (const [i, weight] of filled(rows.slice(0, 30)).solve([3], 4)[0]!.entries())
    expect(weights![i]).toBeCloseTo(weight, 9);
});

test('features that never vary get no weight, and no NaN', () => {
  const equations = new NormalEquations(2, 1);
  for (let i = 0; i < 5; i++) equations.add(Float64Array.of(1, 0), Float64Array.of(4));
  const [intercept, weight] = equations.solve([2], 0)[0]!;
  expect(intercept).toBeCloseTo(4);
  expect(weight).toBeCloseTo(0);
});
