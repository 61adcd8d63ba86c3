// `npm run fuzz`: every target of test/fuzz/targets.ts with random inputs, in as many threads as are wanted. What is found is made small,
// written to test/fuzz/crashes/, and from then on run by the tests. Figures go to artifacts/fuzz.json.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './pinned-node.mjs';

const usage = `npm run fuzz -- [options]
  --time T      how long: 30s, 10m, 2h (default: 60s)
  --inputs N    at most so many inputs of each target
  --seed N      begins with this seed (default: from the clock); it is printed
  --target T    only this one; may be repeated
  --threads N   default: as many as there are processors
  --help        this text`;

/** @param {string} text */
function milliseconds(text) {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text) ?? [];
  if (amount === undefined) throw new Error(`--time ${text} is no time such as 60s.`);
  return Number(amount) * { s: 1000, m: 60_000, h: 3_600_000 }[/** @type {'s' | 'm' | 'h'} */ (unit ?? 's')];
}

/** @param {string} name @param {string} text */
function count(name, text) {
  if (!/^\d{1,15}$/.test(text) || Number(text) < 1) throw new Error(`--${name} ${text} is no number above 0.`);
  return Number(text);
}

/**
 * @typedef {{ms: number, inputs: number, seed: number, targets: string[], threads?: number}} Options
 * @returns {Options | undefined} nothing where only help is wanted
 */
function options() {
  const { values } = parseArgs({
    options: {
      time: { type: 'string', default: '60s' },
      inputs: { type: 'string' },
      seed: { type: 'string', default: String((Date.now() % 2 ** 31) + 1) },
      target: { type: 'string', multiple: true, default: [] },
      threads: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    ms: milliseconds(values.time),
    inputs: values.inputs === undefined ? Infinity : count('inputs', values.inputs),
    seed: count('seed', values.seed),
    targets: values.target,
    ...(values.threads !== undefined && { threads: count('threads', values.threads) }),
  };
}

try {
  const wanted = options();
  if (wanted === undefined) console.log(usage);
  else {
    /** @type {{campaign: (options: Options) => Promise<number>}} */
    const { campaign } = await import(pathToFileURL(join(root, 'test', 'fuzz', 'campaign.ts')).href);
    process.exitCode = await campaign(wanted);
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  process.exitCode = 2;
}
