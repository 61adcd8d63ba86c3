/** The picture of `berth preview --format svg` in a plain browser, in both colour schemes. */
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewSvg } from '../../server/src/cli/picture/preview-picture.ts';
import type { Preview } from '../../server/src/preview/model.ts';
import { startBrowser, type Browser } from './browser.ts';
import { screenshotFile } from './evidence.ts';

const read = (name: string): Preview =>
  JSON.parse(readFileSync(new URL(`../fixtures/previews/${name}.json`, import.meta.url), 'utf8')) as Preview;

let browser: Browser;
let folder = '';
beforeAll(async () => {
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), 'berth-picture-'));
});
afterAll(async () => {
  await browser.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['inference', 'placement', 'federation', 'federation-leaking'])('the picture of %s', (name) => {
  it.each(['light', 'dark'] as const)('opens in a browser and keeps inside its frame: %s', async (colorScheme) => {
    const file = join(folder, `${name}.svg`);
    writeFileSync(file, previewSvg([read(name)]));
    const { page } = browser;
    await page.emulateMedia({ colorScheme });
    await page.goto(pathToFileURL(file).href);
    const { root, width, height, outside, ground } = await page.evaluate(() => {
      const picture = document.documentElement as unknown as SVGSVGElement;
      const [w, h] = [picture.width.baseVal.value, picture.height.baseVal.value];
      const texts = [...document.querySelectorAll('text')];
      return {
        root: picture.localName,
        width: w,
        height: h,
        outside: texts
          .filter((text) => {
            const box = text.getBoundingClientRect();
            return box.left < 0 || box.right > w || box.top < 0 || box.bottom > h;
          })
          .map((text) => text.textContent),
        ground: getComputedStyle(document.querySelector('rect')!).fill,
      };
    });
    expect(root).toBe('svg'); // and no page that tells of a fault in it
    expect(outside).toEqual([]);
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)');
    await page.setViewportSize({ width: Math.ceil(width), height: Math.ceil(height) });
    await page.screenshot({ path: screenshotFile(`picture ${name} ${colorScheme}`) });
  });
});
