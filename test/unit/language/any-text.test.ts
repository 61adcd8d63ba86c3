/** No text may end the language server: every feature on every beginning of a text, and on texts with pieces torn out. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeActions } from '../../../server/src/language/code-actions.ts';
import { codeLenses } from '../../../server/src/language/code-lens.ts';
import { completion } from '../../../server/src/language/completion.ts';
import { definition } from '../../../server/src/language/definition.ts';
import { diagnostics } from '../../../server/src/language/diagnostics.ts';
import type { Knowledge, OpenDocument } from '../../../server/src/language/document.ts';
import { documentLinks } from '../../../server/src/language/document-links.ts';
import { foldings } from '../../../server/src/language/folding.ts';
import { readGraphDocument } from '../../../server/src/language/graph-document.ts';
import { hover } from '../../../server/src/language/hover.ts';
import { inlayHints } from '../../../server/src/language/inlay-hints.ts';
import { keepEdits } from '../../../server/src/language/keep.ts';
import { rangeOfSelection, selectionAt } from '../../../server/src/language/locate.ts';
import { references } from '../../../server/src/language/references.ts';
import { prepareRename, rename } from '../../../server/src/language/rename.ts';
import { selectionRanges } from '../../../server/src/language/selection-ranges.ts';
import { semanticTokens } from '../../../server/src/language/semantic-tokens.ts';
import { symbols } from '../../../server/src/language/symbols.ts';
import { random } from '../spec/random.ts';
import { GRAPH, knowledgeOf, open, WHOLE } from './workspace.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url);
const examples = readdirSync(EXAMPLES).filter((name) => name.endsWith('.berth.yaml'));
const TEXTS: readonly (readonly [name: string, text: string, path: string])[] = [
  ['three documents', WHOLE, '/specs/a.berth.yaml'],
  ['a graph', GRAPH, '/specs/graphs/net.graph.yaml'],
  [
    'a recorded graph',
    JSON.stringify({ nodes: [{ id: 0, name: 'a', compute_us: 3 }], edges: [] }, null, 1),
    '/specs/x.graph.json',
  ],
  ...examples.map((name) => [name, readFileSync(new URL(name, EXAMPLES), 'utf8'), '/specs/a.berth.yaml'] as const),
];

/** Runs every feature; ranges lie inside of the text. */
function everything(doc: OpenDocument, offset: number, known: Knowledge): void {
  const inside = ({ start, end }: { start: number; end: number }): void => {
    if (!(start >= 0 && start <= end && end <= doc.text.length))
      throw new Error(`the range ${start}–${end} is outside of ${doc.text.length} letters`);
  };
  const problems = diagnostics(doc, known);
  for (const { range } of problems) inside(range);
  for (const item of completion(doc, offset, known)) {
    inside(item.range);
    if (offset < item.range.start || offset > item.range.end) throw new Error(`"${item.label}" is not at the cursor`);
  }
  const shown = hover(doc, offset, known);
  if (shown) inside(shown.range);
  for (const { edits } of codeActions(doc, { start: 0, end: doc.text.length }, problems))
    for (const { range } of edits) inside(range);
  for (const { range } of codeLenses(doc, known)) inside(range);
  for (const hint of inlayHints(doc, known, { start: 0, end: doc.text.length }))
    inside({ start: hint.offset, end: hint.offset });
  for (const { range } of symbols(doc)) inside(range);
  for (const { range } of foldings(doc)) inside(range);
  for (const { range } of documentLinks(doc)) inside(range);
  for (const { range } of semanticTokens(doc)) inside(range);
  for (const range of selectionRanges(doc, offset)) inside(range);
  for (const { origin } of definition(doc, offset, known)) inside(origin);
  references(doc, offset, known, true);
  const renaming = prepareRename(doc, offset, known);
  if (renaming) inside(renaming.range);
  rename(doc, offset, 'another', known);
  const selected = selectionAt(doc, offset);
  if (selected) rangeOfSelection(doc, selected.document, selected.selection);
  for (const selection of ['job:a', 'device:gpu1', 'node:head', 'folded:', 'site:north', 'iteration:1', ':', '']) {
    const range = rangeOfSelection(doc, 0, selection);
    if (range) inside(range);
  }
  if (doc.type === 'spec')
    keepEdits(doc, 0, { capacityReplicas: 4, sloMs: { translate: 3 }, pins: { head: 'cpu', x: 'y' } });
}

describe.each(TEXTS)('every feature on %s', { timeout: 60_000 }, (_, text, path) => {
  let known: Knowledge;
  beforeAll(async () => {
    known = await knowledgeOf(open(text, path));
  });

  it('bears every beginning of it', () => {
    for (let end = 0; end <= text.length; end += 7) everything(open(text.slice(0, end), path), end, known);
  });

  it('bears pieces torn out and signs strewn in', () => {
    const dice = random(11);
    for (let i = 0; i < 150; i++) {
      const at = dice.int(text.length);
      const sign = dice.pick([
        '',
        '',
        '{',
        '[',
        '}',
        ']',
        ':',
        '- ',
        '\n',
        '"',
        "'",
        '#',
        '|',
        '&a',
        '*a',
        '\t',
        '---\n',
        ',',
        '  ',
        '\r\n',
        '<<: ',
      ]);
      const torn = text.slice(0, at) + sign + text.slice(at + dice.int(30));
      everything(open(torn, path), Math.min(torn.length, Math.max(0, at + dice.int(40) - 10)), known);
    }
  });
});

describe('graph documents', () => {
  it('are the same whether they are read anew or from the reading before', () => {
    const dice = random(3);
    const path = '/specs/graphs/net.graph.yaml';
    let text = GRAPH;
    let previous = readGraphDocument(text, { path });
    for (let i = 0; i < 150; i++) {
      const at = dice.int(text.length);
      text =
        i % 10 === 9
          ? GRAPH
          : text.slice(0, at) + dice.pick(['', ' ', 'x', '\n', ', ', '}']) + text.slice(at + dice.int(3));
      const next = readGraphDocument(text, { path, previous });
      const anew = readGraphDocument(text, { path });
      expect(next.problems).toEqual(anew.problems);
      expect(next.graph?.names).toEqual(anew.graph?.names);
      previous = next;
    }
  });

  it('keep the last good graph while the text is half typed', () => {
    const path = '/specs/graphs/net.graph.yaml';
    const good = readGraphDocument(GRAPH, { path });
    const typing = readGraphDocument(GRAPH.replace('compute: 400us', 'compute: 4'), { path, previous: good });
    expect(typing.graph).toBeUndefined();
    expect(typing.lastGood).toBe(good.graph);
    expect(good.graph?.nodeCount).toBe(4);
  });

  it('of many megabytes are refused with a word', () => {
    const doc = readGraphDocument(`nodes: # ${'x'.repeat(9 * 2 ** 20)}\n`, { path: '/x.graph.yaml' });
    expect(doc.problems.map(({ code }) => code)).toEqual(['BERTH1012']);
  });
});
