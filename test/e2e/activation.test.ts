import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vscodeForSuite } from './vscode.ts';

const vscode = vscodeForSuite();

test('an example opens as a Berth spec, and the extension starts with it', async () => {
  const { page, workspace, open, screenshot } = vscode();
  const example = readdirSync(workspace).find((file) => file.endsWith('.berth.yaml'));
  expect(example, 'examples/ holds a *.berth.yaml').toBeDefined();
  await open(example!, { lens: 'Preview' });
  expect(await page.locator('#status\\.editor\\.mode').innerText()).toMatch(/berth/i);
  await screenshot('activation');
});
