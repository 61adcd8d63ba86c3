/** What a newcomer lands on: the playground of `npm start`, which asks the extension to open an example. */
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const vscode = vscodeForSuite({
  viewport: { width: 1600, height: 1000 },
  files: { '.vscode/settings.json': JSON.stringify({ 'berth.openAtStart': 'serving.berth.yaml' }) },
});

test('a newcomer lands on a spec that runs, its preview beside it and the walkthrough a tab away; once', async () => {
  const { page, webviewFrame, closeEverything, command, open, screenshot } = vscode();
  await webviewFrame().getByRole('heading', { level: 1, name: 'vision' }).waitFor();
  await page.locator('.codelens-decoration', { hasText: /Apply to local/ }).waitFor();
  await page.locator('.tab.active', { hasText: 'serving.berth.yaml' }).waitFor();
  const walkthrough = page.locator('.tab', { hasText: /Welcome|Walkthrough/ }); // VS Code's name for it
  await walkthrough.waitFor();
  await screenshot('start-newcomer');

  await walkthrough.click();
  await page.getByText('Serve models within their SLOs').first().waitFor();
  await screenshot('start-walkthrough');

  // what was open is there again, and what was closed is not
  const reload = async (): Promise<void> => {
    const gone = page.waitForEvent('load');
    await command('Developer: Reload Window').catch(() => {}); // the page goes before the palette has closed
    await gone;
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  };
  await page.locator('.tab', { hasText: 'serving.berth.yaml' }).click();
  await reload();
  await webviewFrame().getByRole('heading', { level: 1, name: 'vision' }).waitFor();
  await walkthrough.waitFor();
  await closeEverything();
  await reload();
  await open('serving.berth.yaml', { lens: 'Preview' });
  await page.locator('[id="berth.berth.berth.state"]', { hasText: '3/3 SLOs met' }).waitFor();
  expect(await page.locator('.tab').count()).toBe(1);
});
