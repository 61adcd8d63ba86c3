/** What fuzzing once found stays found. */
import { expect, it } from 'vitest';
import { crashes, HANG_MS, judge } from '../../fuzz/fuzz.ts';
import { TARGETS } from '../../fuzz/targets.ts';

/** A machine under tests may be this much slower than one that fuzzes. */
const SLOWER = 10;

it.each(Array.from(crashes(), ([file, { target, input }]) => ({ file, target, input })))(
  '$file',
  async ({ target: name, input }) => {
    const target = TARGETS.find((one) => one.name === name);
    expect(target, 'a fixture of a target that there is').toBeDefined();
    expect(await judge(target!, input, SLOWER * HANG_MS)).not.toHaveProperty('stack');
  },
);
