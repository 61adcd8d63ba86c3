/** What a person sees while typing a spec: what is wrong and its mend, what the keys are, what it would come to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const vscode = vscodeForSuite();

test('the lenses and the hints stand beside the text', async () => {
  const { page, open, screenshot } = vscode();
  await open('serving.berth.yaml', { lens: 'Preview' });
  await page.locator('.codelens-decoration', { hasText: /^Preview.*Plan.*Apply to local.*3\/3 SLOs met$/ }).waitFor();
  expect(await page.locator('#status\\.editor\\.mode').innerText()).toBe('Berth Spec');
  const hints = page.locator('.view-line', { hasText: /→\s\d+\sreplicas?,\s[\d.]+\sms/ });
  await hints.first().waitFor();
  await expect.poll(() => hints.count()).toBe(3);
  await screenshot('typing-hints');
});

test('a misspelt key is underlined, named in the Problems panel, and mended by its quick fix', async () => {
  const { page, goTo, type, waitSquiggle, waitNoSquiggle, problem, screenshot } = vscode();
  const { line, column } = place('latency: 150ms');
  await goTo(line, column + 'lat'.length);
  await page.keyboard.press('Delete');
  expect(await waitSquiggle()).toBe(1);
  const row = await problem('latncy');
  expect(row).toContain('BERTH1004');
  expect(row).toContain('latency');
  await screenshot('typing-problem');

  await goTo(line, column + 1);
  await page.keyboard.press('Control+Period');
  const fix = page.locator('.action-widget .monaco-list-row', { hasText: 'latency' }).first();
  await fix.waitFor();
  await screenshot('typing-quick-fix');
  await page.keyboard.press('Enter');
  await page.locator('.view-line', { hasText: /slo:\s{\slatency:\s150ms/ }).waitFor();
  await waitNoSquiggle();
  await page.locator('.markers-panel', { hasText: 'No problems' }).waitFor();

  // what the engines say of sense, not of spelling, is found as well: nobody can answer in less time than one request takes
  await goTo(line, column + 'latency: 15'.length);
  await page.keyboard.press('Delete');
  expect(await problem(/search-images/)).toMatch(/BERTH2\d\d\d/);
  await screenshot('typing-impossible-slo');
  await goTo(line, column + 'latency: 15'.length);
  await type('0');
  await waitNoSquiggle();
});

test('a hover on a job shows sentence and table before it is cut, and its utility as a picture below them', async () => {
  const { page, hover, screenshot } = vscode();
  const shown = await hover(/^scan-forms$/, /has 4 replicas/);
  const picture = shown.locator('img[src^="data:image/svg+xml"]').first();
  await picture.waitFor();
  expect(await picture.getAttribute('alt')).toMatch(/\w+ .*\w+/);
  expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  const [frame, table, image] = await Promise.all([
    shown.boundingBox(),
    shown.locator('table').boundingBox(),
    picture.boundingBox(),
  ]);
  expect(table!.y + table!.height).toBeLessThan(frame!.y + frame!.height);
  expect(image!.y).toBeGreaterThan(table!.y);
  await screenshot('typing-hover');
  await page.keyboard.press('Escape');

  // a curve that would be a flat line is a sentence
  const flat = await hover(/^search-images$/, /One replica already meets the SLO/);
  expect(await flat.locator('img').count()).toBe(0);
  await screenshot('typing-hover-flat');
  await page.keyboard.press('Escape');
});

test('completion offers the keys that are missing, with what they mean, and writes one', async () => {
  const { page, goTo, type, waitNoSquiggle, screenshot } = vscode();
  const { line } = place('priority: 2');
  await goTo(line, 18);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+Space');
  const offers = page.locator('.suggest-widget .monaco-list-row');
  await offers.filter({ hasText: 'resources' }).waitFor();
  // there already, above and below
  for (const key of ['slo', 'workload', 'serve'])
    expect(await offers.filter({ hasText: new RegExp(`^${key}`) }).count()).toBe(0);
  await screenshot('typing-completion');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+K'); // the line that was begun for it

  const policy = place('policy: faro');
  await goTo(policy.line, policy.column + 'policy: '.length);
  for (let i = 0; i < 4; i++) await page.keyboard.press('Delete');
  await page.keyboard.press('Control+Space');
  await offers.filter({ hasText: 'fairShare' }).first().waitFor();
  await type('fair');
  await offers.filter({ hasText: 'fairShare' }).first().waitFor();
  await page.keyboard.press('Tab');
  await page.locator('.view-line', { hasText: /policy:\sfairShare/ }).waitFor();
  await waitNoSquiggle();
});

/** Where a text stands in the example as it is on disk, from 1. */
function place(text: string): { line: number; column: number } {
  const before = readFileSync(join(vscode().workspace, 'serving.berth.yaml'), 'utf8').split(text)[0]!.split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
