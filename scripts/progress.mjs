// Says what takes over a second: the line appears when it begins to be long, and is completed with the time it took.
import process from 'node:process';

/**
 * Runs `work`; where it takes over a second, prints `what…` and, when done, how long it took.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @param {NodeJS.WritableStream} [out]
 * @returns {Promise<T>}
 */
export async function announced(what, work, out = process.stdout) {
  const start = performance.now();
  let said = false;
  const timer = setTimeout(() => {
    said = true;
    out.write(`${what}…\n`);
  }, 1000);
  try {
    const result = await work();
    if (said) out.write(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}
