/** The text of a spec: read whole, read after edits, asked about as an editor asks, and written. */
import { codeActions } from '../../../server/src/language/code-actions.ts';
import { codeLenses } from '../../../server/src/language/code-lens.ts';
import { completion } from '../../../server/src/language/completion.ts';
import { definition } from '../../../server/src/language/definition.ts';
import { documentLinks } from '../../../server/src/language/document-links.ts';
import { NOTHING_KNOWN, type OpenDocument } from '../../../server/src/language/document.ts';
import { foldings } from '../../../server/src/language/folding.ts';
import { readGraphDocument } from '../../../server/src/language/graph-document.ts';
import { hover } from '../../../server/src/language/hover.ts';
import { inlayHints } from '../../../server/src/language/inlay-hints.ts';
import { references } from '../../../server/src/language/references.ts';
import { prepareRename, rename } from '../../../server/src/language/rename.ts';
import { selectionRanges } from '../../../server/src/language/selection-ranges.ts';
import { semanticTokens } from '../../../server/src/language/semantic-tokens.ts';
import { symbols, type OutlineSymbol } from '../../../server/src/language/symbols.ts';
import type { Range } from '../../../server/src/spec/problems/problem.ts';
import { readSpecFile, type SpecFile } from '../../../server/src/spec/spec-file.ts';
import { applied, yamlText } from '../../../server/src/spec/yaml/edit.ts';
import { readYaml } from '../../../server/src/spec/yaml/document.ts';
import { YamlNode } from '../../../server/src/spec/yaml/tree.ts';
import { random as seeded } from '../../unit/spec/random.ts';
import { documentOf, SPEC_WORDS, yamlOf } from '../from-schema.ts';
import { codes, isSound, must } from '../oracle.ts';
import { changedText } from '../mutate.ts';
import { ofJson, type Random, type TextTarget } from '../target.ts';
import { FILES_THERE, FOLDER, GRAPH_SEEDS, SPEC_SEEDS } from './files.ts';

const READERS = [
  'spec/spec-file.ts',
  'spec/kinds/check.ts',
  'spec/kinds/written.ts',
  'spec/schema/schema-check.ts',
  'spec/schema/value-problem.ts',
  'spec/yaml/document.ts',
  'spec/yaml/chunk.ts',
  'spec/yaml/plain.ts',
];

const URI = `${FOLDER}/a.berth.yaml`;

function madeSpec(random: Random): string {
  const documents = Array.from({ length: random.next() < 0.9 ? 1 : 2 }, () =>
    yamlOf(documentOf(random.pick(['InferenceCluster', 'TrainingPlacement', 'Federation']), random), random),
  );
  return `${documents.join('\n---\n')}\n`;
}

function read(text: string, previous?: SpecFile): SpecFile {
  return readSpecFile(text, { uri: URI, files: FILES_THERE, previous });
}

/** Looks at everything that a reading has to say. */
function looked(file: SpecFile): string {
  for (const found of file.problems) isSound(found, file.text.length);
  for (const document of file.documents) {
    isWithin(document.range, file.text, 'a document');
    isWithin(document.at(['spec', 'jobs', 0, 'name']), file.text, 'a path');
    document.root?.plain();
    const isClean = document.problems.every(({ severity }) => severity !== 'error');
    must(isClean || document.spec === undefined, () => 'a document with an error means something');
  }
  const sight = file.documents.map(({ kind, spec }) => `${kind ?? '-'}${spec ? '+' : ''}`).join();
  return `${sight} ${codes(file.problems)}`;
}

function isWithin({ start, end }: Range, text: string, what: string): void {
  must(
    start >= 0 && start <= end && end <= Math.max(1, text.length),
    () => `${what} at ${start} to ${end} of ${text.length}`,
  );
}

const spec: TextTarget = {
  name: 'spec',
  type: 'text',
  doors: READERS,
  words: SPEC_WORDS,
  seeds: () => SPEC_SEEDS,
  make: madeSpec,
  run: (text) => looked(read(text)),
};

/** A tree as data with absolute ranges, to compare two readings. */
function spelled(node: YamlNode | undefined): unknown {
  if (!node) return null;
  const at = [node.range.start, node.range.end, node.type, node.flow];
  if (node.type === 'mapping') return [at, node.entries.map((e) => [e.key, e.keyRange, e.colon, spelled(e.value)])];
  if (node.type === 'sequence') return [at, node.items.map(spelled)];
  return [at, String(node.scalar), typeof node.scalar];
}

/** What a file says, without what the reading before may lend it (`lastGood`). */
function told({ documents, problems, references: to }: SpecFile): string {
  return JSON.stringify([
    problems,
    to,
    documents.map((each) => [each.range, each.kind, each.name, each.target, each.spec, spelled(each.root)]),
  ]);
}

/** A text and edits of it one after the other: where, how many characters go, what comes. */
interface Session {
  readonly text: string;
  readonly edits: readonly (readonly [at: number, gone: number, come: string])[];
}

function sessionIn(input: string): Session | undefined {
  try {
    const { text, edits } = JSON.parse(input) as Partial<Session>;
    if (typeof text !== 'string' || !Array.isArray(edits)) return undefined;
    const sound = (edits as unknown[]).filter(
      (edit): edit is [number, number, string] =>
        Array.isArray(edit) &&
        Number.isSafeInteger(edit[0]) &&
        Number.isSafeInteger(edit[1]) &&
        typeof edit[2] === 'string',
    );
    return { text: text.slice(0, 20_000), edits: sound.slice(0, 12) };
  } catch {
    return undefined;
  }
}

function madeSession(random: Random): string {
  let text = random.next() < 0.5 ? madeSpec(random) : random.pick(SPEC_SEEDS);
  const first = text;
  const edits = Array.from({ length: 1 + random.int(5) }, (): Session['edits'][number] => {
    const after = changedText(text, random.pick(SPEC_SEEDS), random, SPEC_WORDS);
    let start = 0;
    while (start < text.length && text[start] === after[start]) start++;
    let end = 0;
    while (end < text.length - start && end < after.length - start && text.at(-1 - end) === after.at(-1 - end)) end++;
    const edit: Session['edits'][number] = [start, text.length - end - start, after.slice(start, after.length - end)];
    text = after;
    return edit;
  });
  return JSON.stringify({ text: first, edits });
}

const edits: TextTarget = {
  name: 'spec-edits',
  type: 'json',
  doors: READERS,
  words: SPEC_WORDS,
  seeds: () => SPEC_SEEDS.map((text) => JSON.stringify({ text, edits: [[text.length >> 1, 2, ': ']] })),
  make: madeSession,
  run: (input) => {
    const session = sessionIn(input);
    if (!session) return 'no session';
    let { text } = session;
    let file = read(text);
    for (const [at, gone, come] of session.edits) {
      text = text.slice(0, Math.max(0, at)) + come + text.slice(Math.max(0, at) + Math.max(0, gone));
      file = read(text, file);
      must(
        told(file) === told(read(text)),
        () => `read after an edit it says something else than read afresh: ${JSON.stringify(text)}`,
      );
    }
    return looked(file);
  },
};

/** Everything an editor asks of a document, at places that the text decides. */
function asked(doc: OpenDocument): string {
  const { text } = doc;
  const knowledge = { ...NOTHING_KNOWN, files: FILES_THERE };
  const random = seeded(text.length * 31 + text.charCodeAt(text.length >> 1) + 7);
  const seen: string[] = [];
  const whole = { start: 0, end: text.length };
  const walk = (symbol: OutlineSymbol): void => {
    isWithin(symbol.range, text, 'a symbol');
    isWithin(symbol.selection, text, 'a symbol');
    must(
      symbol.selection.start >= symbol.range.start && symbol.selection.end <= symbol.range.end,
      () => `a symbol's name lies outside of it`,
    );
    symbol.children.forEach(walk);
  };
  symbols(doc).forEach(walk);
  for (const { range } of foldings(doc)) isWithin(range, text, 'a folding');
  for (const { range } of semanticTokens(doc)) isWithin(range, text, 'a token');
  for (const { range } of documentLinks(doc)) isWithin(range, text, 'a link');
  for (const { range } of codeLenses(doc, knowledge)) isWithin(range, text, 'a lens');
  inlayHints(doc, knowledge, whole);
  const problems = doc.type === 'spec' ? doc.spec.problems : doc.graph.problems;
  for (const { edits: changes } of codeActions(doc, whole, problems)) {
    for (const { range } of changes) isWithin(range, text, 'a fix');
    applied(text, changes);
  }
  for (let i = 0; i < 6; i++) {
    const offset = i === 0 ? text.length : random.int(text.length + 1);
    const shown = hover(doc, offset, knowledge);
    if (shown) isWithin(shown.range, text, 'a hover');
    const items = completion(doc, offset, knowledge);
    for (const { range } of items) {
      isWithin(range, text, 'a completion');
      must(
        !text.slice(range.start, range.end).includes('\n'),
        () => `a completion replaces more than a line at ${offset}`,
      );
    }
    definition(doc, offset, knowledge);
    const found = references(doc, offset, knowledge, true);
    const nested = selectionRanges(doc, offset);
    // from the innermost outwards
    nested.forEach((range, at) => {
      isWithin(range, text, 'a selection');
      const outer = nested[at + 1];
      must(
        !outer || (outer.start <= range.start && outer.end >= range.end),
        () => `a selection lies outside of the one around it`,
      );
    });
    const named = prepareRename(doc, offset, knowledge);
    if (named) {
      const renamed = rename(doc, offset, random.pick(['b', 'x y', '', 'É', 'a: b', '"']), knowledge);
      must(renamed !== null, () => `what can be renamed cannot`);
      if (!renamed.ok) isSound(renamed.refusal);
    }
    seen.push(`${shown ? 'h' : ''}${items.length > 0 ? 'c' : ''}${found.length > 0 ? 'r' : ''}${named ? 'n' : ''}`);
  }
  return seen.sort().join();
}

const editor: TextTarget = {
  name: 'editor',
  type: 'text',
  doors: ['language/completion.ts', 'language/hover/other-units.ts', 'language/keep.ts'],
  words: SPEC_WORDS,
  seeds: () => [...SPEC_SEEDS, ...GRAPH_SEEDS],
  make: madeSpec,
  run: (text) => {
    const path = /^kind: Graph\b|^nodes:/m.test(text) ? `${FOLDER}/a.graph.yaml` : URI;
    return asked(
      path === URI
        ? { type: 'spec', path, text, spec: read(text) }
        : { type: 'graph', path, text, graph: readGraphDocument(text, { path }) },
    );
  },
};

/** What fixes and renames write is what they meant: any value as one line of YAML, read back. */
const written: TextTarget = {
  name: 'written-yaml',
  type: 'json',
  doors: ['spec/yaml/edit.ts'],
  seeds: () => [
    '{"a":"b","c":[1,true,null,"x: y"],"d":{"e":""}}',
    '["~","null","- a","#","|",">","1e3","0x1","é","&a","*a","<<"]',
  ],
  run: ofJson((value) => {
    if (hasOddKeys(value)) return 'odd keys';
    const text = `x: ${yamlText(value)}\n`;
    must(!text.slice(0, -1).includes('\n'), () => `${text} has more than a line`);
    const { documents } = readYaml(text);
    const [document] = documents;
    must(
      documents.length === 1 && document?.slips.length === 0,
      () => `${text} has slips: ${JSON.stringify(document?.slips)}`,
    );
    const back = document?.root && (new YamlNode(document.root, document.base).plain() as { x?: unknown }).x;
    must(JSON.stringify(back ?? null) === JSON.stringify(value), () => `${text} is read as ${JSON.stringify(back)}`);
    return Array.isArray(value) ? 'list' : typeof value;
  }),
};

/** Keys that JSON.parse orders or drops otherwise than a text has them. */
function hasOddKeys(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => key === '__proto__' || (!Array.isArray(value) && /^\d+$/.test(key)) || hasOddKeys(inner),
  );
}

export const SPEC_TARGETS = [spec, edits, editor, written];
