/** From the plan to what runs and back, by the buttons a person has: real processes, in a state folder of the session's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const example = (file: string): string => readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8');

const vscode = vscodeForSuite({
  viewport: { width: 1600, height: 1000 },
  files: {
    // a shorter run of the same
    'training.berth.yaml': example('training.berth.yaml').replace('steps: 200', 'steps: 60'),
  },
});

const SLOW = 120_000;

test('models are served: planned, applied, asked, changed, rolled back and deleted', async () => {
  const { page, open, clickLens, webviewFrame, command, rewrite, workers, screenshot } = vscode();
  await open('serving.berth.yaml', { lens: 'Apply to local' });

  await clickLens('Plan');
  await planned('vision', [/Apply\svision\son\slocal/, /Nothing\sof\sit\sis\slive\syet/, /\+\sjob\ssearch-images/]);
  await screenshot('deploy-plan');
  await notification(/\d+ changes? to vision on local/).waitFor();
  await command('Notifications: Clear All Notifications');

  await open('serving.berth.yaml', { lens: 'Apply to local' });
  await clickLens('Apply to local');
  await page.locator('.monaco-dialog-box').waitFor();
  await screenshot('deploy-question');
  const progress = notification(/Apply vision to local/).waitFor();
  await confirm('Apply vision to local?', 'Apply vision to local');
  await progress;
  await screenshot('deploy-progress');
  await notification(/vision is applied to local as revision 1/).waitFor({ timeout: SLOW });
  await lens(/running: \d+\/\d+ replicas/).waitFor();
  expect(workers('InferenceCluster/vision').length).toBeGreaterThanOrEqual(3);
  await screenshot('deploy-running');

  await command('Berth: Show Status');
  const row = (name: RegExp): Locator => page.getByRole('treeitem', { name });
  await row(/^vision, InferenceCluster, running/).waitFor();
  await row(/^sort-mail, 1\/1 replicas/).waitFor();

  await open('serving.berth.yaml');
  await command('Berth: Preview');
  const frame = webviewFrame();
  const running = frame.getByRole('table', { name: 'Jobs as they run' });
  await running.waitFor();
  const address = await running.getByRole('row').filter({ hasText: 'search-images' }).locator('code').innerText();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const answer = await fetch(new URL('classify', address), {
    method: 'POST',
    body: readFileSync(join(vscode().workspace, 'data/seven.json')),
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ digit: 7 });
  await frame.getByText('Requests and restarts', { exact: true }).click();
  const counts = frame.getByRole('table', { name: 'Requests and restarts of each job' });
  await counts.getByRole('row', { name: /^search-images\s+1\s/ }).waitFor();
  await screenshot('deploy-answered');

  await rewrite('serving.berth.yaml', 'min: 1, max: 5', 'min: 3, max: 5');
  await clickLens('Plan');
  await planned('vision', [/Revision\s1\sis\slive/, /scan-forms.*min.*\s1\s→\s3/]);
  await screenshot('deploy-plan-of-a-change');
  await notification(/changes? to vision on local/)
    .getByRole('button', { name: 'Apply vision to local' })
    .click();
  await notification(/vision is applied to local as revision 2/).waitFor({ timeout: SLOW });
  await row(/^scan-forms, [345]\/[345] replicas/).waitFor();
  await command('Notifications: Clear All Notifications');

  await open('serving.berth.yaml');
  await command('Berth: Roll Back…');
  const choice = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Revision 1' });
  await choice.waitFor();
  await screenshot('deploy-roll-back');
  await choice.click();
  await confirm('Roll vision back to revision 1 on local?', 'Roll vision back to revision 1 on local');
  await notification(/vision is rolled back on local, as revision 3/).waitFor({ timeout: SLOW });
  await frame.locator('.live-line', { hasText: 'revision 3' }).waitFor();
  await command('Notifications: Clear All Notifications');

  await deleted('InferenceCluster/vision');
});

test('a network trains over its devices until it is done, measured beside predicted', async () => {
  const { page, open, clickLens, command, webviewFrame, screenshot } = vscode();
  await command('Berth: Show Status');
  await open('training.berth.yaml', { lens: 'Apply to local' });
  await command('Berth: Preview');
  const frame = webviewFrame();
  await frame.getByRole('heading', { level: 1, name: 'digits' }).waitFor();
  await clickLens('Apply to local');
  await confirm('Apply digits to local?', 'Apply digits to local');
  await lens(/^running: /).waitFor({ timeout: SLOW });
  await frame.locator('.live-summary', { hasText: 'running' }).waitFor();
  await screenshot('deploy-training');
  await page.getByRole('treeitem', { name: /^gpu0, \d+ nodes/ }).waitFor();
  await frame.locator('.state-word', { hasText: 'completed' }).waitFor({ timeout: SLOW });
  await page.getByRole('treeitem', { name: /^training, step 60 of 60, loss [\d.]+/ }).waitFor();
  const times = frame.getByRole('table', { name: 'Predicted and measured times' });
  expect(await times.getByRole('row', { name: /Forward pass/ }).innerText()).toMatch(
    /Forward pass\s+[\d.]+ m?s\s+[\d.]+ m?s\s+[\d.]+ ×/,
  );
  await lens(/^completed: step 60\/60/).waitFor();
  await screenshot('deploy-training-completed');
  await deleted('TrainingPlacement/digits');
});

test('nine sites average their models to the same weights, bit by bit', async () => {
  const { page, open, clickLens, command, webviewFrame, screenshot } = vscode();
  await command('Berth: Show Status');
  await open('federation.berth.yaml', { lens: 'Apply to local' });
  await command('Berth: Preview');
  const frame = webviewFrame();
  await frame.getByRole('heading', { level: 1, name: 'hospitals' }).waitFor();
  await clickLens('Apply to local');
  await confirm('Apply hospitals to local?', 'Apply hospitals to local');
  await frame.locator('.live-summary', { hasText: /^running: round [1-7]\/8, accuracy/ }).waitFor({ timeout: SLOW });
  await screenshot('deploy-federation');
  await frame.locator('.state-word', { hasText: 'completed' }).waitFor({ timeout: SLOW });
  await page.getByRole('treeitem', { name: /^training, round 8 of 8/ }).waitFor();
  await frame.getByText('all sites hold the same weights').waitFor();
  await lens(/^completed: round 8\/8/).waitFor();
  const digests = await frame.getByRole('table', { name: 'Sites as they run' }).locator('code').allInnerTexts();
  expect(digests).toHaveLength(9);
  expect(digests[0]).toMatch(/^[0-9a-f]{12}$/);
  expect(new Set(digests).size).toBe(1);
  await screenshot('deploy-federation-completed');
  await deleted('Federation/hospitals');
});

/** A code lens with that title. */
function lens(title: string | RegExp): Locator {
  return vscode().page.locator('.codelens-decoration a', { hasText: title }).first();
}

/** A notification with that text. */
function notification(text: RegExp): Locator {
  return vscode().page.locator('.notification-list-item', { hasText: text }).first();
}

/** Waits for the plan's document, with each of these in a line of it. */
async function planned(name: string, lines: readonly RegExp[]): Promise<void> {
  const { page } = vscode();
  await page.locator('.tab.active', { hasText: `${name}.plan.diff` }).waitFor();
  for (const line of lines) await page.locator('.view-line', { hasText: line }).first().waitFor();
}

/** Answers the one question, by the button that names what is done and where. */
async function confirm(question: string, button: string): Promise<void> {
  const dialog = vscode().page.locator('.monaco-dialog-box');
  await dialog.getByText(question).waitFor();
  await dialog.getByRole('button', { name: button, exact: true }).click();
}

/** Deletes from the tree, and waits until nothing of it is left: no row, no lens, no process. */
async function deleted(deployment: string): Promise<void> {
  const name = deployment.split('/')[1]!;
  const { page, command, workers, screenshot } = vscode();
  await command('Berth: Show Status');
  const row = page.getByRole('treeitem', { name: new RegExp(`^${name}, `) });
  await row.hover();
  await row.getByRole('button', { name: 'Delete' }).click();
  await confirm(`Delete ${name} from local?`, `Delete ${name} from local`);
  await notification(new RegExp(`${name} is deleted from local`)).waitFor({ timeout: SLOW });
  await row.waitFor({ state: 'detached' });
  await lens(/^(running|completed|degraded|stopping): /).waitFor({ state: 'detached' });
  await expect.poll(() => workers(deployment), { timeout: 20_000 }).toEqual([]);
  await screenshot(`deploy-${name}-deleted`);
  await command('Notifications: Clear All Notifications');
  await vscode().closeEverything();
}
