/** What can be typed at the cursor, also while the line around it is half typed. */
import { parseQuantity } from '../spec/quantities/quantity.ts';
import { DOCUMENT_KINDS, resolved, schemaAt, type DocumentKind, type SchemaNode } from '../spec/schema/schema-tree.ts';
import { LARGEST_TEXT } from '../spec/spec-file.ts';
import { lineStart } from '../spec/text/line-start.ts';
import { isVisible, visible } from '../spec/text/visible.ts';
import type { Path } from '../spec/yaml/tree.ts';
import { documentCompletions } from './completion/documents.ts';
import { existingValues, nodesToPin } from './completion/existing.ts';
import { keyCompletions } from './completion/keys.ts';
import { itemTemplate, type Style } from './completion/template.ts';
import { schemaOffers, valueCompletions } from './completion/values.ts';
import { inOrder, withoutPlaceholders, type CompletionItem } from './completion-item.ts';
import { KINDS } from '../spec/types.ts';
import { cursorsAt, type Cursor } from './cursor.ts';
import type { Knowledge, OpenDocument } from './document.ts';
import { documentation } from './hover/documentation.ts';
import { yamlBlock } from './markdown.ts';
import { sectionAt, type Section } from './section.ts';

export type { CompletionItem, CompletionKind } from './completion-item.ts';
export { withoutPlaceholders } from './completion-item.ts';

/** Of a line before the cursor, in UTF-16 units: nobody types at the end of a longer one. */
const LONGEST_LINE = 100_000;

export function completion(doc: OpenDocument, offset: number, knowledge: Knowledge): CompletionItem[] {
  if (doc.text.length > LARGEST_TEXT || offset - lineStart(doc.text, offset) > LONGEST_LINE) return [];
  const section = sectionAt(doc, offset);
  const items = cursorsAt(doc.text, offset).flatMap((cursor) =>
    new Completer(doc, section, offset, knowledge, cursor).items(),
  );
  const seen = new Set<string>();
  return items
    .filter(({ label, insertText }) => !seen.has(`${label}\n${insertText}`) && seen.add(`${label}\n${insertText}`))
    .map(shown);
}

/** Names of all kinds are offered: each character of one is seen, and what is typed is compared with the name as it is. */
function shown(item: CompletionItem): CompletionItem {
  if (isVisible(item.label) && isVisible(item.detail)) return item;
  const { label, detail, filterText = label } = item;
  return { ...item, label: visible(label), detail: visible(detail), filterText };
}

class Completer {
  private readonly doc: OpenDocument;
  private readonly section: Section | undefined;
  private readonly knowledge: Knowledge;
  private readonly cursor: Cursor;
  /** What is typed of the word, up to the cursor. */
  private readonly typed: string;
  private readonly offset: number;
  private readonly step: number;

  constructor(doc: OpenDocument, section: Section | undefined, offset: number, knowledge: Knowledge, cursor: Cursor) {
    this.doc = doc;
    this.section = section;
    this.knowledge = knowledge;
    this.cursor = cursor;
    this.offset = offset;
    this.typed = doc.text.slice(cursor.word.start, offset).trimStart();
    this.step = indentationStep(doc.text);
  }

  items(): CompletionItem[] {
    const { cursor } = this;
    const kind = this.kind();
    if (cursor.expects === 'key' && cursor.path.length === 0) return this.topLevel(kind);
    if (cursor.expects === 'value' && cursor.path.length === 1 && cursor.path[0] === 'kind') return this.kinds();
    if (kind === undefined) return [];
    const schema = schemaAt(cursor.path, kind);
    if (!schema) return [];
    switch (cursor.expects) {
      case 'key':
        return this.keys(schema, kind, cursor.path, this.style(cursor.column), '');
      case 'item':
        return this.item(schema, kind, [...cursor.path, 0], '- ');
      case 'value':
        return this.value(schema, kind);
    }
  }

  /** The document's kind, also where nothing but `kind:` can be read. */
  private kind(): DocumentKind | undefined {
    if (this.section?.kind !== undefined || this.doc.type === 'graph') return this.section?.kind ?? 'Graph';
    const { start, end } = this.section?.range ?? { start: 0, end: this.doc.text.length };
    const written = /^["']?kind["']?:[ \t]*["']?(\w+)/m.exec(this.doc.text.slice(start, end))?.[1];
    return DOCUMENT_KINDS.find((kind) => kind === written);
  }

  private topLevel(kind: DocumentKind | undefined): CompletionItem[] {
    const { cursor, doc } = this;
    const kinds = doc.type === 'graph' ? (['Graph'] as const) : KINDS;
    const present = this.present([]);
    if (cursor.flow) return kind ? this.keys(schemaAt([], kind)!, kind, [], this.style(0), '') : [];
    const items = kind ? this.keys(schemaAt([], kind)!, kind, [], this.style(0), '') : [];
    if (cursor.colon) return items;
    // Below a finished document, and on a line of its own, another one can begin.
    const below = /^\s*(?:---|$)/.test(doc.text.slice(cursor.word.end)) && doc.type === 'spec';
    if (present.size === 0) {
      const keys = kind ? items : this.firstKeys();
      const after = keys.map((item) => ({ ...item, sortText: `5${item.sortText}` }));
      return [...documentCompletions(kinds, cursor.word, false), ...after];
    }
    return below && this.typed === ''
      ? [...items, ...documentCompletions(kinds, cursor.word, true)]
      : items.length > 0
        ? items
        : this.firstKeys();
  }

  /** The keys that every document has, while its kind is not known. */
  private firstKeys(): CompletionItem[] {
    const kind: DocumentKind = this.doc.type === 'graph' ? 'Graph' : 'InferenceCluster';
    const schema = schemaAt([], kind)!;
    const common = Object.fromEntries(
      Object.entries(schema.properties ?? {}).filter(
        ([key]) => key === 'apiVersion' || key === 'kind' || key === 'metadata',
      ),
    );
    return this.keys({ ...schema, properties: common }, kind, [], this.style(0), '').map((item) =>
      item.label === 'kind' ? { ...item, insertText: 'kind: $0', retriggers: true } : item,
    );
  }

  private kinds(): CompletionItem[] {
    const offers = (this.doc.type === 'graph' ? (['Graph'] as const) : KINDS).map((kind) => ({
      value: kind,
      kind: 'enum' as const,
      detail: '',
      documentation: schemaAt([], kind)?.description ?? '',
    }));
    return valueCompletions(offers, this.cursor, this.typed, this.lead(), 0);
  }

  private keys(schema: SchemaNode, kind: DocumentKind, path: Path, style: Style, lead: string): CompletionItem[] {
    const present = this.present(path);
    const items = keyCompletions(schema, kind, present, this.cursor, style, this.indentation() + lead);
    if (path.join() !== 'spec,pins' || !this.section) return items;
    const nodes = nodesToPin(this.doc, this.section, present, this.typed, this.knowledge);
    const pins = valueCompletions(nodes, this.cursor, this.typed, this.indentation() + lead, 1);
    return this.cursor.colon
      ? pins
      : pins.map((pin) => ({ ...pin, kind: 'key', insertText: `${pin.insertText}: `, retriggers: true }));
  }

  /** One more item of a list: as a whole, or begun with one of its keys. */
  private item(list: SchemaNode, kind: DocumentKind, path: Path, lead: string): CompletionItem[] {
    if (!list.items) return [];
    const schema = resolved(list.items, kind);
    const { cursor } = this;
    const style = this.style(cursor.column + (lead === '' ? 0 : 2));
    return this.wholeItem(schema, style, lead) ?? this.scalars(schema, path, lead);
  }

  private wholeItem(schema: SchemaNode, style: Style, lead: string): CompletionItem[] | undefined {
    const template = itemTemplate(schema, style);
    if (template === undefined) return undefined;
    const name = (schema.title ?? 'item').toLowerCase();
    return [
      {
        label: name,
        kind: 'snippet',
        detail: `new ${name}`,
        documentation: `${documentation(schema, undefined, false)}\n\n${yamlBlock(withoutPlaceholders(schema['x-berth-snippet']!))}`,
        insertText: `${this.indentation()}${this.lead()}${lead}${template}`,
        snippet: true,
        range: this.cursor.word,
        sortText: inOrder(0, 0),
        retriggers: false,
      },
    ];
  }

  private value(schema: SchemaNode, kind: DocumentKind): CompletionItem[] {
    const { cursor } = this;
    const types = [schema.type].flat();
    if (types.includes('array')) {
      if (cursor.reached === 'line') return this.item(schema, kind, [...cursor.path, 0], '- ');
      return this.collection(schema, cursor);
    }
    if (types.includes('object')) {
      if (cursor.reached === 'inline')
        return [
          ...(this.wholeItem(schema, { ...this.style(cursor.column), flow: true }, '') ?? []),
          ...this.collection(schema, cursor),
        ];
      const whole = cursor.reached === 'dash' ? (this.wholeItem(schema, this.style(cursor.column), '') ?? []) : [];
      return [...whole, ...this.keys(schema, kind, cursor.path, this.style(cursor.column), this.lead())];
    }
    return this.scalars(schema, cursor.path, '');
  }

  private scalars(schema: SchemaNode, path: Path, lead: string): CompletionItem[] {
    const { doc, section, cursor, typed, knowledge } = this;
    const before = this.indentation() + this.lead() + lead;
    const existing = section ? existingValues(doc, section, path, schema, typed, knowledge) : [];
    const bare = typed.replace(/^["']/, '');
    const unit = schema['x-berth-unit'];
    const done =
      unit !== undefined &&
      bare !== '' &&
      this.offset === cursor.word.end &&
      parseQuantity(bare, unit).ok &&
      unit !== 'cpu';
    // A name or a file that exists is worth more than an example.
    const offers = existing.length > 0 || done ? existing : schemaOffers(schema, bare);
    return valueCompletions(offers, cursor, typed, before, 0);
  }

  /** A mapping or a list behind its key, in brackets. */
  private collection(schema: SchemaNode, cursor: Cursor): CompletionItem[] {
    const list = [schema.type].flat().includes('array');
    const open = list ? '[$0]' : '{ $0 }';
    if (this.typed !== '' || itemTemplate(schema, { flow: true, column: 0, step: 2 }) !== undefined) return [];
    return [
      {
        label: list ? '[ ]' : '{ }',
        kind: 'snippet',
        detail: schema.title ?? '',
        documentation: documentation(schema, undefined, false),
        insertText: `${this.lead()}${open}`,
        snippet: true,
        range: cursor.word,
        sortText: inOrder(2, 0),
        retriggers: true,
      },
    ];
  }

  /** Keys of the mapping at a path, without the one that is being typed. */
  private present(path: Path): Set<string> {
    const { cursor, section } = this;
    const keys = new Set(cursor.seen);
    for (const { key, keyRange } of section?.root?.at(path)?.entries ?? []) {
      if (keyRange.end < cursor.word.start || keyRange.start > cursor.word.end) keys.add(key);
    }
    return keys;
  }

  private style(column: number): Style {
    return { flow: this.cursor.flow, column, step: this.step };
  }

  /** The blank that a colon or a dash before the cursor lacks. */
  private lead(): string {
    return this.cursor.needsBlank ? ' ' : '';
  }

  /** Spaces before the word, where those of a blank line are replaced. */
  private indentation(): string {
    const { cursor, doc } = this;
    const replaced = doc.text.slice(cursor.word.start, this.offset);
    return replaced !== '' && replaced.trim() === '' ? ' '.repeat(cursor.column) : '';
  }
}

/** Spaces by which this text indents: those of the first line that is indented. */
function indentationStep(text: string): number {
  const first = /^( +)[^\s#-]/m.exec(text.slice(0, 20_000))?.[1]?.length ?? 2;
  return first >= 1 && first <= 8 ? first : 2;
}
