/** The page of a TrainingPlacement, with previews of the engine itself: overlays, pins, what-ifs, comparisons, the search. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FromPage, PageState, PlacementPreview, WhatIf } from '../../server/src/lsp/protocol.ts';
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

/** Waits until the page has sent such a message. */
async function sent<T extends FromPage['type']>(
  type: T,
  wanted: (message: Extract<FromPage, { type: T }>) => boolean,
): Promise<void> {
  const isWanted = (message: FromPage): boolean =>
    message.type === type && wanted(message as Extract<FromPage, { type: T }>);
  await expect.poll(async () => (await at.sent()).some(isWanted), { timeout: 10_000 }).toBe(true);
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

describe('pinning', () => {
  const node = 'embed/words';
  const box = (id: string) => at.page.locator(`[data-box="${id}"]`);

  test.each(['dark', 'light'] as const)('a group is dragged onto a device, in %s', async (theme) => {
    await at.load({ theme });
    await show({ state: 'ready', preview });
    const from = (await box('folded:layer05').boundingBox())!;
    await at.page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await at.page.mouse.down();
    await at.page.mouse.move(from.x + 40, from.y - 40, { steps: 4 });
    const target = at.page.locator('.drop-bar [data-device="gpu2"]');
    const to = (await target.boundingBox())!;
    await at.page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 4 });
    await at.page.locator('.drop-bar .drop.drop-here').waitFor();
    await at.screenshot(`placement-drag-${theme}`);
    await at.page.mouse.up();
    await sent('whatIf', ({ whatIf }) => Object.values(whatIf.pins ?? {}).filter((on) => on === 'gpu2').length === 33);
    expect(await at.page.locator('.drop-bar').count()).toBe(0);
  });

  test('Escape takes a drag back', async () => {
    await at.load({ theme: 'dark' });
    await show({ state: 'ready', preview });
    const from = (await box('folded:layer05').boundingBox())!;
    await at.page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await at.page.mouse.down();
    await at.page.mouse.move(from.x + 40, from.y - 40, { steps: 4 });
    await at.page.locator('.drop-bar').waitFor();
    await at.page.keyboard.press('Escape');
    await at.page.locator('.drop-bar').waitFor({ state: 'detached' });
    await at.page.mouse.up();
    expect((await at.sent()).filter(({ type }) => type === 'whatIf')).toEqual([]);
  });

  test('by keys: P opens the menu of a box, Enter pins, and what is pinned is taken back', async () => {
    await at.load({ theme: 'light' });
    await show({ state: 'ready', preview });
    await box('folded:embed').focus();
    await at.page.keyboard.press('p');
    const menu = at.page.getByRole('menu', { name: 'embed: what to do with it' });
    await menu.waitFor();
    await at.screenshot('placement-pin-menu');
    expect(await at.accessibilityFaults()).toEqual([]);
    await at.page.keyboard.press('ArrowDown');
    await at.page.keyboard.press('Enter');
    await sent('whatIf', ({ whatIf }) => whatIf.pins?.[node] === 'gpu1');
    await menu.waitFor({ state: 'detached' });
    expect(await box('folded:embed').evaluate((element) => element === document.activeElement)).toBe(true);

    const whatIf: WhatIf = { pins: { [node]: 'gpu1', 'embed/positions': 'gpu1' } };
    await show({ state: 'ready', preview: await previewed(whatIf), whatIf, base: preview });
    await at.page.getByText('embed/words on gpu1').waitFor();
    expect(await at.page.locator('.pin.whole').count()).toBe(1);
    await at.screenshot('placement-pinned');
    await box('folded:embed').click({ button: 'right' });
    await at.page.getByRole('menuitem', { name: 'Unpin 2 nodes' }).click();
    await sent('whatIf', (message) => message.whatIf.pins === undefined && message.whatIf.unpinned?.length === 2);
  });
});

describe('a node', () => {
  const opened: WhatIf = { look: { opened: ['folded:embed'] } };

  test.each([
    ['dark', 900],
    ['light', 900],
    ['light', 360],
  ] as const)('says under the pointer what moving it would cost, in %s at %d px', async (theme, width) => {
    const whatIf = opened;
    const graph = { path, version: 'transformer', text };
    const { about } = await computePreview({
      spec,
      document: 0,
      graph,
      whatIf: {},
      replay: true,
      about: 'embed/words',
    });
    await at.load({ theme, width });
    await show({ state: 'ready', preview: await previewed(whatIf), whatIf });
    await at.page.locator('[data-box="node:embed/words"]').hover();
    await sent('node', ({ node }) => node === 'embed/words');
    await at.send({ type: 'node', facts: about! });
    const tip = at.page.getByRole('tooltip');
    await tip.getByText('Moved to').waitFor();
    await at.screenshot(`placement-node-tip-${theme}-${width}`);
    await at.page.mouse.move(2, 2);
    await tip.waitFor({ state: 'detached' });
    await at.page.locator('[data-box="node:embed/words"]').click();
    const region = at.page.getByRole('region', { name: 'Selected: embed/words' });
    await region.getByRole('button', { name: 'Pin to gpu1' }).waitFor();
    await at.screenshot(`placement-node-facts-${theme}-${width}`);
    const [inside, room] = await at.page.evaluate(
      () => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const,
    );
    expect(inside).toBeLessThanOrEqual(room);
    expect(await at.accessibilityFaults()).toEqual([]);
    await region.getByRole('button', { name: 'Pin to gpu1' }).click();
    await sent('whatIf', (message) => message.whatIf.pins?.['embed/words'] === 'gpu1');
  });
});

describe('what if', () => {
  test.each([
    ['dark', 900],
    ['light', 360],
  ] as const)('there were other machines, in %s at %d px', async (theme, width) => {
    await at.load({ theme, width });
    await show({ state: 'ready', preview });
    await at.page.getByRole('button', { name: 'One gpu more' }).click();
    await sent('whatIf', ({ whatIf }) => whatIf.devices?.gpu?.count === 4);
    await at.page.getByRole('slider', { name: 'Memory of each gpu' }).focus();
    await at.page.keyboard.press('ArrowRight');
    await sent('whatIf', ({ whatIf }) => (whatIf.devices?.gpu?.memoryBytes ?? 0) > 2 * 2 ** 30);
    const whatIf: WhatIf = { devices: { gpu: { count: 4, memoryBytes: 5 * 2 ** 30 } }, bandwidth: 50e9 };
    await show({ state: 'ready', preview: await previewed(whatIf), whatIf, base: preview });
    await at.page.getByText('gpu: 3 → 4 devices').waitFor();
    await at.screenshot(`placement-machines-${theme}-${width}`);
    expect(await at.accessibilityFaults()).toEqual([]);
    const [inside, room] = await at.page.evaluate(
      () => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const,
    );
    expect(inside).toBeLessThanOrEqual(room);
    await at.page.getByRole('button', { name: 'Keep' }).click();
    await sent('keep', (message) => message.whatIf.bandwidth === 50e9);
    await at.page.getByRole('button', { name: 'Discard' }).click();
    await sent('whatIf', (message) => Object.keys(message.whatIf).length === 0);
  });
});

describe('the algorithms', () => {
  test.each([
    ['dark', 900],
    ['light', 360],
    ['high-contrast-light', 900],
  ] as const)('two rows are compared, in %s at %d px', async (theme, width) => {
    await at.load({ theme, width });
    await show({ state: 'ready', preview });
    await at.page.getByRole('checkbox', { name: 'Compare m-TOPO' }).check();
    await at.page.getByRole('checkbox', { name: 'Compare single' }).check();
    await sent('whatIf', ({ whatIf }) => whatIf.look?.compare?.join() === 'm-TOPO,single');
    const whatIf: WhatIf = { look: { compare: ['m-TOPO', 'single'] } };
    const compared = await previewed(whatIf);
    await show({ state: 'ready', preview: compared, whatIf });
    await at.page.getByRole('heading', { name: 'm-TOPO and single' }).waitFor();
    await at.page.getByText(compared.comparison!.words).waitFor();
    await at.page.getByText(`${compared.comparison!.moved} nodes elsewhere`, { exact: true }).click();
    await at.screenshot(`placement-compared-${theme}-${width}`);
    expect(await at.accessibilityFaults()).toEqual([]);
    await at.page.getByRole('button', { name: 'close', exact: true }).click();
    await sent('whatIf', (message) => message.whatIf.look === undefined);
  });

  test('another one is tried', async () => {
    await at.load({ theme: 'dark' });
    await show({ state: 'ready', preview });
    const row = at.page.getByRole('row').filter({ has: at.page.getByRole('checkbox', { name: 'Compare single' }) });
    await row.getByRole('button', { name: 'try', exact: true }).click();
    await sent('whatIf', ({ whatIf }) => whatIf.algorithm === 'single');
  });
});

describe('the search', () => {
  const found = [61_400, 52_100, 47_900, 44_000, 43_600, 43_100];
  const progress = {
    points: found.map((makespanUs, i) => ({ moves: 900 * i * i, makespanUs })),
    boundUs: 24_800,
    running: true,
  };

  test.each([
    ['dark', 900],
    ['light', 360],
  ] as const)('is a curve towards the bound and is stopped by a click, in %s at %d px', async (theme, width) => {
    await at.load({ theme, width });
    await show({ state: 'ready', preview: { ...preview, progress } });
    await at.page.getByText('goes on: 43.1 ms after 22,500 moves, 73.8 % above the best possible').waitFor();
    await at.screenshot(`placement-search-${theme}-${width}`);
    expect(await at.accessibilityFaults()).toEqual([]);
    await at.page.getByRole('button', { name: 'Stop' }).click();
    await sent('stopSearch', () => true);
    await show({ state: 'ready', preview: { ...preview, progress: { ...progress, running: false } } });
    await at.page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
  });
});

describe('how far it holds', () => {
  const whatIf: WhatIf = { look: { sensitivity: true } };

  test.each([
    ['dark', 900],
    ['light', 360],
    ['high-contrast', 900],
  ] as const)('is asked for, stopped, and closed again, in %s at %d px', async (theme, width) => {
    const { sensitivity, ...plain } = await holding();
    await at.load({ theme, width });
    await show({ state: 'ready', preview: plain });
    await at.page.getByRole('button', { name: 'Try other figures' }).click();
    await sent('whatIf', (message) => message.whatIf.look?.sensitivity === true);
    const running = { ...sensitivity!, judged: 9, running: true };
    await show({ state: 'ready', preview: { ...plain, sensitivity: running }, whatIf });
    await at.page.getByText(`9 of ${sensitivity!.cases} cases`).waitFor();
    await at.page.getByRole('button', { name: 'Stop' }).click();
    await sent('stopSearch', () => true);
    await show({ state: 'ready', preview: { ...plain, sensitivity: sensitivity! }, whatIf });
    await at.page.getByText(sensitivity!.words).waitFor();
    expect(await at.page.locator('.sensitivity-line').count()).toBe(8);
    await at.page.locator('.small-multiples').scrollIntoViewIfNeeded();
    await at.page.getByText('How far it holds as a table').click();
    const rows = at.page.getByRole('table', { name: /^Memory of every device/ }).getByRole('row');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(13);
    await at.screenshot(`placement-sensitivity-${theme}-${width}`);
    expect(await at.accessibilityFaults()).toEqual([]);
    const [inside, room] = await at.page.evaluate(
      () => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const,
    );
    expect(inside).toBeLessThanOrEqual(room);
    await at.page.getByRole('button', { name: 'close', exact: true }).click();
    await sent('whatIf', (message) => message.whatIf.look === undefined);
  });

  let held: Promise<PlacementPreview> | undefined;
  function holding(): Promise<PlacementPreview> {
    const devices = spec.devices.map((device) => ({ ...device, memory: bytes(8 * 2 ** 30) }));
    return (held ??= previewed(whatIf, { algorithm: 'm-ETF', devices }));
  }
});
