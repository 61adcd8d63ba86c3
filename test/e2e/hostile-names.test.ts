/** The preview page with names that are made to deceive: it draws them as names, runs nothing, and asks nobody for anything. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Preview } from '../../server/src/lsp/protocol.ts';
import { HOSTILE_NAMES, swapped } from '../fixtures/hostile-names.ts';
import { startWebviewPage } from './webview-page.ts';
import type { WebviewPage } from './webview-page.ts';

const recorded = ['inference', 'placement', 'placement-opened', 'federation'].map(
  (name) => JSON.parse(readFileSync(new URL(`../fixtures/previews/${name}.json`, import.meta.url), 'utf8')) as Preview,
);

let at: WebviewPage;
const asked: string[] = [];
beforeAll(async () => {
  at = await startWebviewPage();
  at.page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  at.page.on('request', (request) => asked.push(request.url()));
});
afterAll(async () => {
  await at?.stop();
});

test.each(Object.entries(HOSTILE_NAMES))('a name of %s is drawn as a name', async (_, name) => {
  for (const preview of recorded) {
    await at.load({ theme: 'dark' });
    asked.length = 0;
    const hostile = swapped(preview, name) as Preview;
    const ref = { uri: 'file:///specs/a.berth.yaml', document: 0 };
    await at.send({
      type: 'show',
      ref,
      file: 'a.berth.yaml',
      target: 'local',
      page: { state: 'ready', preview: hostile },
    });
    const heading = at.page.locator('h1');
    await expect.poll(async () => (await heading.textContent())?.length ?? 0).toBeGreaterThan(0);
    const strange = await at.page.evaluate(() => ({
      elements: document.querySelectorAll('body script:not([nonce]), img, iframe, object, embed, a[href]').length,
      handlers: [...document.querySelectorAll('*')].filter((element) =>
        element.getAttributeNames().some((attribute) => attribute.startsWith('on')),
      ).length,
    }));
    expect(strange).toEqual({ elements: 0, handlers: 0 });
    expect(asked).toEqual([]);
  }
});
