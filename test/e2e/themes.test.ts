/** How editor and panel look together: every kind in the themes that people have, in a narrow panel and a wide one. For people to look at. */
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const examples = [
  { file: 'serving.berth.yaml', shows: 'the trace replayed' },
  { file: 'training.berth.yaml', shows: 'Devices over one step' },
  { file: 'federation.berth.yaml', shows: 'Groups, iteration after iteration' },
];
const themes = [
  { theme: 'Dark Modern', kind: 'vscode-dark' },
  { theme: 'Light Modern', kind: 'vscode-light' },
  { theme: 'Default High Contrast', kind: 'vscode-high-contrast' },
];

const vscode = vscodeForSuite({ viewport: { width: 1600, height: 1200 } });

test.each(examples)('$file', async ({ file, shows }) => {
  const { page, open, command, webviewFrame, set, screenshot } = vscode();
  await open(file, { lens: 'Preview' });
  await command('Berth: Preview');
  const frame = webviewFrame();
  await frame.getByText(shows).first().waitFor();
  const name = file.split('.')[0]!;
  for (const { theme, kind } of themes) {
    set({ 'workbench.colorTheme': theme });
    await frame.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
    await screenshot(`look-${name}-${theme}`);
  }
  set({ 'workbench.colorTheme': 'Dark Modern' });
  await frame.locator('body[data-vscode-theme-kind="vscode-dark"]').waitFor();

  await command('View: Toggle Primary Side Bar Visibility');
  for (const [word, width] of [
    ['narrow', 720],
    ['wide', 2600],
  ] as const) {
    await page.setViewportSize({ width, height: 1200 });
    // nothing sticks out sideways, however narrow
    await expect
      .poll(() =>
        frame
          .locator('html')
          .evaluate((root) => ({ room: root.clientWidth, inside: root.scrollWidth - root.clientWidth })),
      )
      .toEqual({ room: expect.closeTo(width / 2, -2) as number, inside: 0 });
    if (name === 'training') {
      // a graph flows where the panel has room
      const top = (id: string): Promise<number> =>
        frame.locator(`[data-box="node:${id}"]`).evaluate((box) => box.getBoundingClientRect().top);
      await expect
        .poll(async () => (await top('stem/conv')) > (await top('input/images')) + 10)
        .toBe(word === 'narrow');
    }
    await screenshot(`look-${name}-${word}`);
  }
  await page.setViewportSize({ width: 1600, height: 1200 });
  await command('View: Toggle Primary Side Bar Visibility');
});
