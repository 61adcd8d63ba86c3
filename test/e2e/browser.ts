/**
 * A headless Chromium in a profile of its own, which is gone afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type BrowserContext, type Page } from 'playwright-core';
import { chromium } from '../../scripts/chromium.mjs';

export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  stop(): Promise<void>;
}

/** Starts the browser that `npm test` found or installed. */
export async function startBrowser(viewport = { width: 1280, height: 800 }): Promise<Browser> {
  const executablePath = chromium();
  if (executablePath === undefined)
    throw new Error('no Chromium here: npm test installs one, or name it in BERTH_CHROMIUM');
  const profile = mkdtempSync(join(tmpdir(), 'berth-browser-'));
  const context = await playwright.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport,
    args: [
      '--no-sandbox', // containers, and root, have no user namespaces for it; only our own pages are opened
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(30_000);
  return {
    context,
    page,
    async stop() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
