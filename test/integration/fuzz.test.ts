/** What listens or is started, with a few conversations each from fixed seeds; `npm run fuzz` takes the time for more. */
import { beforeAll, expect, it } from 'vitest';
import { bootstrap } from '../../scripts/bootstrap.mjs';
import { fuzz } from '../fuzz/fuzz.ts';
import { TARGETS } from '../fuzz/targets.ts';

beforeAll(async () => {
  await bootstrap(); // the language server and the command are run as they are built
});

it.each(TARGETS.filter(({ isSlow }) => isSlow).map((target) => ({ name: target.name, target })))(
  '$name',
  async ({ target }) => {
    const { inputs, found } = await fuzz(target, { seed: 20261129, inputs: 200, ms: 1500 });
    expect(inputs).toBeGreaterThan(0);
    expect(found.map(({ signature, stack, input }) => ({ signature, stack, input: input.slice(0, 1000) }))).toEqual([]);
  },
);
