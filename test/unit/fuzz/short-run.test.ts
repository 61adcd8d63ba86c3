/** Each parser with a few hundred inputs from fixed seeds; `npm run fuzz` takes the time for more. */
import { expect, it } from 'vitest';
import { fuzz, HANG_MS } from '../../fuzz/fuzz.ts';
import { TARGETS } from '../../fuzz/targets.ts';

const quick = TARGETS.filter(({ isSlow }) => !isSlow);

/** A machine under tests may be this much slower than one that fuzzes. */
const SLOWER = 10;

it.each(quick.map((target) => ({ name: target.name, target })))('$name', async ({ target }) => {
  const { inputs, found } = await fuzz(target, { seed: 20261129, inputs: 300, ms: 600, hangMs: SLOWER * HANG_MS });
  expect(inputs).toBeGreaterThan(0);
  expect(found.map(({ signature, stack, input }) => ({ signature, stack, input: input.slice(0, 1000) }))).toEqual([]);
});
