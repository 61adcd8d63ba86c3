/** The preview panel in a real VS Code: it follows the text, the text follows it, and what it asks is done. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const vscode = vscodeForSuite({ viewport: { width: 1600, height: 1000 } });

/** The line, from 1, on which a text stands in a file of the workspace. */
function lineOf(file: string, text: string): number {
  const lines = readFileSync(join(vscode().workspace, file), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(text));
  expect(at, `${file} has no ${text}`).toBeGreaterThanOrEqual(0);
  return at + 1;
}

/** Opens a file from the explorer, and waits for a code lens: the editor must keep the focus until it has come. */
async function open(file: string, lens = 'Preview'): Promise<void> {
  const { page } = vscode();
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: file }).dblclick();
  await page.locator('.tab.active', { hasText: file }).first().waitFor();
  await page.locator('.codelens-decoration a', { hasText: lens }).first().waitFor();
}

test('the panel shows what the document would do, and both follow each other', async () => {
  const { page, clickLens, webviewFrame, screenshot } = vscode();
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text()) && /webview\.(js|css)/.test(message.text()))
      violations.push(message.text());
  });
  await open('serving.berth.yaml', 'Preview');
  await clickLens('Preview');
  const frame = webviewFrame();
  await frame.getByRole('heading', { level: 1, name: 'vision' }).waitFor();
  await frame.getByRole('table', { name: 'Jobs', exact: true }).getByText('sort-mail').first().waitFor();
  await screenshot('panel-inference');

  // picture → text, without taking the focus
  await frame.getByRole('table', { name: 'Jobs', exact: true }).getByRole('button', { name: 'scan-forms' }).click();
  const line = lineOf('serving.berth.yaml', '- name: scan-forms');
  await page.locator('.active-line-number', { hasText: new RegExp(`^${line}$`) }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('IFRAME');

  // text → picture
  await page.locator('.view-line', { hasText: /processingTime:\s10ms/ }).click();
  await frame.locator('tr.chosen button.row-name[aria-pressed="true"]', { hasText: 'sort-mail' }).waitFor();

  // another file
  await open('federation.berth.yaml');
  await frame.getByText('Groups, iteration after iteration').waitFor();
  await screenshot('panel-federation');
  await open('training.berth.yaml');
  await frame.getByText('Devices over one step').waitFor();
  await screenshot('panel-placement');
  expect(await page.locator('iframe.webview.ready').count()).toBe(1);
  expect(violations).toEqual([]);
});

test('a what-if is kept as text, and a mistake keeps the last picture', async () => {
  const { page, clickLens, webviewFrame, goTo, type, closeEverything, screenshot } = vscode();
  await closeEverything();
  await open('serving.berth.yaml', 'Preview');
  await clickLens('Preview');
  const frame = webviewFrame();
  const capacity = frame.getByRole('slider', { name: 'Capacity, what if' });
  await capacity.focus();
  await page.keyboard.press('ArrowRight');
  await frame.getByText('capacity 6 → 7 replicas?').waitFor();
  await frame.locator('.delta, .ghost-line').first().waitFor({ state: 'attached' });
  await frame.getByRole('button', { name: 'Keep' }).click();
  await page.locator('.view-line', { hasText: /replicas:\s7/ }).waitFor();
  await frame.getByText('What if').waitFor({ state: 'detached' });
  await screenshot('panel-kept');

  await page.locator('.view-line', { hasText: 'objective' }).first().click();
  await goTo(lineOf('serving.berth.yaml', 'objective:'), 14);
  await type('x');
  await frame.getByRole('alert').waitFor();
  await frame.getByText('the last picture before this problem').waitFor();
  await screenshot('panel-problem');
  await page.keyboard.press('Backspace');
  await frame.getByRole('alert').waitFor({ state: 'detached' });
});

test('apply shows its plan, asks once by name, and what runs stands beside the text until it is deleted', async () => {
  const { page, clickLens, webviewFrame, command, closeEverything, screenshot } = vscode();
  await closeEverything();
  await open('serving.berth.yaml', 'Apply to local');
  await command('Berth: Preview');
  const frame = webviewFrame();
  await frame.getByRole('heading', { level: 1, name: 'vision' }).waitFor();
  await clickLens('Apply to local');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('Apply vision to local?').waitFor();
  await screenshot('apply-asked');
  await dialog.getByRole('button', { name: 'Apply vision to local' }).click();
  await frame.getByRole('heading', { name: 'Live on local' }).waitFor({ timeout: 60_000 });
  await frame.locator('.live .state-word', { hasText: 'running' }).waitFor({ timeout: 60_000 });
  await screenshot('apply-live');

  await command('Berth: Show Status');
  await page.getByRole('treeitem', { name: /^vision, InferenceCluster/ }).waitFor();
  await page.getByRole('treeitem', { name: /^sort-mail, \d\/\d replicas/ }).waitFor();
  await screenshot('apply-tree');

  await frame.getByRole('button', { name: 'Delete…' }).click();
  await dialog.getByText('Delete vision from local?').waitFor();
  await dialog.getByRole('button', { name: 'Delete vision from local' }).click();
  await frame.getByRole('heading', { name: 'Live on local' }).waitFor({ state: 'detached', timeout: 60_000 });
  await page.getByText('Nothing is deployed.').first().waitFor();
  await screenshot('apply-deleted');
});
