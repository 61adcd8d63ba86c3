// `npm test`: all tests on the pinned Node, with what they need installed first. Arguments go on to vitest.
// The last line is `N passed, N failed`; in CI a skipped test is a failed one.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { bootstrap } from './bootstrap.mjs';
import { ensuredChromium } from './chromium.mjs';
import { ensuredClusters } from './clusters/install.mjs';
import { pinnedNode, environmentOf, root } from './pinned-node.mjs';
import { ensuredDebianPyTorch } from './pytorch/debian.mjs';
import { ensuredPyTorch } from './pytorch/install.mjs';
import { ensuredRay } from './ray/install.mjs';

const inCi = process.env.CI === 'true' || process.env.CI === '1';

/** @type {number | undefined} */
let vitest;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => vitest !== undefined && process.kill(vitest, signal));
}

const given = process.argv.slice(2);
const chosen = projectsIn(given);
const extra = [];
/** @type {string[]} */
const remarks = [];
if (wants('e2e')) {
  const missing = await missingForE2e();
  if (missing !== undefined) {
    if (inCi || missing.fault) remarks.push(`no end-to-end test could run: ${missing.says}`);
    else console.log(`\nSKIPPED: the end-to-end tests. ${missing.says}\n`);
    if (chosen.length > 0 && chosen.every((project) => project === 'e2e')) finish(0, 0);
    if (chosen.length === 0) extra.push('--project=!e2e');
  }
}

if (wants('pytorch')) {
  for (const { variable, found } of [
    { variable: 'BERTH_PYTORCH', found: await ensuredPyTorch(console.log) },
    { variable: 'BERTH_OLD_PYTORCH', found: await ensuredDebianPyTorch(console.log) },
  ]) {
    if ('path' in found) process.env[variable] = found.path;
    else {
      delete process.env[variable]; // "install" is no Python
      if (inCi) remarks.push(`tests with PyTorch could not run: ${found.missing}`);
      else console.log(`\nSKIPPED: tests with PyTorch. ${found.missing}\n`);
    }
  }
}

// the servers take ten minutes to build: only who names this project has it (`vitest.config.ts`)
if (chosen.includes('clusters')) {
  process.env.BERTH_RAY ||= 'install';
  for (const { variable, found } of [
    { variable: 'BERTH_CLUSTERS', found: await ensuredClusters(console.log) },
    { variable: 'BERTH_RAY', found: await ensuredRay(console.log) },
  ]) {
    if ('missing' in found) {
      remarks.push(`no test with a cluster could run: ${found.missing}`);
      finish(0, 0);
    }
    process.env[variable] = found.path;
  }
} else delete process.env.BERTH_CLUSTERS;

const folder = mkdtempSync(join(tmpdir(), 'berth-test-'));
const report = join(folder, 'report.json');
mkdirSync(join(root, 'artifacts'), { recursive: true });
const code = await run([...given, ...extra]);
const { passed, failed, skipped } = outcome(code);
rmSync(folder, { recursive: true, force: true });
for (const name of skipped) console.log(`skipped: ${name}`);
if (inCi && skipped.length > 0) remarks.push(`${skipped.length} tests were skipped, which CI does not allow`);
finish(passed, failed + (inCi ? skipped.length : 0));

/**
 * @param {number} passed @param {number} failed
 * @returns {never}
 */
function finish(passed, failed) {
  for (const remark of remarks) console.error(`FAILED: ${remark}`);
  const all = failed + (remarks.length > 0 && failed === 0 ? 1 : 0);
  console.log(`${passed} passed, ${all} failed`);
  process.exit(all === 0 ? 0 : 1);
}

/**
 * Builds the bundles and finds or installs the browser, which only end-to-end tests need: all others run from the sources.
 * @returns {Promise<{says: string, fault: boolean} | undefined>} what is missing; a fault is one of ours, not of the machine
 */
async function missingForE2e() {
  try {
    await bootstrap();
  } catch (error) {
    return { says: error instanceof Error ? error.message : String(error), fault: true };
  }
  const browser = ensuredChromium(console.log);
  if ('missing' in browser) return { says: browser.missing, fault: false };
  process.env.BERTH_CHROMIUM = browser.path;
  return undefined;
}

/** The projects asked for by name. @param {readonly string[]} args */
function projectsIn(args) {
  return args.flatMap((arg, i) =>
    arg.startsWith('--project=') ? [arg.slice('--project='.length)] : args[i - 1] === '--project' ? [arg] : [],
  );
}

/** Whether a project would run: all do, except where some are named or it is left out. @param {string} project */
function wants(project) {
  if (chosen.includes(`!${project}`)) return false;
  return chosen.length === 0 || chosen.some((name) => name.startsWith('!') || name === project || name.includes('*'));
}

/** @param {readonly string[]} args @returns {Promise<number>} vitest's exit code */
function run(args) {
  const script = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const node = pinnedNode();
  return new Promise((resolve) => {
    const child = spawn(node, [script, 'run', ...reporters, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: environmentOf(node),
    });
    vitest = child.pid;
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * @typedef {{status: string, fullName: string}} Assertion
 * @typedef {{name: string, status: string, message?: string, assertionResults: Assertion[]}} TestFile
 */

/** @param {number} code */
function outcome(code) {
  /** @type {{testResults: TestFile[]}} */
  let results = { testResults: [] };
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    remarks.push('vitest ended without a report');
  }
  const tests = results.testResults.flatMap((file) => file.assertionResults);
  const failedTests = tests.filter(({ status }) => status === 'failed').length;
  // a file that does not even load has no failed test in it, and yet has failed
  const failedFiles = results.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const failed = failedTests + failedFiles;
  if (failed === 0 && code !== 0 && remarks.length === 0)
    remarks.push('every test passed, but the run did not: see the errors above');
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed,
    skipped: tests.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ fullName }) => fullName),
  };
}
