import { afterAll, beforeAll, expect, test } from 'vitest';
import { allThemes, startWebviewPage, type WebviewPage } from './webview-page.ts';

let preview: WebviewPage;
beforeAll(async () => {
  preview = await startWebviewPage();
});
afterAll(async () => {
  await preview?.stop();
});

test.each(allThemes)('without a document the page says what to do, for everyone, in the theme %s', async (theme) => {
  await preview.load({ theme, width: 360 });
  await preview.send({
    type: 'show',
    ref: null,
    file: '',
    target: '',
    page: { state: 'empty', reason: 'no-document' },
  });
  expect(await preview.page.locator('#page').innerText()).toMatch(/\w+/);
  await preview.screenshot(`preview-empty-${theme}`);
  expect(await preview.accessibilityFaults()).toEqual([]);
});
