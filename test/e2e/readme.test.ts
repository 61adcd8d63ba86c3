/** The pictures of the README (`media/readme/`), taken of what it says that they show. */
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const vscode = vscodeForSuite({
  viewport: { width: 1320, height: 720 },
  settings: {
    'workbench.colorTheme': 'Dark Modern',
    'workbench.activityBar.location': 'hidden',
    'workbench.layoutControl.enabled': false,
    'window.commandCenter': false,
    'breadcrumbs.enabled': false,
  },
});

test('a job that misses its SLO, what another replica would bring, and who pays', async () => {
  const { open, command, webviewFrame, rewrite, hover, screenshot } = vscode();
  await command('View: Close Primary Side Bar');
  await open('serving.berth.yaml', { lens: 'Preview' });
  await rewrite('serving.berth.yaml', 'capacity: { replicas: 6 }', 'capacity: { replicas: 5 }');
  await command('Berth: Preview');
  await webviewFrame().getByText('of requests are over their SLO').first().waitFor();
  await hover('scan-forms', /too slow/);
  await screenshot('readme-serving');
});

test('a network on three devices', async () => {
  const { page, open, command, webviewFrame, screenshot } = vscode();
  await open('training.berth.yaml', { lens: 'Preview' });
  await command('Berth: Preview');
  const graph = webviewFrame().getByText('32 nodes in 32 boxes');
  await graph.waitFor();
  await page.mouse.move(300, 600);
  await graph.evaluate((title) => title.scrollIntoView({ block: 'start' }));
  await screenshot('readme-training');
});

test('nine sites with too many iterations', async () => {
  const { open, command, webviewFrame, rewrite, hover, screenshot } = vscode();
  await open('federation.berth.yaml', { lens: 'Preview' });
  await rewrite('federation.berth.yaml', 'iterations: 2', 'iterations: 5');
  await command('Berth: Preview');
  const frame = webviewFrame();
  await frame.getByText('could compute the weights').first().waitFor();
  // the panel was scrolled down for another document: this one begins at its top
  await expect.poll(() => frame.locator('html').evaluate((page) => page.scrollTop)).toBe(0);
  const shown = await hover('iterations', /sums/);
  expect(await shown.innerText()).toContain('north');
  await screenshot('readme-federation');
});
