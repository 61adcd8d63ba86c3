/** Changes to a text that keep what a person wrote around them: comments, order, quotes, block or flow style. */
import type { Range, TextEdit } from '../problems/catalogue.ts';
import { schemaAt } from '../schema/schema-tree.ts';
import type { DocumentKind } from '../schema/schema-tree.ts';
import { lineStart } from '../text/line-start.ts';
import type { Path, YamlEntry, YamlNode } from './tree.ts';

/** A document to edit: the file's text and the root of one of its documents. */
export interface Editable {
  readonly text: string;
  readonly root: YamlNode;
  /** Where it is known, new keys go to their place in the schema's order. */
  readonly kind?: DocumentKind | undefined;
}

/**
 * Sets the value at a path of keys and indices; keys that are missing on the way are added.
 *
 * @param value text, number, boolean, null, or lists and mappings of them (written with brackets).
 * @returns undefined where the path leads through something that cannot hold it.
 */
export function setValue(document: Editable, path: Path, value: unknown): TextEdit[] | undefined {
  return setText(document, path, yamlText(value), typeof value === 'string');
}

/** As `setValue`, with a value that is YAML text of one line already. */
export function setText(document: Editable, path: Path, value: string, isString = false): TextEdit[] | undefined {
  const { text, root } = document;
  const present = root.at(path);
  if (present) {
    if (present.missing) return [{ range: present.range, newText: ` ${value}` }];
    const quote = text[present.range.start];
    const quoted = isString && (quote === '"' || quote === "'") && present.type === 'scalar';
    const bare = value.startsWith('"') ? (JSON.parse(value) as string) : value;
    return [{ range: present.range, newText: quoted ? requoted(bare, quote) : value }];
  }
  const key = path.at(-1);
  if (key === undefined) return undefined;
  const parentPath = path.slice(0, -1);
  const parent = root.at(parentPath);
  if (typeof key === 'number') {
    return parent?.type === 'sequence' && key === parent.size ? appendItem(text, parent, value) : undefined;
  }
  const entry = `${keyText(key)}: ${value}`;
  if (!parent || (parent.type === 'scalar' && parent.scalar === null))
    return setText(document, parentPath, `{ ${entry} }`);
  if (parent.type !== 'mapping') return undefined;
  return [insertEntry(document, parent, parentPath, key, entry)];
}

/** Removes the entry that a path ends in, with its line where it has one of its own. */
export function removeEntry({ text, root }: Editable, path: Path): TextEdit | undefined {
  const parent = root.at(path.slice(0, -1));
  const i = parent?.place(String(path.at(-1))) ?? -1;
  const entry = parent?.entryAtPlace(i);
  if (!parent || !entry) return undefined;
  if (parent.size === 1) return { range: parent.range, newText: '{}' };
  const next = parent.entryAtPlace(i + 1);
  const previous = parent.entryAtPlace(i - 1);
  if (parent.flow) {
    if (next) return { range: { start: entry.keyRange.start, end: next.keyRange.start }, newText: '' };
    return { range: { start: entryEnd(previous!), end: entryEnd(entry) }, newText: '' };
  }
  const from = lineStart(text, entry.keyRange.start);
  // The first key of a list item shares its line with the dash.
  if (text.slice(from, entry.keyRange.start).trim() !== '' && next) {
    return { range: { start: entry.keyRange.start, end: next.keyRange.start }, newText: '' };
  }
  const end = lineEnd(text, entryEnd(entry));
  return { range: { start: from, end: Math.min(end + 1, text.length) }, newText: '' };
}

function insertEntry(document: Editable, parent: YamlNode, path: Path, key: string, entry: string): TextEdit {
  const { text } = document;
  const entries = parent.entries;
  if (entries.length === 0) return { range: parent.range, newText: `{ ${entry} }` };
  const previous = predecessor(document, entries, path, key);
  if (parent.flow) {
    if (!previous) return at(entries[0]!.keyRange.start, `${entry}, `);
    return at(entryEnd(previous), `, ${entry}`);
  }
  const column = ' '.repeat(columnOf(text, entries[0]!.keyRange.start));
  if (!previous) return at(entries[0]!.keyRange.start, `${entry}${breakOf(text)}${column}`);
  return at(lineEnd(text, entryEnd(previous)), `${breakOf(text)}${column}${entry}`);
}

/** The entry after which a new key goes: the last one that the schema orders before it, else the last. */
function predecessor(
  { kind }: Editable,
  entries: readonly YamlEntry[],
  path: Path,
  key: string,
): YamlEntry | undefined {
  const order = kind ? Object.keys(schemaAt(path, kind)?.properties ?? {}) : [];
  const rank = order.indexOf(key);
  if (rank < 0) return entries.at(-1);
  return entries.findLast((entry) => order.indexOf(entry.key) < rank && order.includes(entry.key));
}

function appendItem(text: string, list: YamlNode, value: string): TextEdit[] {
  const last = list.item(list.size - 1);
  if (!last) return [{ range: list.range, newText: `[${value}]` }];
  if (list.flow) return [at(last.range.end, `, ${value}`)];
  const column = ' '.repeat(columnOf(text, list.range.start));
  return [at(lineEnd(text, last.range.end), `${breakOf(text)}${column}- ${value}`)];
}

function entryEnd(entry: YamlEntry): number {
  return Math.max(entry.keyRange.end, entry.value.range.end);
}

function at(offset: number, newText: string): TextEdit {
  return { range: { start: offset, end: offset }, newText };
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

function lineEnd(text: string, offset: number): number {
  const lf = text.indexOf('\n', offset);
  if (lf < 0) return text.length;
  return text[lf - 1] === '\r' && lf > offset ? lf - 1 : lf;
}

function breakOf(text: string): string {
  const head = text.slice(0, 10_000);
  return head[head.indexOf('\n') - 1] === '\r' ? '\r\n' : '\n';
}

/** Words that YAML reads as something else than text unless they are quoted. */
const NOT_TEXT =
  /^(?:~|null|true|false|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?|0o[0-7]+|0x[\da-f]+|[-+]?\.inf|\.nan)$/i;
const PLAIN = /^[\w./+-][\w./+@%=-]*(?: [\w./+@%=-]+)*$/u;

/** A value as YAML text of one line, in flow style. */
export function yamlText(value: unknown): string {
  if (typeof value === 'string')
    return PLAIN.test(value) && !NOT_TEXT.test(value) && !/^(?:-|---)(?: |$)/.test(value)
      ? value
      : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(yamlText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${keyText(key)}: ${yamlText(inner)}`);
    return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  return String(value);
}

function keyText(key: string): string {
  return yamlText(key);
}

function requoted(value: string, quote: string): string {
  return quote === "'" && !/[\n\\]/.test(value) ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

/** A text with edits made; edits must not overlap. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.range.start - a.range.start || b.range.end - a.range.end)
    .reduce((result, { range, newText }) => result.slice(0, range.start) + newText + result.slice(range.end), text);
}

/** Whether two ranges share a character, or one lies inside the other. */
export function overlap(a: Range, b: Range): boolean {
  return a.start <= b.end && b.start <= a.end;
}
