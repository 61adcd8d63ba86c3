/** A process that counts the steps for each large text, and prints as JSON what `linear.test.ts` judges. */
import { LARGE_TEXTS } from './large-texts.ts';
import { allSteps, StepCounter, steeperThanLinear } from './step-counter.ts';

export interface Counted {
  readonly name: string;
  readonly letters: number;
  /** For the larger of the two texts. */
  readonly steps: number;
  readonly steeper: readonly string[];
}

/** Of the smaller text; the larger has twice as many. */
const OFTEN = 160;

const counter = new StepCounter((url) => /\/(?:server\/src|node_modules|test\/unit\/linear\/samples)/.test(url));
// What is imported before the counter begins is not counted by blocks.
const { everyFeature } = await import('./features.ts');
const samples = await import('./samples.ts');

function counted(name: string, text: (n: number) => string, from: number, work: (text: string) => void): Counted {
  const [half, whole] = [text(from), text(2 * from)];
  const before = counter.of(() => work(half));
  const after = counter.of(() => work(whole));
  return {
    name,
    letters: whole.length,
    steps: allSteps(after),
    steeper: steeperThanLinear(before, after, whole.length),
  };
}

// Once before it counts: what is made once a process is no part of any text.
for (const { text, path } of LARGE_TEXTS) everyFeature(text(3), path);
const results = [
  ...Object.entries(samples).map(([name, work]) => counted(name, (n) => 'a'.repeat(n), OFTEN, work)),
  ...LARGE_TEXTS.map(({ name, path, text, from = OFTEN }) =>
    counted(name, text, from, (large) => everyFeature(large, path)),
  ),
];
process.stdout.write(JSON.stringify(results));
