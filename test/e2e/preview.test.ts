/** The pictures of the panel in a real VS Code: a graph that is walked, opened and pinned; sites in their groups, and what too many iterations would tell. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FrameLocator } from 'playwright-core';
import { vscodeForSuite } from './vscode.ts';

const vscode = vscodeForSuite({ viewport: { width: 1600, height: 1000 } });

test('the graph is selected by click and by keys, in the text too, and a node is pinned into it', async () => {
  const { page, screenshot } = vscode();
  const frame = await preview('training.berth.yaml', 'digits');
  await expect.poll(() => frame.locator('[data-box]').count()).toBe(32);
  expect(await frame.locator('.sentence').innerText()).toMatch(/ms for one step/);

  await frame.locator('[data-box="node:stem/pool"]').click({ position: { x: 12, y: 3 } }); // beside its name
  await frame.getByRole('region', { name: 'Selected: stem/pool' }).waitFor();
  await page.locator('.active-line-number', { hasText: /^8$/ }).waitFor(); // graph: graphs/digits.graph.yaml
  await screenshot('preview-node-by-click');

  await frame.locator('[data-box="node:stem/pool"]').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Space');
  const before = frame.getByRole('region', { name: 'Selected: stem/conv-relu' });
  await before.waitFor();
  await screenshot('preview-node-by-keys');

  const here = /on (gpu\d)/.exec(
    (await frame.locator('[data-box="node:stem/conv-relu"]').getAttribute('aria-label')) ?? '',
  )![1]!;
  const there = ['gpu0', 'gpu1', 'gpu2'].find((device) => device !== here)!;
  await before.getByRole('button', { name: `Pin to ${there}` }).click();
  await frame.getByText(`stem/conv-relu on ${there}?`).waitFor();
  await frame.locator(`[data-box="node:stem/conv-relu"][aria-label*="on ${there}"]`).waitFor();
  await screenshot('preview-pin');
  await frame.getByRole('button', { name: 'Keep' }).click();
  await page.locator('.view-line', { hasText: new RegExp(`stem/conv-relu:\\s${there}`) }).waitFor();
  await frame.getByText('What if').waitFor({ state: 'detached' });

  // and the other way round: a device in the text is a device in the picture
  await page.locator('.view-line', { hasText: /name:\sgpu/ }).click();
  await frame.locator('.legend button[aria-pressed="true"]', { hasText: 'gpu0' }).waitFor();
});

test('a large graph is folded; a group opens, and closes again', async () => {
  const { page, screenshot } = vscode();
  const frame = await preview('transformer.berth.yaml', 'transformer');
  const boxes = frame.locator('[data-box]');
  await boxes.first().waitFor();
  const folded = await boxes.count();
  expect(folded).toBeLessThanOrEqual(300);
  await screenshot('preview-folded');

  const group = frame.locator('[data-box][aria-label*="Enter opens"]').first();
  const id = await group.getAttribute('data-box');
  await group.focus();
  await page.keyboard.press('Enter');
  const opened = frame.getByRole('navigation', { name: 'Opened groups' });
  await opened.waitFor();
  await expect.poll(() => boxes.count()).toBeGreaterThan(folded);
  // the focus has gone into what was opened
  await expect.poll(() => frame.locator('[data-box]:focus').count()).toBe(1);
  await screenshot('preview-opened');
  await page.keyboard.press('Escape');
  await opened.waitFor({ state: 'detached' });
  await frame.locator(`[data-box="${id}"]:focus`).waitFor();
  expect(await boxes.count()).toBe(folded);
});

test('a graph file that changes on disk is read again, and what is wrong in it is said with its line', async () => {
  const { workspace, closeEverything, open, problem, waitNoSquiggle } = vscode();
  await closeEverything();
  await open('training.berth.yaml', { lens: 'Preview' });
  await waitNoSquiggle();
  const graph = join(workspace, 'graphs/digits.graph.yaml');
  const sound = readFileSync(graph, 'utf8');
  writeFileSync(graph, sound.replace('compute: 166us', 'compute: fast'));
  const line = sound.slice(0, sound.indexOf('compute: 166us')).split('\n').length;
  expect(await problem(/fast is not a duration/)).toContain(`See line ${line} of graphs/digits.graph.yaml.`);
  writeFileSync(graph, sound);
  await waitNoSquiggle();
});

test('sites stand in groups that are new each iteration, and too many iterations are called what they are', async () => {
  const { page, rewrite, waitSquiggle, screenshot } = vscode();
  const frame = await preview('federation.berth.yaml', 'hospitals');
  const iterations = frame.locator('.iteration svg');
  await expect.poll(() => iterations.count()).toBeGreaterThanOrEqual(2);
  const labels = await iterations.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  const partitions = labels.map((label) =>
    label
      .replace(/^Iteration \d+: /, '')
      .split('; ')
      .map((members) => members.split(', ')),
  );
  const met = new Set<string>();
  for (const groups of partitions.slice(0, 2)) {
    expect(groups.map((members) => members.length)).toEqual([3, 3, 3]);
    expect(new Set(groups.flat()).size).toBe(9);
    for (const [a, b, c] of groups)
      for (const pair of [`${a} ${b}`, `${a} ${c}`, `${b} ${c}`]) {
        expect(met.has(pair), `${pair} meet twice`).toBe(false);
        met.add(pair);
      }
  }
  await iterations
    .first()
    .getByRole('button', { name: /^lake:/ })
    .click();
  await page.locator('.view-line:has(> span)', { hasText: /name:\slake/ }).waitFor();
  await frame.locator('.site.selected', { hasText: 'lake' }).first().waitFor();
  await screenshot('preview-site');

  expect(await frame.locator('.sentence').innerText()).toMatch(/none of them learns more than the mean/);
  await rewrite('federation.berth.yaml', 'iterations: 2', 'iterations: 5');
  await waitSquiggle();
  await frame.locator('.sentence', { hasText: /could compute the weights of/ }).waitFor();
  await screenshot('preview-too-many-iterations');
});

/** Opens a file and its preview, in place of what was open. */
async function preview(file: string, name: string): Promise<FrameLocator> {
  const { closeEverything, open, clickLens, webviewFrame } = vscode();
  await closeEverything();
  await open(file, { lens: 'Preview' });
  await clickLens('Preview');
  const frame = webviewFrame();
  await frame.getByRole('heading', { level: 1, name }).waitFor();
  return frame;
}
