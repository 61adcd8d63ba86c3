/** The page of `berth experiment` in a plain browser: in both colour schemes, on a wide screen and on a telephone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experimentPage } from '../../server/src/cli/experiment/experiment-page.ts';
import { POLICIES } from '../../server/src/spec/types.ts';
import { report } from '../unit/cli/experiment-sample.ts';
import { accessibilityFaults } from './accessibility.ts';
import { startBrowser, type Browser } from './browser.ts';
import { screenshotFile } from './evidence.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.stop());

/** Every policy a little better with more replicas, and each a little worse than the one before it. */
const pageFor = (capacities: number[]): string =>
  experimentPage(
    report({ policies: POLICIES, objectives: ['Sum', 'FairSum'], capacities }, ({ policy, capacity, seed }) =>
      Math.min(1, (0.4 * (1 + POLICIES.indexOf(policy) + 0.1 * seed)) / capacity!),
    ),
  );

describe.each([
  ['over capacities', pageFor([16, 32, 36])],
  ['at one capacity', pageFor([16])],
])('an experiment %s', (what, html) => {
  it.each([
    ['light', 1100],
    ['dark', 1100],
    ['light', 360],
    ['dark', 360],
  ] as const)('can be read by everyone: %s, %i px', async (colorScheme, width) => {
    const { page } = browser;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.setContent(html);
    await page.locator('summary').click();
    await page.screenshot({ path: screenshotFile(`experiment ${what} ${colorScheme} ${width}`), fullPage: true });
    expect(await accessibilityFaults(page)).toEqual([]);
    // What is too wide is scrolled where it stands.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
});
