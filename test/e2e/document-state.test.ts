/** What a person sees of a document's state around its text: the status bar, the lenses, and which buttons there are. */
import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const serving = readFileSync(new URL('../../examples/serving.berth.yaml', import.meta.url), 'utf8');

const vscode = vscodeForSuite({
  viewport: { width: 1600, height: 1000 },
  // one small job of the same: a spec that is slow to be replayed would only take time here
  files: {
    'small.berth.yaml': serving
      .split('\n    - name: scan-forms')[0]!
      .replace('name: vision', 'name: small')
      .replace('trace: traces/day.csv, column: search-images', 'rate: 10/s'),
  },
});

test('what has nothing to run has no button that would apply it, and says what is missing', async () => {
  const { page, open, clickLens, webviewFrame, closeEverything, screenshot } = vscode();
  for (const [file, missing] of [
    ['gpus', 'serve.command'],
    ['transformer', 'train.module'],
  ] as const) {
    await open(`${file}.berth.yaml`, { lens: 'Preview' });
    const lenses = page.locator('.codelens-decoration');
    await lenses.filter({ hasText: `nothing to run: no ${missing}` }).waitFor();
    expect(await lenses.locator('a', { hasText: /Plan|Apply|nothing/ }).count()).toBe(0);
    await titleButton('Preview').waitFor();
    await titleButton('Apply').waitFor({ state: 'detached' });
    await clickLens('Preview');
    const frame = webviewFrame();
    await frame.getByText(`Add "${missing}"`).waitFor();
    expect(await frame.getByRole('button', { name: /^(Plan|Apply)/ }).count()).toBe(0);
    await screenshot(`state-nothing-to-run-${file}`);
    await closeEverything();
  }
  await open('small.berth.yaml', { lens: 'Apply to local' });
  await titleButton('Apply').waitFor();
});

test('the status bar says what the document would come to, what is wrong with it, and what runs of it', async () => {
  const { page, open, goTo, type, command, closeEverything, webviewFrame, screenshot } = vscode();
  await open('small.berth.yaml', { lens: 'Apply to local' });
  await state('small: 1/1 SLOs met').waitFor();
  const line = serving.split('\n').findIndex((text) => text.includes('objective:')) + 1;
  await goTo(line, 14);
  await type('x');
  await state('1 problem').waitFor();
  await screenshot('state-problem');
  await state('1 problem').click();
  await page.locator('.markers-panel .monaco-list-row', { hasText: 'objective' }).first().waitFor();
  await goTo(line, 15);
  await page.keyboard.press('Backspace');
  await state('small: 1/1 SLOs met').waitFor();
  await command('View: Toggle Panel Visibility');

  // nothing to watch yet: the way there is offered
  await command('Berth: Watch');
  const offer = page.locator('.notification-list-item', { hasText: 'small does not run on local' });
  await offer.getByRole('button', { name: 'Apply to local' }).click();
  await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Apply small to local' }).click();
  await state(/small running: \d\/\d replicas?/).waitFor({ timeout: 120_000 });
  await command('Notifications: Clear All Notifications');
  await screenshot('state-running');

  await state(/small running/).click();
  const frame = webviewFrame();
  await frame.getByRole('heading', { name: 'Live on local' }).waitFor();
  await frame.locator('.live .state-word', { hasText: 'running' }).waitFor();
  await expect.poll(() => frame.locator('.live').evaluate((live) => live.getBoundingClientRect().top >= 0)).toBe(true);
  await page.locator('.tab', { hasText: 'small.berth.yaml' }).waitFor();
  await screenshot('state-watch');

  await frame.getByRole('button', { name: 'Delete…' }).click();
  await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Delete small from local' }).click();
  await state('small: 1/1 SLOs met').waitFor({ timeout: 120_000 });
  await closeEverything();
  await page.locator(STATE).waitFor({ state: 'detached' });
});

const STATE = '[id="berth.berth.berth.state"]';

/** The item of the status bar, once it says this. */
function state(text: string | RegExp): Locator {
  return vscode().page.locator(STATE, { hasText: text });
}

/** A button of the editor's title. */
function titleButton(name: string): Locator {
  return vscode()
    .page.locator('.editor-actions')
    .getByRole('button', { name: new RegExp(`^(Berth: )?${name}`) });
}
