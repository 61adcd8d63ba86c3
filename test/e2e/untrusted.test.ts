/** A workspace that nobody has said to trust: everything is shown, nothing is run, until it is trusted. */
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const vscode = vscodeForSuite({ untrusted: true, viewport: { width: 1600, height: 1000 } });

test('a spec is checked and previewed, and not applied; trust is asked for, and then it can be', async () => {
  const { page, open, clickLens, command, goTo, waitSquiggle, waitNoSquiggle, webviewFrame, workers, screenshot } =
    vscode();
  await open('serving.berth.yaml', { lens: 'Apply to local' });
  await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  await goTo(3, 1);
  await page.keyboard.type('x');
  await waitSquiggle();
  await page.keyboard.press('Backspace');
  await waitNoSquiggle();

  await clickLens('Preview');
  const frame = webviewFrame();
  await frame.getByRole('table', { name: 'Jobs', exact: true }).getByText('sort-mail').first().waitFor();
  await screenshot('untrusted-preview');

  await clickLens('Apply to local');
  const notification = page.locator('.notification-list-item', { hasText: 'Apply needs a trusted workspace' }).first();
  await notification.waitFor();
  expect(await notification.innerText()).toMatch(/runs the commands that a spec names/);
  expect(await page.locator('.monaco-dialog-box').count()).toBe(0);
  await screenshot('untrusted-apply');
  await command('Berth: Show Status');
  await page.getByText('This workspace is not trusted').first().waitFor();
  expect(workers()).toEqual([]);

  await notification.getByRole('button', { name: 'Manage Workspace Trust' }).click();
  await page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).first().click();
  await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor({ state: 'detached' });
  await page.getByText('Nothing is deployed.').first().waitFor();
  await open('serving.berth.yaml', { lens: 'Apply to local' });
  await clickLens('Apply to local');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByRole('button', { name: 'Apply vision to local' }).waitFor();
  // nothing of the refusal is left in the view
  expect((await page.locator('.pane-body .message').allInnerTexts()).filter((text) => text !== '')).toEqual([]);
  await screenshot('untrusted-granted');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(workers()).toEqual([]);
});
