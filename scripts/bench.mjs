// `npm run bench`: runs test/bench/*.bench.ts, prints a table, writes artifacts/bench.json. Arguments: parts of names to run, and
// `--seconds N` for those that measure for as long as one likes.
//
// A file default-exports one of these, or an array, or a function of `{ seconds? }` that returns either:
//   { name, runs?, unit?, reference?: { value, unit, source }, target?: { value, unit }, setup?, run, teardown? }
// `run` gives the measured value in `unit`, or that with details for the JSON file (`{ value, details }`), or nothing: then its own time on
// the wall counts, in ms. One run more goes first, uncounted.
// The exit code says only whether everything ran; a target that is missed is said, and no test depends on the speed of a machine.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './pinned-node.mjs';

/** @typedef {number | {value: number, details: object}} Measured */

/**
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {number} [runs] counted ones, 5 unless said
 * @property {string} [unit] of what `run` gives; ms unless said
 * @property {{value: number, unit: string, source: string}} [reference] what another implementation needs, and where that is written
 * @property {{value: number, unit: string}} [target] the value should be at most this
 * @property {() => Promise<void> | void} [setup]
 * @property {() => Promise<Measured | void> | Measured | void} run
 * @property {() => Promise<void> | void} [teardown]
 */

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {string} unit
 * @property {number} [median]
 * @property {number} [least]
 * @property {number} [most]
 * @property {number} runs
 * @property {Benchmark['reference']} [reference]
 * @property {number} [ratio] reference / median: above 1 is better than the reference
 * @property {Benchmark['target']} [target]
 * @property {boolean} [met]
 * @property {object} [details]
 * @property {string} [error]
 */

/**
 * @param {Benchmark} benchmark
 * @returns {Promise<Result>}
 */
async function measured({ name, runs = 5, unit = 'ms', reference, target, setup, run, teardown }) {
  /** @type {number[]} */
  const values = [];
  /** @type {object | undefined} */
  let details;
  for (const other of [reference?.unit, target?.unit]) {
    if (other !== undefined && other !== unit) throw new Error(`${name}: measured in ${unit}, compared in ${other}`);
  }
  try {
    await setup?.();
    for (let i = -1; i < runs; i++) {
      const start = performance.now();
      const measured = await run();
      const wall = performance.now() - start;
      const value = typeof measured === 'object' ? measured.value : (measured ?? wall);
      if (typeof measured === 'object') details = measured.details;
      if (i >= 0) values.push(value);
    }
  } finally {
    await teardown?.();
  }
  values.sort((a, b) => a - b);
  const median = ((values[(runs - 1) >> 1] ?? NaN) + (values[runs >> 1] ?? NaN)) / 2;
  return {
    name,
    unit,
    median,
    least: values[0],
    most: values.at(-1),
    runs,
    ...(reference && { reference, ratio: reference.value / median }),
    ...(target && { target, met: median <= target.value }),
    ...(details && { details }),
  };
}

/** Three significant digits. @param {number | undefined} value */
function digits(value) {
  if (value === undefined) return '';
  return value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e6)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(3)));
}

/** @param {readonly Result[]} results */
function table(results) {
  const rows = results.map(({ name, unit, median, least, most, target, met, reference, ratio, error }) => [
    name,
    error === undefined ? `${digits(median)} ${unit}` : 'FAILED',
    error === undefined ? `${digits(least)} to ${digits(most)}` : error,
    target ? `${digits(target.value)} ${target.unit} ${met ? 'met' : 'MISSED'}` : '',
    reference ? `${digits(ratio)} × (${digits(reference.value)} ${reference.unit}, ${reference.source})` : '',
  ]);
  const head = ['benchmark', 'median', 'range', 'target', 'against the reference'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const folder = join(root, 'test', 'bench');
const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' } },
});
const seconds = options.seconds === undefined ? undefined : Number(options.seconds);
if (seconds !== undefined && !(seconds > 0)) {
  console.error('--seconds takes a number above 0.');
  process.exit(2);
}
const files = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.bench.ts'))
      .sort()
  : [];
/** @type {Result[]} */
const results = [];
for (const file of files) {
  /** @typedef {Benchmark | readonly Benchmark[]} Some */
  /** @type {{default: Some | ((options: {seconds?: number}) => Some)}} */
  const { default: given } = await import(pathToFileURL(join(folder, file)).href);
  const some = typeof given === 'function' ? given({ ...(seconds !== undefined && { seconds }) }) : given;
  for (const benchmark of /** @type {readonly Benchmark[]} */ ([some].flat())) {
    if (wanted.length > 0 && !wanted.some((part) => `${file} ${benchmark.name}`.includes(part))) continue;
    process.stderr.write(`${benchmark.name}…\n`);
    try {
      results.push(await measured(benchmark));
    } catch (error) {
      results.push({
        name: benchmark.name,
        unit: benchmark.unit ?? 'ms',
        runs: 0,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
if (results.length === 0) {
  console.error(
    files.length === 0 ? 'There is nothing in test/bench.' : `No benchmark is named ${wanted.join(' or ')}.`,
  );
  process.exit(1);
}
const machine = {
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cpu: cpus()[0]?.model.trim(),
  cores: cpus().length,
  memoryBytes: totalmem(),
};
mkdirSync(join(root, 'artifacts'), { recursive: true });
writeFileSync(
  join(root, 'artifacts', 'bench.json'),
  `${JSON.stringify({ at: new Date().toISOString(), machine, results }, null, 2)}\n`,
);
console.log(table(results));
const missed = results.filter(({ met }) => met === false).length;
console.log(
  `\n${results.length} benchmarks, ${missed} target${missed === 1 ? '' : 's'} missed; figures in artifacts/bench.json`,
);
process.exit(results.some(({ error }) => error !== undefined) ? 1 : 0); // exit: a benchmark's leftover handle must not hold it
