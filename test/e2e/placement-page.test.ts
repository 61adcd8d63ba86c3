/** The page of a TrainingPlacement, with previews of the engine itself: overlays, pins, what-ifs, comparisons, the search. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageState, PlacementPreview, WhatIf } from '../../server/src/lsp/protocol.ts';
import { computePreview } from '../../server/src/preview/compute.ts';
import type { TrainingPlacement } from '../../server/src/spec/types.ts';
import { bytes, placement } from '../unit/preview/specs.ts';
import { startWebviewPage } from './webview-page.ts';
import type { WebviewPage } from './webview-page.ts';

const path = fileURLToPath(new URL('../../examples/graphs/transformer.graph.yaml', import.meta.url));
const text = readFileSync(path, 'utf8');
const spec: TrainingPlacement = placement({
  name: 'transformer',
  graphPath: path,
  devices: [0, 1, 2].map((i) => ({ name: `gpu${i}`, memory: bytes(2 * 2 ** 30) })),
});

async function previewed(whatIf: WhatIf = {}, change: Partial<TrainingPlacement> = {}): Promise<PlacementPreview> {
  const graph = { path, version: 'transformer', text };
  const outcome = await computePreview({ spec: { ...spec, ...change }, document: 0, graph, whatIf, replay: true });
  return outcome.preview as PlacementPreview;
}

let at: WebviewPage;
let preview: PlacementPreview;
beforeAll(async () => {
  [at, preview] = await Promise.all([startWebviewPage(), previewed()]);
});
afterAll(() => at?.stop());

async function show(page: PageState): Promise<void> {
  const ref = { uri: 'file:///specs/transformer.berth.yaml', document: 0 };
  await at.send({ type: 'show', ref, file: 'transformer.berth.yaml', target: 'local', page });
}

describe('the graph', () => {
  test.each([
    ['Time', 'dark', 900],
    ['Memory', 'light', 900],
    ['Critical path', 'dark', 900],
    ['Critical path', 'light', 360],
    ['Critical path', 'high-contrast', 900],
  ] as const)('is coloured by %s in %s at %d px', async (overlay, theme, width) => {
    await at.load({ theme, width });
    await show({ state: 'ready', preview });
    const button = at.page.getByRole('group', { name: 'Colour the graph by' }).getByRole('button', { name: overlay });
    await button.click();
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    if (overlay === 'Critical path') {
      const onPath = preview.graph.boxes.filter((box) => box.criticalUs > 0).length;
      expect(await at.page.locator('.box.critical').count()).toBe(onPath);
      expect(await at.page.locator('.on-path.compute').count()).toBeGreaterThan(0);
    }
    await at.screenshot(`placement-overlay-${overlay.replace(' ', '-').toLowerCase()}-${theme}-${width}`);
    expect(await at.accessibilityFaults()).toEqual([]);
  });

  test('says of the critical path what it is made of, in words and as a table', async () => {
    await at.load({ theme: 'light' });
    await show({ state: 'ready', preview });
    await at.page.getByText(preview.critical.words).waitFor();
    await at.page.getByText('Devices as a table').click();
    const rows = at.page.getByRole('table', { name: 'Critical path' }).getByRole('row');
    expect(await rows.count()).toBe(preview.critical.steps.length + 1);
  });
});
