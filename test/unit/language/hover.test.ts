import { beforeAll, describe, expect, it } from 'vitest';
import { computePreview } from '../../../server/src/preview/compute.ts';
import type { Knowledge, OpenDocument } from '../../../server/src/language/document.ts';
import { hover } from '../../../server/src/language/hover.ts';
import { behind, FEDERATION, GRAPH, knowledgeOf, NO_ENGINES, open, PLACEMENT, SERVING, WHOLE } from './workspace.ts';

/** Hovers over the last letter of `words` and expects the word that is explained and every one of the texts. */
function check(
  doc: OpenDocument,
  knowledge: Knowledge,
  words: string,
  word: string,
  texts: readonly (string | RegExp)[],
): string {
  const { offset } = behind(doc.text, words);
  const shown = hover(doc, offset, knowledge);
  expect(shown, `hover behind "${words}"`).not.toBeNull();
  expect(doc.text.slice(shown!.range.start, shown!.range.end)).toBe(word);
  for (const text of texts)
    expect(shown!.markdown).toEqual(
      text instanceof RegExp ? expect.stringMatching(text) : expect.stringContaining(text),
    );
  return shown!.markdown;
}

/** The parts of a hover in their order, by how each begins: an editor shows but the first of them without scrolling. */
function order(markdown: string, ...parts: readonly string[]): void {
  const places = parts.map((part) => markdown.indexOf(part));
  expect(places, `${parts.join(' before ')} in ${markdown}`).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

/** The SVG in a hover. */
function pictureIn(markdown: string): string {
  const data = /!\[([^\]]+)\]\(data:image\/svg\+xml;base64,([^)]+)\)/.exec(markdown);
  expect(data, 'a picture with an alternative text').not.toBeNull();
  return Buffer.from(data![2]!, 'base64').toString('utf8');
}

describe('hover without engines', () => {
  const doc = open(WHOLE);

  it('explains a key: title, description, unit, example', () => {
    check(doc, NO_ENGINES, 'processingTime', 'processingTime', [
      '**Processing time** (required)',
      'waiting not counted',
      '`ms`',
      'processingTime: 180ms',
    ]);
  });

  it('tells default and range', () => {
    check(doc, NO_ENGINES, 'percentile', 'percentile', ['Above 0, below 100'.slice(1), 'default `99`']);
    check(doc, NO_ENGINES, 'iterations', 'iterations', ['at least 1, at most 64', 'default `2`']);
  });

  it('tells from when to when a trace is, and in which time zone', () => {
    const trace = (workload: string, text: string): string => {
      const files = { read: () => ({ text, version: text }) };
      const local = open(SERVING.replace('{ trace: traces/day.csv, column: search }', workload));
      const { offset } = behind(local.text, 'trace: t.csv');
      return hover(local, offset, { ...NO_ENGINES, files })?.markdown ?? '';
    };
    const local = 'time,search\n2026-03-29 01:59,1\n2026-03-29 03:00,2\n';
    expect(trace('{ trace: t.csv, column: search, timezone: Europe/Berlin }', local)).toMatch(
      /^2 minutes, lines of a minute, from `2026-03-29T01:59:00\+01:00` to `2026-03-29T03:01:00\+02:00` \(Europe\/Berlin\)\./,
    );
    expect(trace('{ trace: t.csv, column: search }', local)).toContain('(in a time zone that is not told).');
    expect(trace('{ trace: t.csv, column: search }', 'ts,search\n1774742400,1\n')).toContain(
      'from `2026-03-29T00:00:00Z` to `2026-03-29T00:01:00Z`.',
    );
    expect(trace('{ trace: t.csv, column: search }', 'search\n1\n')).toMatch(/^1 minute, lines of a minute\.\n/);
    expect(trace('{ trace: t.csv, column: search }', 'root:x:0:0\n')).toMatch(/^\*\*Trace\*\*/);
  });

  it('explains a choice by what it means', () => {
    check(doc, NO_ENGINES, 'algorithm: m-ETF', 'm-ETF', ['`m-ETF` – Gives the task', '`single` – Everything']);
  });

  it.each([
    ['latency: 720ms', '720ms', '`720ms` = 0.72 s'],
    ['latency: 134us', '134us', '= 0.134 ms'],
    ['memory: 1Gi', '1Gi', '= 1.07 GB = 1,073,741,824 B'],
    ['bandwidth: 5.7GB/s', '5.7GB/s', '= 45.6 Gbit/s'],
    ['rate: 3/s', '3/s', '= 180 a minute'],
  ])('tells %s in another unit', (words, word, text) => {
    check(doc, NO_ENGINES, words, word, [text]);
  });

  it('says nothing on blanks, comments, and in a document of no kind', () => {
    expect(hover(doc, behind(doc.text, '# all mach').offset, NO_ENGINES)).toBeNull();
    expect(hover(open('foo: bar\n'), 2, NO_ENGINES)).toBeNull();
    expect(hover(open(''), 0, NO_ENGINES)).toBeNull();
  });

  it('shows names as they are, whatever signs they hold', () => {
    const text = PLACEMENT.replace('head: gpu1', '"a|b*[c]`d`": gpu1');
    check(open(text), NO_ENGINES, 'a|b', '"a|b*[c]`d`"', ['**a\\|b\\*\\[c\\]\\`d\\`**']);
  });
});

describe('hover with what the engines say', () => {
  const serving = open(SERVING);
  const placement = open(PLACEMENT);
  const federation = open(FEDERATION);
  let known: { serving: Knowledge; placement: Knowledge; federation: Knowledge };
  beforeAll(async () => {
    known = {
      serving: await knowledgeOf(serving),
      placement: await knowledgeOf(placement),
      federation: await knowledgeOf(federation),
    };
  });

  it.each([
    ['name: search-images', 'search-images'],
    ['slo', 'slo'],
    ['latency: 720ms', '720ms'],
    ['replicas: { min: 1', '1'],
  ])('draws the utility curve of a job at %s', (words, word) => {
    const texts = [
      /\*\*search-images\*\* has \*\*\d replicas?\*\* at 7 requests\/s/,
      '| **2 now** |',
      '(one more)',
      '(one less)',
      '2 replicas meet the SLO',
      /Its last replica adds [\d.]+ to FairSum, the least of all jobs; a further one would not raise/,
      'command:berth.preview',
    ];
    const markdown = check(serving, known.serving, words, word, texts);
    expect(pictureIn(markdown)).toContain('now 2: 1');
    expect(markdown.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(5);
    order(markdown, '**search-images** has', '| replicas |', '![Utility of', 'Its last replica');
  });

  it('says in a sentence what a flat curve would draw', async () => {
    const idle = open(SERVING.replace('{ trace: traces/day.csv, column: search }', '{ rate: 0.01/s }'));
    const markdown = check(idle, await knowledgeOf(idle), 'slo', 'slo', [
      /One replica already meets the SLO \(\d+ ms\): its utility is the same with any number\./,
    ]);
    expect(markdown).not.toContain('![');
  });

  it('tells where the cluster stands', () => {
    check(serving, known.serving, 'objective', 'objective', [
      'FairSum is **2** of at most 2',
      '4 of 8 replicas are used',
      'Both SLOs need a capacity of 4 replicas.',
    ]);
  });

  it('says what no capacity can meet', async () => {
    const capped = open(SERVING.replace('max: 6', 'max: 1'));
    const known = await knowledgeOf(capped);
    check(capped, known, 'latency: 720ms', '720ms', [
      '2 replicas meet the SLO at this load, more than its maximum of 1',
    ]);
    check(capped, known, 'replicas: 8', '8', ['No capacity meets the SLO of search-images, which may have 1 replica']);
    const hopeless = open(SERVING.replace('latency: 720ms', 'latency: 100ms'));
    check(hopeless, await knowledgeOf(hopeless), 'latency: 100ms', '100ms', ['no capacity, meets this SLO']);
  });

  it('draws the fullest of alike devices and lists them', () => {
    const markdown = check(placement, known.placement, 'name: gpu', 'gpu', [
      'The fullest of 2, **gpu1**, holds 1 node (head)',
      '| gpu0 | &ensp;0 |',
      '30 MiB',
    ]);
    expect(pictureIn(markdown)).toContain('gpu1: 1 node, busy');
    order(markdown, 'The fullest of 2', '| device |', '![gpu1');
  });

  it('tells where a pinned node sits, when it runs and what it takes', () => {
    const markdown = check(placement, known.placement, 'head', 'head', [
      '**head** sits on **gpu1** and runs from',
      ', backward from',
      'Takes 200 µs forward and 300 µs backward',
      '30 MiB for ever',
      '**Pins**',
    ]);
    expect(pictureIn(markdown)).toContain('stroke-width="2"');
    order(markdown, '**head** sits', 'Takes 200 µs', '![gpu1');
    check(placement, known.placement, 'head: gpu1', 'gpu1', ['**gpu1** holds 1 node']);
  });

  it('tells what a node waits for and what moving it to each other device would do, as simulated', async () => {
    const spec = placement.type === 'spec' ? placement.spec.documents[0]!.spec! : undefined;
    const graph = { path: '/specs/graphs/net.graph.yaml', text: GRAPH, version: '1' };
    const { about } = await computePreview({
      ...{ spec: spec!, document: 0, whatIf: {}, replay: false, graph },
      about: 'head',
    });
    const markdown = check(placement, { ...known.placement, node: () => about! }, 'head', 'head', [
      '**head** sits on **gpu1**, where it is pinned, and runs from',
      /It waits for block1\/relu from cpu: \d+ µs on the way/,
      '| moved to |',
      /\| gpu0 \|.*±0 .*fits/,
      /\| cpu \|.*−[\d.]+ µs .*fits/,
    ]);
    order(markdown, '**head** sits', 'It waits', '| moved to', 'Takes 200 µs', '![gpu1');
  });

  it('compares the algorithms', () => {
    check(placement, known.placement, 'algorithm', 'algorithm', [
      'm-ETF needs',
      '| **m-ETF** |',
      '| m-TOPO |',
      'How far this can be from the shortest possible step is not known beforehand, because a device sends or receives one tensor at a time',
    ]);
  });

  it('tells of a node in its graph file what the placement does with it', () => {
    const graph = open(GRAPH, '/specs/graphs/net.graph.yaml');
    const outcome = { ...NO_ENGINES, outcome: () => known.placement.outcome(0) };
    check(graph, outcome, 'name: block1/conv', 'block1/conv', [
      '**block1/conv** sits on **cpu**',
      '40 MiB for ever',
      'Reads 1 node, is read by 1 node',
    ]);
    check(graph, NO_ENGINES, 'from: block1/conv', 'block1/conv', ['Takes 400 µs forward', '**From**']);
  });

  it('tells who meets whom and what anyone could learn', () => {
    const markdown = check(federation, known.federation, 'groupSize', 'groupSize', [
      'meet again after **4 iterations**',
      'learns only the mean',
      'iteration 1: north',
    ]);
    expect(pictureIn(markdown).match(/<polygon/g)).toHaveLength(6);
    order(markdown, 'Every site, alone', '![iteration 1', 'meet again after');
    check(federation, known.federation, 'name: coast', 'coast', [
      '**coast** alone could learn the mean only',
      '1: south and river',
    ]);
  });

  it('lists who would learn more than the mean, four rows at most', async () => {
    const text = FEDERATION.replace('iterations: 2', 'iterations: 3');
    const doc = open(text);
    const markdown = check(doc, await knowledgeOf(doc), 'iterations: 3', '3', [
      '| who | &ensp;could compute | &ensp;sums beyond the mean |',
      '5 more in the preview',
    ]);
    expect(markdown.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(6);
  });
});
