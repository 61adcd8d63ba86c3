/** The preview page in a plain page: what it draws of each kind in each state and theme, what keys and clicks send, and that everyone can use it. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  DocumentRef,
  FromPage,
  InferencePreview,
  PageState,
  Preview,
  Status,
  ToPage,
} from '../../server/src/lsp/protocol.ts';
import { allThemes, startWebviewPage } from './webview-page.ts';
import type { WebviewPage } from './webview-page.ts';

const read = <T extends Preview = Preview>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../fixtures/previews/${name}.json`, import.meta.url), 'utf8')) as T;
const previews = {
  inference: read('inference'),
  placement: read('placement'),
  federation: read('federation'),
  'federation-leaking': read('federation-leaking'),
};

const ref: DocumentRef = { uri: 'file:///specs/example.berth.yaml', document: 0 };
const show = (page: PageState): ToPage => ({ type: 'show', ref, file: 'example.berth.yaml', target: 'local', page });
const ready = (preview: Preview): ToPage => show({ state: 'ready', preview });

let at: WebviewPage;
beforeAll(async () => {
  at = await startWebviewPage();
});
afterAll(async () => {
  await at?.stop();
});

/** The last message of a type, once there is one that satisfies `wanted`. */
async function sent<T extends FromPage['type']>(
  type: T,
  wanted: (message: Extract<FromPage, { type: T }>) => boolean = () => true,
) {
  return expect
    .poll(
      async () =>
        (await at.sent()).some((message) => message.type === type && wanted(message as Extract<FromPage, { type: T }>)),
      { timeout: 10_000 },
    )
    .toBe(true);
}

/** Nothing sticks out of a panel of this width. */
async function noSidewaysScrolling(): Promise<void> {
  const [inside, room] = await at.page.evaluate(
    () => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const,
  );
  expect(inside).toBeLessThanOrEqual(room);
}

describe.each(Object.entries(previews))('%s', (name, preview) => {
  test.each(allThemes)('in the theme %s', async (theme) => {
    await at.load({ theme });
    await at.send(ready(preview));
    await at.page.getByRole('heading', { level: 1, name: preview.name }).waitFor();
    expect(await at.page.locator('.sentence').innerText()).toBe(preview.sentence);
    await at.screenshot(`preview-${name}-${theme}`);
    expect(await at.accessibilityFaults()).toEqual([]);
  });

  test.each([
    ['narrow', { width: 360 }],
    ['wide', { width: 1500 }],
    ['zoomed to 200 %', { width: 1200, zoom: 2 }],
  ])('%s', async (word, look) => {
    await at.load({ theme: 'light', ...look });
    await at.send(ready(preview));
    await at.page.locator('.sentence').waitFor();
    await at.screenshot(`preview-${name}-${word.replaceAll(/\W+/g, '-')}`);
    await noSidewaysScrolling();
  });

  test('each picture has its table', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(preview));
    const figures = at.page.locator('figure');
    for (const figure of await figures.all()) {
      const details = figure.locator('details');
      if ((await details.count()) > 0) await details.first().locator('summary').click();
      const words = await figure.locator('h2').first().innerText();
      if (words !== 'Capacity') await figure.getByRole('table').first().waitFor();
    }
    expect(await at.accessibilityFaults()).toEqual([]);
  });
});

describe('the states', () => {
  const problem = {
    code: 'BERTH2001',
    severity: 'error' as const,
    message: 'The minima of all jobs take 40 replicas; the capacity is 32.',
    hint: 'Lower a job’s replicas.min, or raise capacity.',
    range: { start: { line: 6, character: 14 }, end: { line: 6, character: 16 } },
  };

  test('loading: a skeleton, and a cancel after a second', async () => {
    await at.load({ theme: 'dark' });
    await at.send(show({ state: 'loading', title: 'Computing the preview of vision', sinceMs: 200 }));
    await at.page.locator('.skeleton').waitFor();
    await at.page.getByRole('button', { name: 'Cancel' }).click();
    await sent('cancel');
    await at.screenshot('preview-loading');
    expect(await at.accessibilityFaults()).toEqual([]);
  });

  test('loading over a picture keeps the picture', async () => {
    await at.load({ theme: 'light' });
    await at.send(
      ready(previews.inference),
      show({ state: 'loading', title: 'Computing the preview of vision', sinceMs: 1200 }),
    );
    await at.page.locator('.loading.over').waitFor();
    expect(await at.page.locator('.sentence').innerText()).toBe(previews.inference.sentence);
    await at.screenshot('preview-loading-over');
  });

  test('the allocation is there, and the replay of the trace is announced where it will stand', async () => {
    await at.load({ theme: 'dark', width: 600 });
    await at.send(ready({ ...(previews.inference as InferencePreview), replay: null }));
    await at.page.getByText('The trace is being replayed').waitFor();
    await at.screenshot('preview-replaying');
    expect(await at.accessibilityFaults()).toEqual([]);
    await at.send(ready(previews.inference));
    await at.page.getByText('the trace replayed under Faro').waitFor();
    expect(await at.page.getByText('The trace is being replayed').count()).toBe(0);
  });

  test('empty: what to write, and a button that writes it', async () => {
    await at.load({ theme: 'light' });
    await at.send({ type: 'show', ref: null, file: '', target: '', page: { state: 'empty', reason: 'no-document' } });
    await at.screenshot('preview-empty');
    await at.page.getByRole('button', { name: 'Write a document here' }).click();
    await sent('command', ({ command }) => command === 'newFile');
  });

  test.each(allThemes)('error in %s: what is wrong, the way to it, the last picture dimmed', async (theme) => {
    await at.load({ theme });
    await at.send(ready(previews.inference), show({ state: 'error', problem, last: null }));
    await at.page.getByText('the last picture before this problem').waitFor();
    await at.screenshot(`preview-error-${theme}`);
    expect(await at.page.getByRole('alert').innerText()).toContain(problem.message);
    await at.page.getByRole('button', { name: 'Go to line 7' }).click();
    await sent('goto', ({ span }) => span.start.line === 6);
    expect(await at.accessibilityFaults()).toEqual([]);
  });

  test('error without a picture', async () => {
    await at.load({ theme: 'dark', width: 360 });
    await at.send(show({ state: 'error', problem, last: null }));
    await at.page.getByRole('alert').waitFor();
    await at.screenshot('preview-error-first');
    expect(await at.accessibilityFaults()).toEqual([]);
  });
});

describe('live', () => {
  const now = Date.now();
  const base = {
    name: 'vision',
    revision: 3,
    summary: 'running: 5/6 replicas, 1.2 % of requests over SLO',
    faults: [],
  };
  const statuses: Readonly<Record<string, Status>> = {
    inference: {
      ...base,
      id: 'InferenceCluster/vision',
      kind: 'InferenceCluster',
      phase: 'degraded',
      at: now - 60_000,
      metricsUrl: 'http://127.0.0.1:41200/metrics',
      faults: [
        {
          code: 'BERTH5010',
          severity: 'error',
          message: 'A replica of caption keeps ending: exit code 1.',
          hint: 'Its last lines are in the logs.',
          subject: 'caption',
          at: now,
        },
      ],
      jobs: ['search-images', 'caption'].map((name, index) => ({
        ...{
          name,
          endpoint: `http://127.0.0.1:4120${index + 1}`,
          desiredReplicas: 3,
          readyReplicas: 3 - index,
          requestsPerSecond: 9.1,
        },
        ...{
          queueLength: 12 * index,
          meanMs: 180,
          p99Ms: 611,
          sloMs: 720 - 320 * index,
          violationRate: 0.012,
          requests: 10331,
        },
        ...{ refused: 0, restarts: index },
      })),
    },
    placement: {
      ...base,
      id: 'TrainingPlacement/inception',
      kind: 'TrainingPlacement',
      phase: 'running',
      at: now + 3_600_000,
      ...{ step: 61, steps: 100, loss: 0.412, accuracy: 0.871, predictedForwardMs: 18.8, measuredForwardMs: 22.4 },
      ...{ predictedStepMs: 57.1, measuredStepMs: 66.2 },
      devices: [{ name: 'gpu0', nodes: 16, busyMsPerStep: 21.3, bytesSentPerStep: 4_404_019 }],
      history: Array.from({ length: 61 }, (_, step) => ({
        step: step + 1,
        loss: 2.3 * Math.exp(-step / 30),
        stepMs: 66,
      })),
    },
    federation: {
      ...base,
      id: 'Federation/hospitals',
      kind: 'Federation',
      phase: 'running',
      at: now + 3_600_000,
      ...{ round: 12, rounds: 50 },
      sites: ['north', 'harbour', 'valley'].map((name, index) => ({
        ...{
          name,
          state: index === 1 ? ('lost' as const) : ('training' as const),
          accuracy: 0.87,
          bytesSent: 1e6 * index,
        },
        digest: '3fa9c1e77b20aa11',
      })),
      history: Array.from({ length: 12 }, (_, round) => ({
        round: round + 1,
        accuracy: 0.9 - 0.6 * Math.exp(-round / 3),
        seconds: 1.4,
        digest: '3fa9',
      })),
    },
  };
  const revisions = [1, 2, 3].map((revision) => ({
    revision,
    hash: String(revision),
    at: now - 1e6 * (4 - revision),
    cause: 'apply' as const,
  }));

  test.each(
    Object.keys(statuses).flatMap((kind) =>
      (['dark', 'light', 'high-contrast-light'] as const).map((theme) => [kind, theme] as const),
    ),
  )('%s in %s', async (kind, theme) => {
    await at.load({ theme });
    await at.send(ready(previews[kind as keyof typeof previews]), { type: 'live', status: statuses[kind]!, revisions });
    await at.page.getByRole('heading', { name: 'Live on local' }).waitFor();
    await at.screenshot(`preview-live-${kind}-${theme}`);
    expect(await at.accessibilityFaults()).toEqual([]);
  });

  test('says when it is stale, and rolls back to a revision', async () => {
    await at.load({ theme: 'light', width: 360 });
    await at.send(ready(previews.inference), { type: 'live', status: statuses.inference!, revisions });
    expect(await at.page.locator('.live-line').innerText()).toMatch(/stale: last heard \d+ min ago/);
    await at.page.getByText('3 revisions').click();
    await at.screenshot('preview-live-stale-narrow');
    await noSidewaysScrolling();
    await at.page.getByRole('button', { name: 'Plan the way back to 2' }).click();
    await sent('command', ({ command, revision }) => command === 'rollback' && revision === 2);
    await at.page.getByRole('button', { name: 'Delete…' }).click();
    await sent('command', ({ command }) => command === 'delete');
    await at.send({ type: 'live', status: null, revisions: [] });
    expect(await at.page.getByText('Live on local').count()).toBe(0);
  });
});

describe('touch', () => {
  test('the graph is walked by arrow keys, opened by Enter, and left by Escape', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.placement));
    const { page } = at;
    await page.locator('[data-box="node:stem.conv1"]').focus();
    await page.keyboard.press('ArrowRight');
    const label = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    expect(label).toMatch(/^block1\.branch\d, \d nodes, Enter opens, on gpu0/);
    await page.keyboard.press('Space');
    await sent('select', ({ selection }) => selection.startsWith('folded:block1/'));
    await page.keyboard.press('Enter');
    await sent('whatIf', ({ whatIf }) => whatIf.look?.opened?.[0]?.startsWith('folded:block1/') === true);
    await at.screenshot('preview-placement-selected');

    await at.send(
      show({ state: 'ready', preview: read('placement-opened'), whatIf: { look: { opened: ['folded:block2/1'] } } }),
    );
    await page.getByRole('navigation', { name: 'Opened groups' }).waitFor();
    await at.screenshot('preview-placement-opened');
    await page.locator('[data-box]').first().focus();
    await page.keyboard.press('Escape');
    await sent('whatIf', ({ whatIf }) => whatIf.look?.opened?.length === 0);
    expect(await at.accessibilityFaults()).toEqual([]);
  });

  test('one box of the graph is in the tab order', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.placement));
    expect(await at.page.locator('[data-box][tabindex="0"]').count()).toBe(1);
  });

  test('a selection made in the text lights the folded box of its node, and is not sent back', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.placement), { type: 'select', selection: 'node:block2.branch1.op3' });
    await at.page.locator('.box.selected [data-box="folded:block2/1"]').waitFor();
    await at.page.getByRole('region', { name: 'Selected: block2/1' }).waitFor();
    expect((await at.sent()).filter(({ type }) => type === 'select')).toEqual([]);
  });

  test('a node is pinned to another device', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.placement), { type: 'select', selection: 'node:stem.conv0' });
    await at.page.getByRole('button', { name: 'Pin to gpu2' }).click();
    await sent('whatIf', ({ whatIf }) => whatIf.pins?.['stem.conv0'] === 'gpu2');
  });

  test('the search finds nodes inside groups', async () => {
    await at.load({ theme: 'light' });
    await at.send(ready(previews.placement));
    await at.page
      .getByRole('textbox', { name: 'Find a node' })
      .or(at.page.getByRole('searchbox', { name: 'Find a node' }))
      .fill('block3 op2');
    await at.page.getByText('4 matches').waitFor();
    await at.page.keyboard.press('Enter');
    await sent('select', ({ selection }) => selection.startsWith('folded:block3/'));
  });

  test('the capacity is asked for by keys, kept or discarded', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.inference));
    await at.page.getByRole('slider', { name: 'Capacity, what if' }).focus();
    await at.page.keyboard.press('PageDown');
    await sent('whatIf', ({ whatIf }) => whatIf.capacityReplicas === 27);
    await at.send(
      show({
        state: 'ready',
        preview: read('inference-what-if'),
        whatIf: { capacityReplicas: 26 },
        base: previews.inference,
      }),
    );
    await at.page.getByText('capacity 32 → 26 replicas?').waitFor();
    await at.screenshot('preview-what-if');
    expect(await at.accessibilityFaults()).toEqual([]);
    await at.page.getByRole('button', { name: 'Keep' }).click();
    await sent('keep', ({ whatIf }) => whatIf.capacityReplicas === 26);
    await at.page.getByRole('button', { name: 'Discard' }).click();
    await sent('whatIf', ({ whatIf }) => whatIf.capacityReplicas === undefined);
    await at.send(show({ state: 'ready', preview: previews.inference, whatIf: {} }));
    expect(await at.page.getByText('What if').count()).toBe(0);
  });

  test('the capacity and an SLO are dragged', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.inference));
    const { page } = at;
    for (const [name, holds] of [
      [
        'Capacity, what if',
        (message: FromPage) => message.type === 'whatIf' && (message.whatIf.capacityReplicas ?? 99) < 32,
      ],
      [
        'SLO of rank, what if',
        (message: FromPage) => message.type === 'whatIf' && (message.whatIf.sloMs?.rank ?? 999) < 120,
      ],
    ] as const) {
      const box = (await page.getByRole('slider', { name }).boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width / 2 - 30, box.y + box.height / 2, { steps: 5 });
      await page.mouse.up();
      await expect.poll(async () => (await at.sent()).some(holds)).toBe(true);
    }
  });

  test('keys step through the minutes of the trace, and the words say what is there', async () => {
    await at.load({ theme: 'light' });
    await at.send(ready(previews.inference));
    const slider = at.page.getByRole('slider', { name: /^Minute of the replayed trace/ });
    await slider.focus();
    await at.page.keyboard.press('Home');
    await at.page.keyboard.press('ArrowRight');
    await at.page.keyboard.press('ArrowRight');
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^Minute 2: [\d,]+ requests, \d+ replicas, p99 /);
    await at.page.keyboard.press('+');
    await at.page.getByRole('button', { name: 'show all' }).waitFor();
    await at.screenshot('preview-trace-zoomed');
    await at.page.keyboard.press('Escape');
    await at.page.getByRole('button', { name: 'show all' }).waitFor({ state: 'detached' });
  });

  test('tables sort by their headings', async () => {
    await at.load({ theme: 'light' });
    await at.send(ready(previews.inference));
    const jobs = at.page.getByRole('table', { name: 'Jobs', exact: true });
    await jobs.getByRole('button', { name: 'Job', exact: true }).click();
    expect(await jobs.getByRole('columnheader', { name: 'Job' }).first().getAttribute('aria-sort')).toBe('ascending');
    expect(await jobs.getByRole('rowheader').first().innerText()).toContain('caption');
    await jobs.getByRole('button', { name: 'Job', exact: true }).click();
    expect(await jobs.getByRole('rowheader').first().innerText()).toContain('translate');
  });

  test('the sites are gone round by arrow keys and show whom they send to', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.federation));
    await at.page.locator('.iteration').first().locator('.site').first().focus();
    await at.page.keyboard.press('ArrowRight');
    await at.page.keyboard.press('Enter');
    await sent('select', ({ selection }) => selection === 'site:harbour');
    expect(await at.page.locator('.iteration').first().locator('.message').count()).toBeGreaterThan(0);
    await at.screenshot('preview-federation-selected');
    expect(await at.accessibilityFaults()).toEqual([]);
  });

  test('the buttons name the target', async () => {
    await at.load({ theme: 'dark' });
    await at.send(ready(previews.inference));
    await at.page.getByRole('button', { name: 'Apply to local' }).click();
    await sent('command', ({ command }) => command === 'apply');
    await at.page.getByRole('button', { name: 'Plan', exact: true }).click();
    await sent('command', ({ command }) => command === 'plan');
  });

  test('nothing moves for who wants no motion', async () => {
    await at.page.emulateMedia({ reducedMotion: 'reduce' });
    await at.load({ theme: 'dark' });
    await at.send(show({ state: 'loading', title: 'x', sinceMs: 500 }));
    const animation = await at.page
      .locator('.bone')
      .first()
      .evaluate((bone) => getComputedStyle(bone).animationName);
    expect(animation).toBe('none');
    await at.page.emulateMedia({ reducedMotion: null });
  });

  test('forced colours keep every mark', async () => {
    await at.page.emulateMedia({ forcedColors: 'active' });
    await at.load({ theme: 'high-contrast' });
    await at.send(ready(previews.placement));
    await at.page.locator('.sentence').waitFor();
    await at.screenshot('preview-placement-forced-colors');
    await at.page.emulateMedia({ forcedColors: null });
  });
});
