/**
 * `npm run test:faults`: kills Berth's processes, or the power of all, at many points, and looks after the next command what became of it.
 *
 *     --points N     at least so many; 240 unless said
 *     --seed N       the same points again, as far as the same steps are taken; drawn and printed unless said
 *     --jobs N       so many at once; as many as the machine has processors unless said
 *     --point TEXT   this one alone, as a line of an earlier run names it
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SUBJECTS, type SubjectName } from './deployments.ts';
import { drawPoints, type Stretch } from './draw.ts';
import { countSteps, OPERATIONS, pointOf, pointText, runPoint, type Outcome, type Point } from './point.ts';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '240' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    jobs: { type: 'string', default: String(availableParallelism()) },
    point: { type: 'string' },
  },
});

/** Does something with each of many, some at once; the results in their order. */
async function each<T, R>(all: readonly T[], act: (one: T, index: number) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length) {
      const index = next++;
      results[index] = await act(all[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  return results;
}

async function stretches(): Promise<readonly Stretch[]> {
  const pairs = (Object.keys(SUBJECTS) as SubjectName[]).flatMap((subject) =>
    OPERATIONS.map((operation) => ({ subject, operation })),
  );
  const counted = await each(pairs, ({ subject, operation }) => countSteps(subject, operation));
  return pairs.flatMap((pair, i) => [...counted[i]!].map(([role, steps]) => ({ ...pair, role, steps })));
}

function tell(point: Point, { fired, flaws }: Outcome, number: string): void {
  const where = fired ? `${fired.what.replace(/\/\S*\/disk\//, '')}` : 'after the last step';
  console.log(`${number} ${flaws.length === 0 ? 'ok' : 'FAILED'} ${pointText(point)}: ${where}`);
  for (const flaw of flaws) console.log(`    ${flaw}`);
}

async function main(): Promise<number> {
  if (values.point !== undefined) {
    const outcome = await runPoint(pointOf(values.point));
    tell(pointOf(values.point), outcome, '1/1');
    return outcome.flaws.length;
  }
  const began = performance.now();
  console.log(`seed ${values.seed}`);
  const found = await stretches();
  for (const { subject, operation, role, steps } of found)
    console.log(`${subject} ${operation}: ${role} takes ${steps} steps`);
  const points = drawPoints(found, Number(values.points), Number(values.seed));
  const outcomes = await each(points, async (point, i) => {
    const outcome = await runPoint(point);
    tell(point, outcome, `${i + 1}/${points.length}`);
    return outcome;
  });
  const failed = points.filter((_, i) => outcomes[i]!.flaws.length > 0);
  if (failed.length > 0) console.log('\nAgain, one by one:');
  for (const point of failed) console.log(`  npm run test:faults -- --point ${pointText(point)}`);
  const late = outcomes.filter(({ fired }) => !fired).length;
  const minutes = Math.round((performance.now() - began) / 60_000);
  console.log(`\n${points.length} points (${late} of them after the last step) in ${minutes} min, seed ${values.seed}`);
  console.log(`${points.length - failed.length} passed, ${failed.length} failed`);
  return failed.length;
}

process.exit((await main()) === 0 ? 0 : 1);
