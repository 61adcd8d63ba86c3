import { beforeAll, describe, expect, it } from 'vitest';
import { codeLenses } from '../../../server/src/language/code-lens.ts';
import type { Knowledge, SpecText } from '../../../server/src/language/document.ts';
import { inlayHints } from '../../../server/src/language/inlay-hints.ts';
import { keepEdits } from '../../../server/src/language/keep.ts';
import { rangeOfSelection, selectionAt } from '../../../server/src/language/locate.ts';
import { desiredOf } from '../../../server/src/deploy/plan/desired.ts';
import type { WhatIf } from '../../../server/src/preview/model.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import { applied } from '../../../server/src/spec/yaml/edit.ts';
import {
  behind,
  FEDERATION,
  FILES,
  GRAPH,
  knowledgeOf,
  NO_ENGINES,
  open,
  PLACEMENT,
  SERVING,
  WHOLE,
} from './workspace.ts';

/** What is refused for want of something to run is refused before anything is read. */
const SOURCES = {
  source: '/specs/a.berth.yaml',
  readGraph: () => Promise.reject(new Error('no graph is to be read')),
  solver: () => Promise.reject(new Error('nothing is to be solved')),
};

describe('code lenses', () => {
  /** All three documents with something to run. */
  const RUNNING = [
    SERVING.replaceAll(/^ {6}processingTime.*$/gm, '$&\n      serve: { command: [node] }'),
    `${PLACEMENT}  train: { module: models/net.mjs, steps: 10 }\n`,
    `${FEDERATION}  training: { command: [node], rounds: 2, localEpochs: 1 }\n`,
  ].join('---\n');
  const titles = (text: string, knowledge = NO_ENGINES): string[] =>
    codeLenses(open(text), knowledge).map(({ title, document }) => `${document} ${title}`);

  it('stand above each document and name its target', () => {
    const lenses = codeLenses(open(RUNNING), NO_ENGINES);
    expect(lenses.map(({ title, document }) => `${document} ${title}`)).toEqual(
      [0, 1, 2].flatMap((i) => [`${i} Preview`, `${i} Plan`, `${i} Apply to local`]),
    );
    expect(RUNNING.slice(lenses[3]!.range.start, lenses[3]!.range.end)).toBe('apiVersion');
    expect(lenses[3]!.range.start).toBeGreaterThan(SERVING.length);
  });

  it('offer nothing to apply where planning would refuse it, and say what is missing', async () => {
    expect(titles(WHOLE)).toEqual([
      '0 Preview',
      '0 nothing to run: no serve.command',
      '1 Preview',
      '1 nothing to run: no train.module',
      '2 Preview',
      '2 nothing to run: no training.command',
    ]);
    const told = codeLenses(open(WHOLE), NO_ENGINES).filter(({ command }) => command === undefined);
    const { spec } = open(WHOLE) as SpecText;
    for (const [i, { tooltip }] of told.entries()) {
      const refused = await desiredOf(spec.documents[i]!.spec!, SOURCES);
      expect(refused.ok).toBe(false);
      if (refused.ok) continue;
      expect(refused.problems.map(({ code }) => code)).toContain('BERTH5012');
      expect(tooltip).toBe(`${refused.problems[0]!.message} ${refused.problems[0]!.hint}`);
    }
  });

  it('keep what they offer while the text is half typed', () => {
    const before = open(SERVING) as SpecText;
    const typed = SERVING.replace('objective: FairSum', 'objective: Fair?');
    const spec = readSpecFile(typed, { uri: before.path, files: FILES, previous: before.spec });
    expect(spec.documents[0]!.spec).toBeUndefined();
    expect(codeLenses({ ...before, text: typed, spec }, NO_ENGINES).map(({ title }) => title)).toEqual([
      'Preview',
      'nothing to run: no serve.command',
    ]);
  });

  it('answer in a few words what the preview says', async () => {
    expect(titles(RUNNING, await knowledgeOf(open(RUNNING))).filter((_, i) => i % 4 === 3)).toEqual([
      '0 2/2 SLOs met',
      '1 one step 1.82 ms',
      '2 leaks only the mean',
    ]);
    const slow = open(SERVING.replace('latency: 720ms', 'latency: 500ms').replace('max: 6', 'max: 2'));
    expect(titles(slow.text, await knowledgeOf(slow)).at(-1)).toBe('0 ✗ 1/2 SLOs met');
  });

  it('tell the state of what is live', async () => {
    const summary = 'running: 6/6 replicas, 1.2 % of requests over SLO';
    const live = {
      id: 'InferenceCluster/vision',
      kind: 'InferenceCluster',
      name: 'vision',
      revision: 1,
      phase: 'running',
      summary,
      at: 0,
      faults: [],
      jobs: [],
      metricsUrl: '',
    } as const;
    const lenses = codeLenses(open(RUNNING), {
      ...(await knowledgeOf(open(RUNNING))),
      status: (document) => (document === 0 ? live : undefined),
    });
    expect(lenses[3]).toMatchObject({ title: summary, command: 'berth.watch', document: 0 });
    expect(lenses).toHaveLength(12);
  });

  it('are not there for what is no spec', () => {
    expect(codeLenses(open(GRAPH, '/x.graph.yaml'), NO_ENGINES)).toEqual([]);
    expect(codeLenses(open('foo: 1\n'), NO_ENGINES)).toEqual([]);
  });
});

describe('inlay hints', () => {
  let known: Knowledge;
  const doc = open(WHOLE);
  beforeAll(async () => {
    known = await knowledgeOf(doc);
  });

  it('tell what the engines say beside the words that it is about', () => {
    const hints = inlayHints(doc, known, { start: 0, end: WHOLE.length });
    expect(
      hints.map(
        ({ offset, label }) => `${WHOLE.slice(WHOLE.lastIndexOf('\n', offset - 1) + 1, offset).trim()} ${label}`,
      ),
    ).toEqual([
      '- name: search-images → 2 replicas, 653 ms',
      '- name: translate → 2 replicas, 1.35 s',
      '- { name: gpu, count: 2, memory: 256Mi } → ≤ 30 of 256 MiB, busy 13.7 %',
      '- name: cpu → 49 MiB of 1 GiB, busy 68.7 %',
      'pattern: { groupSize: 3, iterations: 2 } → leaks only the mean',
    ]);
    expect(hints[2]!.tooltip).toContain('gpu1: 1 node, 30 of 256 MiB');
  });

  it('keep to the range that is shown, and are none where nothing is known', () => {
    const start = WHOLE.indexOf('name: gpu');
    expect(inlayHints(doc, known, { start, end: start + 45 })).toHaveLength(1);
    expect(inlayHints(doc, NO_ENGINES, { start: 0, end: WHOLE.length })).toEqual([]);
  });

  it('stand behind the name where the rest of a long line would push them out of sight', async () => {
    const long = '- { name: gpu, count: 2, memory: 256Mi                             }';
    const doc = open(PLACEMENT.replace('- { name: gpu, count: 2, memory: 256Mi }', long));
    const [hint] = inlayHints(doc, await knowledgeOf(doc), { start: 0, end: doc.text.length });
    expect(doc.text.slice(0, hint!.offset)).toMatch(/- \{ name: gpu$/);
  });

  it('say the SLO where it is missed', async () => {
    const slow = open(SERVING.replace('latency: 720ms', 'latency: 500ms').replace('max: 6', 'max: 2'));
    const [hint] = inlayHints(slow, await knowledgeOf(slow), { start: 0, end: slow.text.length });
    expect(hint).toMatchObject({ label: '→ ✗ 2 replicas, 653 ms > 500 ms' });
    expect(hint!.tooltip).toMatch(/^p99 at 7 requests\/s; .* over the SLO of 500 ms\.$/);
  });

  it('name what leaks', async () => {
    const leaking = open(FEDERATION.replace('iterations: 2', 'iterations: 3'));
    const [hint] = inlayHints(leaking, await knowledgeOf(leaking), { start: 0, end: leaking.text.length });
    expect(hint?.label).toMatch(/^→ leaks \d sums? beyond the mean$/);
  });
});

describe('selections', () => {
  /** Expects that a selection is shown at these words, and that these words select it (or `back`). */
  const check = (document: number, selection: string, words: string, back = selection): void => {
    const doc = open(WHOLE);
    const range = rangeOfSelection(doc, document, selection);
    expect(range && WHOLE.slice(range.start, range.end)).toBe(words);
    expect(selectionAt(doc, range!.end)).toEqual(back === '' ? null : { document, selection: back });
  };

  it('lead to the text and back', () => {
    check(0, 'job:translate', 'translate');
    check(1, 'device:cpu', 'cpu');
    check(1, 'node:head', 'head');
    check(2, 'site:coast', 'coast');
  });

  it('of one of several devices lead to their entry', () => {
    check(1, 'device:gpu1', 'gpu', 'device:gpu0');
  });

  it('of what the text only refers to lead to the reference', () => {
    check(1, 'node:block1/conv', 'graphs/net.graph.yaml', '');
    check(1, 'folded:block1', 'graphs/net.graph.yaml', '');
    check(2, 'iteration:2', '2', 'iteration:1');
  });

  it('lead to the node in a graph file', () => {
    const doc = open(GRAPH, '/specs/graphs/net.graph.yaml');
    for (const selection of ['node:block1/relu', 'folded:block1', 'folded:block1~block1/relu']) {
      const range = rangeOfSelection(doc, 0, selection)!;
      expect(GRAPH.slice(range.start, range.end)).toMatch(/^block1\/(relu|conv)$/);
    }
    expect(selectionAt(doc, behind(GRAPH, 'compute: 400').offset)).toEqual({
      document: 0,
      selection: 'node:block1/conv',
    });
    expect(selectionAt(doc, behind(GRAPH, 'to: hea').offset)).toEqual({ document: 0, selection: 'node:head' });
  });

  it('are none where nothing is', () => {
    const doc = open(WHOLE);
    expect(rangeOfSelection(doc, 0, 'job:nobody')).toBeNull();
    expect(rangeOfSelection(doc, 7, 'job:translate')).toBeNull();
    expect(rangeOfSelection(doc, 0, 'nonsense')).toBeNull();
    expect(selectionAt(doc, 0)).toBeNull();
    expect(selectionAt(open(''), 0)).toBeNull();
  });
});

describe('keep', () => {
  const kept = (text: string, whatIf: WhatIf): string => applied(text, keepEdits(open(text) as SpecText, 0, whatIf));

  it('writes capacity and SLOs in the units that stand there, comments untouched', () => {
    expect(kept(SERVING, { capacityReplicas: 12, sloMs: { 'search-images': 654.321, translate: 1234.5 } })).toBe(
      SERVING.replace('replicas: 8 }', 'replicas: 12 }')
        .replace('latency: 720ms', 'latency: 654ms')
        .replace('latency: 1.5s', 'latency: 1.23s'),
    );
  });

  it('writes a capacity that is counted in another resource', () => {
    const text = SERVING.replace('{ replicas: 8 }', '{ cpu: 8, memory: 32Gi }');
    expect(kept(text, { capacityReplicas: 10.5 })).toContain('{ cpu: 10.5, memory: 32Gi }');
    const turned = SERVING.replace('{ replicas: 8 }', '{ memory: 32Gi, cpu: 8 }');
    expect(kept(turned, { capacityReplicas: 10 })).toContain('{ memory: 32Gi, cpu: 10 }');
    const memory = SERVING.replace('{ replicas: 8 }', '{ memory: 32Gi }');
    expect(kept(memory, { capacityReplicas: 40 * 2 ** 30 })).toContain('{ memory: 40Gi }');
  });

  it('changes and adds pins', () => {
    expect(kept(PLACEMENT, { pins: { head: 'gpu0', input: 'cpu', 'block1/conv': 'gpu0' } })).toBe(
      PLACEMENT.replace('head: gpu1', 'head: gpu0').replace('input: cpu\n', 'input: cpu\n    block1/conv: gpu0\n'),
    );
  });

  it('adds several pins where there were none', () => {
    const none = PLACEMENT.replace(/ {2}pins:[^]*$/, '');
    const text = kept(none, { pins: { head: 'gpu0', input: 'cpu' } });
    expect(text).toContain('pins: { head: gpu0, input: cpu }');
    expect(open(text)).toMatchObject({
      spec: { problems: [], documents: [{ spec: { pins: { head: 'gpu0', input: 'cpu' } } }] },
    });
  });

  it('takes pins back, on lines of their own and on one line, and puts others in', () => {
    expect(kept(PLACEMENT, { unpinned: ['head'] })).toBe(PLACEMENT.replace('    head: gpu1\n', ''));
    expect(kept(PLACEMENT, { unpinned: ['head', 'input'] })).toContain('pins:\n    {}');
    const line = PLACEMENT.replace(/pins:[^]*$/, 'pins: { head: gpu1, input: cpu } # by hand\n');
    expect(kept(line, { unpinned: ['input'] })).toContain('pins: { head: gpu1 } # by hand');
    expect(kept(line, { unpinned: ['input'], pins: { 'block1/conv': 'gpu0' } })).toContain(
      'pins: { head: gpu1, block1/conv: gpu0 } # by hand',
    );
  });

  it('writes numbers and sizes of devices, the link and the algorithm where they stand', () => {
    const devices = { gpu: { count: 4, memoryBytes: 2 ** 29 }, cpu: { memoryBytes: 2 ** 31 } };
    expect(kept(PLACEMENT, { devices, bandwidth: 25e9, algorithm: 'm-SCT' })).toBe(
      PLACEMENT.replace('count: 2, memory: 256Mi', 'count: 4, memory: 512Mi')
        .replace('memory: 1Gi', 'memory: 2Gi')
        .replace('5.7GB/s', '25GB/s')
        .replace('m-ETF', 'm-SCT'),
    );
    expect(kept(PLACEMENT, { devices: { cpu: { count: 2 } } })).toContain('    - name: cpu\n      count: 2\n');
  });

  it('adds and takes devices that are written one by one', () => {
    const entry = (i: number): string => `    - { name: gpu${i}, memory: 256Mi } # slot ${i}\n`;
    const single = PLACEMENT.replace(/ {4}- \{ name: gpu,.*\n/, entry(0) + entry(1) + entry(2));
    const more = kept(single, { devices: { gpu: { count: 5 } } });
    expect(more).toContain('    - { name: gpu3, memory: 256Mi }\n    - { name: gpu4, memory: 256Mi }\n');
    expect(open(more)).toMatchObject({ spec: { problems: [] } });
    const fewer = kept(single, { devices: { gpu: { count: 1, memoryBytes: 2 ** 29 } } });
    expect(fewer).toContain('- { name: gpu0, memory: 512Mi }');
    expect(fewer).not.toMatch(/gpu[12],/);
  });

  it('does nothing for what is not in the text', () => {
    expect(keepEdits(open(SERVING) as SpecText, 0, { sloMs: { nobody: 1 } })).toEqual([]);
    expect(keepEdits(open(SERVING) as SpecText, 5, { capacityReplicas: 1 })).toEqual([]);
    expect(keepEdits(open(FEDERATION) as SpecText, 0, { capacityReplicas: 1 })).toEqual([]);
  });
});
