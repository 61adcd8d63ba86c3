// The file NOTICE: the licences of what is bundled, as each of them asks.

/**
 * @param {readonly import('./shipped-packages.mjs').ShippedPackage[]} packages
 * @returns {string} packages with one text stand above it together
 */
export function noticeOf(packages) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const { name, version, text } of packages) {
    const title = `${name} ${version}`;
    const same = names.get(text);
    if (same === undefined) names.set(text, [title]);
    else if (!same.includes(title)) same.push(title);
  }
  const parts = Array.from(names, ([text, titles]) => `${titles.join('\n')}\n${'-'.repeat(72)}\n${text}\n`);
  return `Berth\nIts own licence is in the file LICENSE. The packaged extension contains the following packages, each under its own licence.\n\n\n${parts.join('\n\n')}`;
}
