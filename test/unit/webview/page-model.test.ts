import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DocumentRef, NodeFacts, PageState, ToPage, WhatIf } from '../../../server/src/lsp/protocol.ts';
import type { InferencePreview, PlacementPreview } from '../../../server/src/preview/model.ts';
import { blankPage, changesNumbers, discarded, nextPage } from '../../../webview/src/page-model.ts';
import type { PageModel } from '../../../webview/src/page-model.ts';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/previews/${name}.json`, import.meta.url), 'utf8')) as T;
const cluster = read<InferencePreview>('inference');
const smaller = read<InferencePreview>('inference-what-if');
const placement = read<PlacementPreview>('placement');
const opened = read<PlacementPreview>('placement-opened');

const ref: DocumentRef = { uri: 'file:///vision.berth.yaml', document: 0 };
const show = (page: PageState, of: DocumentRef | null = ref): ToPage => ({
  type: 'show',
  ref: of,
  file: 'vision.berth.yaml',
  target: 'local',
  page,
});
const problem = { code: 'BERTH2001', severity: 'error' as const, message: 'No.', hint: 'Less.' };

function after(...events: readonly Parameters<typeof nextPage>[1][]): PageModel {
  return events.reduce((model, event, index) => nextPage(model, event, 1000 + index), blankPage);
}

describe('the picture', () => {
  test('of a new document has nothing to be compared with', () => {
    const model = after(show({ state: 'ready', preview: cluster }));
    expect(model.shown).toBe(cluster);
    expect(model.base).toBeNull();
  });

  test('stays while the next one is computed, and in error', () => {
    const loading = show({ state: 'loading', title: 'x', sinceMs: 150 });
    expect(after(show({ state: 'ready', preview: cluster }), loading).shown).toBe(cluster);
    expect(after(show({ state: 'ready', preview: cluster }), show({ state: 'error', problem, last: null })).shown).toBe(
      cluster,
    );
  });

  test('of another document does not stay', () => {
    const other = show({ state: 'loading', title: 'x', sinceMs: 0 }, { ...ref, document: 1 });
    expect(after(show({ state: 'ready', preview: cluster }), other).shown).toBeNull();
  });

  test('in error is the last that the host has, for a page made anew', () => {
    expect(after(show({ state: 'error', problem, last: cluster })).shown).toBe(cluster);
  });
});

describe('the base', () => {
  test('is the text before the last edit', () => {
    const model = after(show({ state: 'ready', preview: cluster }), show({ state: 'ready', preview: smaller }));
    expect([model.base, model.comparison]).toEqual([cluster, 'edit']);
  });

  test('of an edit stays when the rest of the same preview arrives', () => {
    const quick = { ...smaller, replay: null };
    const model = after(...[cluster, quick, smaller].map((preview) => show({ state: 'ready', preview })));
    expect(model.base).toBe(cluster);
    expect(model.shown).toBe(smaller);
  });

  test('of a what-if is the text without it, and is gone when the what-if is', () => {
    const asked = show({ state: 'ready', preview: smaller, whatIf: { capacityReplicas: 26 }, base: cluster });
    const during = after(show({ state: 'ready', preview: cluster }), asked);
    expect([during.base, during.comparison]).toEqual([cluster, 'whatIf']);
    const model = nextPage(during, show({ state: 'ready', preview: cluster, whatIf: {} }), 2000);
    expect([model.shown, model.base]).toEqual([cluster, null]);
  });

  test('is not changed by opening a group', () => {
    const model = after(
      show({ state: 'ready', preview: placement }),
      show({ state: 'ready', preview: opened, whatIf: { look: { opened: ['folded:block2/1'] } } }),
    );
    expect(model.shown).toBe(opened);
    expect(model.base).toBeNull();
  });
});

test('loading goes on from its first message, so that its delays are not begun anew', () => {
  const loading = show({ state: 'loading', title: 'x', sinceMs: 150 });
  expect(after(loading, loading, loading).receivedAt).toBe(1000 - 150);
});

test('what is live belongs to its document', () => {
  const live = { type: 'live', status: { id: 'InferenceCluster/vision' }, revisions: [] } as unknown as ToPage;
  const model = after(show({ state: 'ready', preview: cluster }), live);
  expect(model.live?.status.id).toBe('InferenceCluster/vision');
  expect(
    nextPage(model, show({ state: 'loading', title: '', sinceMs: 0 }, { ...ref, document: 2 }), 1).live,
  ).toBeNull();
  expect(nextPage(model, { type: 'live', status: null, revisions: [] }, 1).live).toBeNull();
});

test('opening groups changes no number; discarding keeps them open', () => {
  expect(changesNumbers({ look: { opened: ['a'] } })).toBe(false);
  expect(changesNumbers({ sloMs: {} })).toBe(false);
  expect(changesNumbers({ sloMs: { a: 3 } })).toBe(true);
  const look = { opened: ['a'], direction: 'down' } as const;
  expect(discarded({ capacityReplicas: 3, look })).toEqual({ look });
  expect(discarded({ pins: { a: 'gpu0' } })).toEqual({});
});

test('what is known of a node is of the picture that is shown, and forgotten with it', () => {
  const facts = { node: 'conv' } as unknown as NodeFacts;
  const known = after(show({ state: 'ready', preview: cluster }), { type: 'node', facts });
  expect(known.facts).toBe(facts);
  expect(nextPage(known, show({ state: 'ready', preview: cluster }), 1).facts).toBeNull();
});

test('comparing two placements changes no number; other machines and algorithms do', () => {
  expect(changesNumbers({ look: { compare: ['m-ETF', 'single'] } })).toBe(false);
  for (const whatIf of [
    { bandwidth: 1 },
    { devices: { gpu: { count: 2 } } },
    { algorithm: 'm-SCT' },
    { unpinned: ['a'] },
  ])
    expect(changesNumbers(whatIf as WhatIf)).toBe(true);
  const look = { compare: ['m-ETF', 'single'] } as const;
  expect(discarded({ bandwidth: 1, look })).toEqual({ look });
});
