/**
 * What an editor asks of a text takes steps in proportion to the text, whatever is wrong with it. Steps are counted, not seconds: the test says
 * the same on every machine.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { LARGE_TEXTS } from './large-texts.ts';
import type { Counted } from './steps-process.ts';

const PROCESS = fileURLToPath(new URL('./steps-process.ts', import.meta.url));
let results: ReadonlyMap<string, Counted>;

/** Steps that a text may take beside those for its letters: a few hundred problems with their words and mends. */
const BESIDE = 4_000_000;
const PER_LETTER = 300;

beforeAll(async () => {
  // The counters of a function lie in its compiled form, which must not be thrown away between two looks.
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-flush-bytecode', PROCESS], {
    maxBuffer: 2 ** 26,
  });
  results = new Map((JSON.parse(stdout) as Counted[]).map((counted) => [counted.name, counted]));
}, 300_000);

describe('the counter', () => {
  it('tells what grows with the square of the text from what grows with the text', () => {
    expect(results.get('linear')?.steeper).toEqual([]);
    expect(results.get('quadratic')?.steeper.join()).toMatch(/samples\.ts quadratic@/);
    expect(results.get('quadraticInside')?.steeper.join()).toMatch(/built-in functions/);
  });

  it('counts the sources and the libraries', () => {
    expect(results.get('half-typed lines')?.steps).toBeGreaterThan(100_000);
    expect(results.get('anchors')?.steps).toBeGreaterThan(100_000);
  });
});

describe('every feature takes steps in proportion to the text', () => {
  it.each(LARGE_TEXTS.map(({ name }) => name))('%s', (name) => {
    const { steps, letters, steeper } = results.get(name)!;
    expect(steeper).toEqual([]);
    expect(steps).toBeLessThan(BESIDE + PER_LETTER * letters);
  });
});
